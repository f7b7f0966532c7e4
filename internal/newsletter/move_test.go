package newsletter

import (
	"errors"
	"testing"
	"time"
)

// household is a reader's two records while they move.
type household struct{ old, young Subscriber }

// receives is the rule by which a Run mails them.
func receives(s, other *Subscriber, started time.Time) bool {
	return s.MayReceive("weekly", started) && (s.MovedTo.IsZero() || !other.MayReceive("weekly", started))
}

func newHousehold() household {
	return household{
		old:   Subscriber{ID: SubscriberID{1}, Status: Active, ConfirmedAt: noon.Add(-time.Hour), Name: "Ada", Language: "de"},
		young: Subscriber{ID: SubscriberID{2}, Status: Pending, ChangedAt: noon.Add(-time.Minute)},
	}
}

func at(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }

// TestAMoveMailsOneOfTheTwo: each write may be the last for now, and a Run that has
// started at any moment walks to each record at any later one. It mails exactly one.
func TestAMoveMailsOneOfTheTwo(t *testing.T) {
	steps := []func(h *household) error{
		func(h *household) error { return h.old.BeginMove(h.young.ID) },     // minute 1
		func(h *household) error { return h.young.TakeOver(&h.old, at(2)) }, // minute 2
		func(h *household) error { h.old.EndMove(&h.young); return nil },    // minute 3
		func(h *household) error { return h.young.BeginMove(h.old.ID) },     // minute 4: undo
		func(h *household) error { return h.old.Return(at(5)) },             // minute 5
		func(h *household) error { h.young.EndMove(&h.old); return nil },    // minute 6
	}
	states := []household{newHousehold()}
	for i, step := range steps {
		h := states[i]
		if err := step(&h); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		states = append(states, h)
	}
	for started := range 8 { // in minutes; a Run of before the move does not last beyond its undoing
		for atOld := started; atOld < len(states); atOld++ {
			for atYoung := started; atYoung < len(states); atYoung++ {
				if started < 2 && max(atOld, atYoung) > 4 {
					continue
				}
				a, b := states[atOld], states[atYoung]
				mailed := 0
				for _, does := range []bool{receives(&a.old, &a.young, at(started)), receives(&b.young, &b.old, at(started))} {
					if does {
						mailed++
					}
				}
				if mailed != 1 {
					t.Errorf("a run of minute %d that comes to the old record at %d and to the new one at %d mails %d of them", started, atOld, atYoung, mailed)
				}
			}
		}
	}
	if end := states[3].young; end.Name != "Ada" || end.Language != "de" || end.MovedFrom != states[0].old.ID {
		t.Errorf("the wishes have not come along: %+v", end)
	}
	if end := states[6].old; end.Status != Active || end.TokenVersion < 2 || end.MovedFrom != states[0].young.ID {
		t.Errorf("back at the old address: %+v", end)
	}
}

func TestWhoMayMove(t *testing.T) {
	for status, want := range map[Status]error{Active: nil, Bounced: nil, Pending: ErrConflict, Unsubscribed: ErrConflict, Complained: ErrConflict} {
		s := Subscriber{ID: SubscriberID{1}, Status: status}
		if err := s.BeginMove(SubscriberID{2}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", status, err, want)
		}
	}
	s := Subscriber{ID: SubscriberID{1}, Status: Active}
	for range 2 {
		if err := s.BeginMove(SubscriberID{2}); err != nil || s.TokenVersion != 1 {
			t.Errorf("twice: %v, %+v", err, s)
		}
	}
	if err := s.BeginMove(s.ID); !errors.Is(err, ErrConflict) {
		t.Errorf("to the same address: %v", err)
	}
	for _, status := range []Status{Complained, Bounced} {
		s := Subscriber{Status: status, MovedTo: SubscriberID{2}}
		if err := s.Return(noon); !errors.Is(err, ErrConflict) {
			t.Errorf("back to somebody %s: %v", status, err)
		}
	}
	moved := Subscriber{Status: Unsubscribed, MovedTo: SubscriberID{2}, ConfirmedAt: noon, ChangedAt: noon}
	if err := moved.Rejoin(noon); !errors.Is(err, ErrConflict) {
		t.Errorf("who has moved has not left: %v", err)
	}
	if moved.SignUp(Consent{At: noon}); !moved.MovedTo.IsZero() {
		t.Error("who signs up anew is still said to be elsewhere")
	}
}
