package subscribe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// ownLink is the link that the reader is mailed who asks for it.
func (d *desk) ownLink(t *testing.T, kind newsletter.Letter) string {
	t.Helper()
	ask := map[newsletter.Letter]func() error{
		newsletter.LetterExport: func() error { _, err := d.AskExport(t.Context(), d.preferencesLink(t, adaID)); return err },
		newsletter.LetterErase:  func() error { _, err := d.AskErase(t.Context(), d.preferencesLink(t, adaID)); return err },
	}[kind]
	must(t, ask())
	return d.letterTo(t, ada, kind)
}

func TestAReaderGetsAllThatIsHeld(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	d.set(t, func(s *newsletter.Subscriber) { s.Name, s.Topics, s.Zone = "Ada", []string{"Sea"}, "Europe/Paris" })
	d.suppress(t, ada, newsletter.Unsubscribed, d.now.Add(hour))
	own, err := d.Export(t.Context(), d.ownLink(t, newsletter.LetterExport))
	must(t, err)
	b, err := json.Marshal(own)
	must(t, err)
	for _, want := range []string{`"publication":"The Lantern Post"`, `"address":"ada@example.org"`, `"name":"Ada"`, `"status":"active"`, `"topics":["Sea"]`, `"timeZone":"Europe/Paris"`,
		`"consent":{"at":"2026-03-02T07:00:00Z","origin":"form","wording":"2026-03"}`, `"suppression":{"reason":"unsubscribed"`, `"confirmedAt":"2026-03-02T07:00:00Z"`, adaID.String()} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
}

func TestEarlierAddressesAreHeldToo(t *testing.T) {
	d, tok := moving(t)
	_, err := d.Move(t.Context(), tok)
	must(t, err)
	young := d.wantStatus(t, beaID, newsletter.Active)
	own, err := d.Export(t.Context(), d.Subscribers.link(token.Export, &young, hour))
	if err != nil || len(own.Earlier) != 1 || own.Earlier[0].Address != string(ada) {
		t.Errorf("%+v, %v", own, err)
	}
	must(t, d.Erase(t.Context(), d.Subscribers.link(token.Erase, &young, hour)))
	for _, id := range []newsletter.SubscriberID{adaID, beaID} {
		if _, err := d.store.Subscriber(t.Context(), id); !errors.Is(err, newsletter.ErrNotFound) {
			t.Errorf("still there: %v", err)
		}
		d.wantSuppressed(t, id, newsletter.Unsubscribed)
	}
}

func TestErasingLeavesAHash(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link, preferences := d.ownLink(t, newsletter.LetterErase), d.preferencesLink(t, adaID)
	d.wantStatus(t, adaID, newsletter.Active)
	for range 2 {
		must(t, d.Erase(t.Context(), link))
	}
	if _, err := d.store.Subscriber(t.Context(), adaID); !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("still there: %v", err)
	}
	d.wantSuppressed(t, adaID, newsletter.Unsubscribed)
	if _, err := d.Preferences(t.Context(), preferences); !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("the preferences of somebody erased: %v", err)
	}
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
	if added, rejected, _ := d.Add(t.Context(), []string{string(ada)}, "import"); added != 0 || len(rejected) != 1 {
		t.Error("an import brings back who was erased")
	}
	d.now = d.now.Add(25 * hour)
	d.reader(t, string(ada)) // of their own accord they may come back
	d.wantSuppressed(t, adaID, "")
}

func TestErasingKeepsTheGraverReason(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link := d.ownLink(t, newsletter.LetterErase)
	d.suppress(t, ada, newsletter.Complained, d.now)
	must(t, d.Erase(t.Context(), link))
	d.wantSuppressed(t, adaID, newsletter.Complained)
}

func TestErasingThatDies(t *testing.T) {
	for n := 1; n <= 5; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d, made %v", n, after), func(t *testing.T) {
				d, tok := moving(t)
				_, err := d.Move(t.Context(), tok)
				must(t, err)
				young := d.wantStatus(t, beaID, newsletter.Active)
				link := d.Subscribers.link(token.Erase, &young, hour)
				d.Store = &doomed{d.store, n, after}
				told := map[string]int{} // by webhook-id
				d.Hooks = announcer(func(_ context.Context, e newsletter.Event) error {
					call := newsletter.NewCall(&newsletter.Hook{ID: "crm"}, &e, "", d.now)
					told[call.ID]++
					return nil
				})
				if err := d.Erase(t.Context(), link); err != nil && !errors.Is(err, errDied) {
					t.Fatal(err)
				}
				d.Store = d.store
				d.now = d.now.Add(time.Minute)
				must(t, d.Erase(t.Context(), link))
				if len(told) != 2 {
					t.Errorf("programs elsewhere are told of two addresses by the ids %v", told)
				}
				for _, id := range []newsletter.SubscriberID{adaID, beaID} {
					if _, err := d.store.Subscriber(t.Context(), id); !errors.Is(err, newsletter.ErrNotFound) {
						t.Errorf("still there: %v", err)
					}
					d.wantSuppressed(t, id, newsletter.Unsubscribed)
				}
			})
		}
	}
}

func TestOwnDataNeedsTheMailbox(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	preferences, export, erase := d.preferencesLink(t, adaID), d.ownLink(t, newsletter.LetterExport), d.ownLink(t, newsletter.LetterErase)
	for _, tok := range []string{preferences, erase, d.unsubscribeLink(ada), ""} {
		if _, err := d.Export(t.Context(), tok); !errors.Is(err, token.ErrForged) {
			t.Errorf("export: %v", err)
		}
	}
	for _, tok := range []string{preferences, export, d.unsubscribeLink(ada), ""} {
		if err := d.Erase(t.Context(), tok); !errors.Is(err, token.ErrForged) {
			t.Errorf("erase: %v", err)
		}
	}
	for range 2 * perDay {
		_, err := d.AskErase(t.Context(), preferences)
		must(t, err)
	}
	if got := d.letters(newsletter.LetterErase); got != perDay {
		t.Errorf("%d letters in a day", got)
	}
	d.now = d.now.Add(token.ConfirmTTL)
	if err := d.Erase(t.Context(), erase); !errors.Is(err, token.ErrExpired) {
		t.Errorf("two days later: %v", err)
	}
	d.wantStatus(t, adaID, newsletter.Active)
}
