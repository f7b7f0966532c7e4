package subscribe

import (
	"errors"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestAddMakesActiveWhomItMay(t *testing.T) {
	d := open(t)
	d.reader(t, "active@example.org")
	d.signUp(t, "pending@example.org")
	d.suppress(t, "bounced@example.org", newsletter.Bounced, d.now.AddDate(-1, 0, 0))
	d.suppress(t, "erased@example.org", newsletter.Unsubscribed, d.now)
	d.reader(t, "left@example.org")
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink("left@example.org")))
	d.reader(t, "lost@example.org")
	lost := newsletter.Identify(pepper, "lost@example.org")
	must(t, d.change(t.Context(), lost, func(s *newsletter.Subscriber) (bool, error) {
		s.Suppressed(newsletter.Complained, d.now)
		return true, nil
	}))

	added, rejected, err := d.Add(t.Context(), []string{
		"new@example.org", "New@example.org", "active@example.org", "pending@example.org", "bounced@example.org", "erased@example.org",
		"left@example.org", "lost@example.org", "eve@example.org\r\nBcc: all@example.org", "nonsense", "last@example.org",
	}, "command line")
	if added != 3 || err != nil {
		t.Errorf("added %d, %v; want new, pending and last", added, err)
	}
	for i, want := range []string{"bounced@example.org is not added: mail to it came back", "erased@example.org is not added: its reader has unsubscribed",
		"left@example.org is not added: its reader has unsubscribed", "lost@example.org is not added: its reader reported",
		"a line break cannot be part of an address", `"nonsense": expected something like`} {
		if i >= len(rejected) || !strings.Contains(rejected[i].Error(), want) {
			t.Errorf("rejection %d of %v, want %q", i, rejected, want)
		}
	}
	for _, address := range []newsletter.Address{"new@example.org", "active@example.org", "pending@example.org", "last@example.org"} {
		sub := d.wantStatus(t, newsletter.Identify(pepper, address), newsletter.Active)
		if !sub.MayReceive("weekly", d.now) || address != "active@example.org" && sub.Consent.Origin != "command line" {
			t.Errorf("%s: %+v", address, sub)
		}
	}
	d.wantSuppressed(t, newsletter.Identify(pepper, "bounced@example.org"), newsletter.Bounced)
	d.wantStatus(t, lost, newsletter.Complained)
}

func TestAddTwiceAddsOnce(t *testing.T) {
	d := open(t)
	for _, want := range []int{2, 0} {
		added, rejected, err := d.Add(t.Context(), []string{"a@example.org", "b@example.org"}, "command line")
		if added != want || len(rejected) != 0 || err != nil {
			t.Errorf("added %d, %v, %v; want %d", added, rejected, err, want)
		}
	}
	if faults := race(func() error {
		_, rejected, err := d.Add(t.Context(), []string{"c@example.org"}, "command line")
		return errors.Join(append(rejected, err)...)
	}); len(faults) > 0 {
		t.Errorf("sixteen at once: %v", faults)
	}
}
