package subscribe

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// greeter has an issue to greet with, unless it fails.
type greeter struct{ fail error }

func (g *greeter) Welcome(_ context.Context, r *newsletter.Subscriber) (newsletter.Mail, error) {
	return newsletter.Mail{Issue: "weekly-1", Subject: "welcome", Language: "de", HTML: "{{nameHTML}} {{unsub}}", Text: "{{prefs}}"}, g.fail
}

func (d *desk) welcomes() (sent []newsletter.Message) {
	for _, m := range d.post.sent {
		if m.Subject == "welcome" {
			sent = append(sent, m)
		}
	}
	return sent
}

func TestWhoConfirmsIsWelcomedOnce(t *testing.T) {
	d := open(t)
	d.Greeter = &greeter{}
	d.signUp(t, string(ada))
	if len(d.welcomes()) > 0 {
		t.Error("before the confirmation")
	}
	link := d.link(t)
	if faults := race(func() error { return d.press(t, link) }); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
	sent := d.welcomes()
	if len(sent) != 1 || sent[0].To != ada || sent[0].Issue != "weekly-1" || sent[0].Language != "de" || sent[0].Automatic {
		t.Fatalf("%+v", sent)
	}
	must(t, d.Unsubscribe(t.Context(), strings.TrimSpace(sent[0].HTML)))
	if sent[0].Unsubscribe != strings.TrimSpace(sent[0].HTML) {
		t.Errorf("the header has the link %s", sent[0].Unsubscribe)
	}
	if _, err := d.Preferences(t.Context(), sent[0].Text); err != nil {
		t.Errorf("the preferences link: %v", err)
	}
	must(t, d.Rejoin(t.Context(), sent[0].Unsubscribe))
	if len(d.welcomes()) != 1 {
		t.Error("who takes leaving back is welcomed again")
	}
	must(t, d.Unsubscribe(t.Context(), sent[0].Unsubscribe))
	d.now = d.now.Add(2 * day)
	d.reader(t, string(ada))
	if len(d.welcomes()) != 2 {
		t.Error("who comes back is not welcomed")
	}
}

func TestAWelcomeThatFailsIsTriedAtTheNextPress(t *testing.T) {
	d := open(t)
	g := &greeter{fail: newsletter.ErrUnavailable}
	d.Greeter = g
	var heard error
	d.Trouble = func(err error) { heard = err }
	d.signUp(t, string(ada))
	link := d.link(t)
	must(t, d.press(t, link))
	d.wantStatus(t, adaID, newsletter.Active)
	if !errors.Is(heard, newsletter.ErrUnavailable) {
		t.Errorf("heard %v", heard)
	}
	g.fail = nil
	must(t, d.press(t, link))
	must(t, d.press(t, link))
	if len(d.welcomes()) != 1 {
		t.Errorf("%d welcomes", len(d.welcomes()))
	}
}

func TestNobodyIsWelcomedWithNothing(t *testing.T) {
	d := open(t)
	d.Greeter = &greeter{fail: newsletter.ErrNotFound}
	d.Trouble = func(err error) { t.Errorf("trouble: %v", err) }
	d.reader(t, string(ada))
	if len(d.welcomes()) > 0 {
		t.Error("a welcome without an issue")
	}
}
