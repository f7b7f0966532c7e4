package subscribe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

const bea = newsletter.Address("bea@example.org")

var beaID = newsletter.Identify(pepper, bea)

// letterTo is the token in the newest letter of that kind.
func (d *desk) letterTo(t *testing.T, to newsletter.Address, kind newsletter.Letter) string {
	t.Helper()
	for i := len(d.post.sent) - 1; i >= 0; i-- {
		if m := d.post.sent[i]; m.To == to && m.Subject == string(kind) {
			return m.Text[strings.LastIndexByte(m.Text, '/')+1:]
		}
	}
	t.Fatalf("no letter %s to %s in %+v", kind, to, d.post.sent)
	return ""
}

func (d *desk) letters(kind newsletter.Letter) (n int) {
	for _, m := range d.post.sent {
		if m.Subject == string(kind) {
			n++
		}
	}
	return n
}

func (d *desk) askMove(t *testing.T, address string) error {
	t.Helper()
	return d.AskMove(t.Context(), d.preferencesLink(t, adaID), Request{Address: address, Network: "192.0.2.1", Origin: "change of address", Wording: "1"})
}

// moving is a desk where ada has asked to be bea, and the link that bea got.
func moving(t *testing.T) (*desk, string) {
	d := open(t)
	d.reader(t, string(ada))
	d.set(t, func(s *newsletter.Subscriber) { s.Name, s.Language, s.Topics = "Ada", "de", []string{"Sea"} })
	d.now = d.now.Add(hour)
	must(t, d.askMove(t, string(bea)))
	return d, d.letterTo(t, bea, newsletter.LetterMove)
}

func TestAMoveAndTheWayBack(t *testing.T) {
	d, tok := moving(t)
	d.wantStatus(t, adaID, newsletter.Active)
	d.wantStatus(t, beaID, newsletter.Pending)
	if _, done, err := d.PeekMove(t.Context(), tok); done || err != nil {
		t.Errorf("before: %v, %v", done, err)
	}
	for range 3 {
		d.now = d.now.Add(hour)
		_, err := d.Move(t.Context(), tok)
		must(t, err)
	}
	old, young := d.wantStatus(t, adaID, newsletter.Unsubscribed), d.wantStatus(t, beaID, newsletter.Active)
	if young.Name != "Ada" || young.Language != "de" || young.ConfirmedAt != monday.Add(2*hour) || young.Consent.Origin != "change of address" || len(young.Topics) != 1 {
		t.Errorf("at the new address: %+v", young)
	}
	if old.ChangedAt != young.ConfirmedAt || d.letters(newsletter.LetterMoved) != 1 {
		t.Errorf("at the old one: %+v, told %d times", old, d.letters(newsletter.LetterMoved))
	}
	if _, err := d.Preferences(t.Context(), d.Subscribers.link(token.Preferences, &newsletter.Subscriber{ID: adaID}, 0)); !errors.Is(err, token.ErrForged) {
		t.Errorf("the old preferences link still works: %v", err)
	}

	d.now = d.now.Add(6 * day)
	undo := d.letterTo(t, ada, newsletter.LetterMoved)
	for range 2 {
		d.now = d.now.Add(hour)
		if _, err := d.Undo(t.Context(), undo); err != nil {
			t.Fatal(err)
		}
	}
	if back := d.wantStatus(t, adaID, newsletter.Active); back.Name != "Ada" || back.ConfirmedAt != d.now.Add(-hour) {
		t.Errorf("back: %+v", back)
	}
	d.wantStatus(t, beaID, newsletter.Unsubscribed)
	if _, err := d.Move(t.Context(), tok); !errors.Is(err, token.ErrForged) && !errors.Is(err, token.ErrExpired) {
		t.Errorf("the link of the move works again: %v", err)
	}
}

func TestWhatUndoesNothing(t *testing.T) {
	d, tok := moving(t)
	_, err := d.Move(t.Context(), tok)
	must(t, err)
	undo := d.letterTo(t, ada, newsletter.LetterMoved)
	d.now = d.now.Add(newsletter.UndoTime)
	if _, err := d.Undo(t.Context(), undo); !errors.Is(err, token.ErrExpired) {
		t.Errorf("after a week: %v", err)
	}
	for _, tok := range []string{tok, d.unsubscribeLink(ada), ""} {
		if _, err := d.Undo(t.Context(), tok); !errors.Is(err, token.ErrForged) {
			t.Errorf("another link: %v", err)
		}
	}
	d.wantStatus(t, beaID, newsletter.Active)
}

// TestAskingToMoveTellsNothing of the new address.
func TestAskingToMoveTellsNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, d *desk)
		mailed  int
	}{
		{"unknown", func(*testing.T, *desk) {}, 1},
		{"active", func(t *testing.T, d *desk) { d.reader(t, string(bea)) }, 1},
		{"asked just before", func(t *testing.T, d *desk) { d.signUp(t, string(bea)) }, 0},
		{"bounced", func(t *testing.T, d *desk) { d.suppress(t, bea, newsletter.Bounced, d.now) }, 0},
		{"has left", func(t *testing.T, d *desk) {
			d.reader(t, string(bea))
			must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(bea)))
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.reader(t, string(ada))
			c.prepare(t, d)
			d.now = d.now.Add(hour)
			for range 3 {
				if err := d.askMove(t, string(bea)); err != nil {
					t.Errorf("%v", err)
				}
			}
			if got := d.letters(newsletter.LetterMove); got != c.mailed {
				t.Errorf("%d letters, want %d a day", got, c.mailed)
			}
		})
	}
	d := open(t)
	d.reader(t, string(ada))
	for address, want := range map[string]error{"": newsletter.ErrInvalid, "b\r\nBcc: c@example.org": newsletter.ErrInvalid, "zoë@example.org": ErrNotASCII, "ADA@example.org": ErrSameAddress} {
		if err := d.askMove(t, address); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", address, err, want)
		}
	}
}

func TestTwoSubscriptionsBecomeOne(t *testing.T) {
	d := open(t)
	d.reader(t, string(bea))
	d.reader(t, string(ada))
	must(t, d.askMove(t, string(bea)))
	before := d.wantStatus(t, beaID, newsletter.Active)
	_, err := d.Move(t.Context(), d.letterTo(t, bea, newsletter.LetterMove))
	must(t, err)
	d.wantStatus(t, adaID, newsletter.Unsubscribed)
	if after := d.wantStatus(t, beaID, newsletter.Active); after.Rev != before.Rev {
		t.Errorf("%+v", after)
	}
	_, err = d.Undo(t.Context(), d.letterTo(t, ada, newsletter.LetterMoved))
	must(t, err)
	d.wantStatus(t, adaID, newsletter.Active)
	d.wantStatus(t, beaID, newsletter.Active)
}

func TestWhoHasLeftDoesNotMove(t *testing.T) {
	d, tok := moving(t)
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
	if _, err := d.Move(t.Context(), tok); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("%v", err)
	}
	d.wantStatus(t, beaID, newsletter.Pending)
}

func TestWhoseMailboxIsGoneMayMove(t *testing.T) {
	d, tok := moving(t)
	d.set(t, func(s *newsletter.Subscriber) { s.Suppressed(newsletter.Bounced, d.now) })
	for range 2 {
		_, err := d.Move(t.Context(), tok)
		must(t, err)
	}
	d.wantStatus(t, adaID, newsletter.Bounced)
	d.wantStatus(t, beaID, newsletter.Active)
	if d.letters(newsletter.LetterMoved) != 0 {
		t.Error("a mailbox that is gone was written to")
	}
}

// errDied is what a call of a process that has died meanwhile returns.
var errDied = errors.New("died")

// doomed is a store whose process dies at the n-th write: before it is made, or after.
type doomed struct {
	Store
	left  int
	after bool
}

func (d *doomed) write(do func() error) error {
	if d.left--; d.left == 0 && !d.after || d.left < 0 {
		return errDied
	}
	err := do()
	if d.left == 0 {
		return errDied
	}
	return err
}

func (d *doomed) SaveSubscriber(ctx context.Context, s *newsletter.Subscriber) error {
	return d.write(func() error { return d.Store.SaveSubscriber(ctx, s) })
}
func (d *doomed) DeleteSubscriber(ctx context.Context, s *newsletter.Subscriber) error {
	return d.write(func() error { return d.Store.DeleteSubscriber(ctx, s) })
}
func (d *doomed) SaveSuppression(ctx context.Context, s *newsletter.Suppression) error {
	return d.write(func() error { return d.Store.SaveSuppression(ctx, s) })
}
func (d *doomed) LiftSuppression(ctx context.Context, id newsletter.SubscriberID) error {
	return d.write(func() error { return d.Store.LiftSuppression(ctx, id) })
}

// mailedOf is how many of a reader's two records a Run mails that starts now.
func (d *desk) mailedOf(t *testing.T) int {
	t.Helper()
	old, err := d.store.Subscriber(t.Context(), adaID)
	must(t, err)
	young, err := d.store.Subscriber(t.Context(), beaID)
	must(t, err)
	n := 0
	for _, pair := range [][2]*newsletter.Subscriber{{&old, &young}, {&young, &old}} {
		if pair[0].MayReceive("weekly", d.now) && (pair[0].MovedTo.IsZero() || !pair[1].MayReceive("weekly", d.now)) {
			n++
		}
	}
	return n
}

// TestAMoveThatDies at any write, before it or after, leaves one address that is
// mailed, and the next press of the button ends it. So does its undoing.
func TestAMoveThatDies(t *testing.T) {
	for n := 1; n <= 8; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d, made %v", n, after), func(t *testing.T) {
				d, tok := moving(t)
				d.suppress(t, bea, newsletter.Unsubscribed, monday.Add(-day))
				step := func(do func() error) {
					t.Helper()
					d.now = d.now.Add(hour)
					d.Store = &doomed{d.store, n, after}
					if err := do(); err != nil && !errors.Is(err, errDied) {
						t.Fatal(err)
					}
					d.Store = d.store
					d.now = d.now.Add(hour)
					if got := d.mailedOf(t); got != 1 {
						t.Errorf("a run mails %d of the two", got)
					}
					must(t, do())
					if got := d.mailedOf(t); got != 1 {
						t.Errorf("in the end a run mails %d of the two", got)
					}
				}
				step(func() error { _, err := d.Move(t.Context(), tok); return err })
				d.wantStatus(t, adaID, newsletter.Unsubscribed)
				d.wantStatus(t, beaID, newsletter.Active)
				undo := d.letterTo(t, ada, newsletter.LetterMoved)
				step(func() error { _, err := d.Undo(t.Context(), undo); return err })
				d.wantStatus(t, adaID, newsletter.Active)
				d.wantStatus(t, beaID, newsletter.Unsubscribed)
			})
		}
	}
}

func TestNobodyIsMovedWithoutBeingTold(t *testing.T) {
	d, tok := moving(t)
	d.post.down = newsletter.ErrUnavailable
	if _, err := d.Move(t.Context(), tok); !errors.Is(err, newsletter.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	d.wantStatus(t, adaID, newsletter.Active)
	d.wantStatus(t, beaID, newsletter.Pending)
	d.post.down = nil
	_, err := d.Move(t.Context(), tok)
	must(t, err)
	d.wantStatus(t, beaID, newsletter.Active)
}

func TestSixteenPressTheButtonOfAMove(t *testing.T) {
	d, tok := moving(t)
	if faults := race(func() error { _, err := d.Move(t.Context(), tok); return err }); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
	if got := d.mailedOf(t); got != 1 {
		t.Errorf("a run mails %d of the two", got)
	}
	undo := d.letterTo(t, ada, newsletter.LetterMoved)
	if faults := race(func() error { _, err := d.Undo(t.Context(), undo); return err }); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
	d.wantStatus(t, adaID, newsletter.Active)
	d.wantStatus(t, beaID, newsletter.Unsubscribed)
}
