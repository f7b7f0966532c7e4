package smtp

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

const boot = "3f1c2a9e-0000-4000-8000-0123456789ab"

func notesIn(dir string) *Notes { return &Notes{dir: dir, boot: boot, process: "P"} }

// batch is a Mailing of a lane.
func batch(seq, readers int) *newsletter.Mailing {
	m := mailtest.Mailing(readers)
	m.Seq = seq
	return m
}

// begin is a sender that has got as far as the outcomes say. It dies unless it is
// kept.
func (n *Notes) begin(t *testing.T, m *newsletter.Mailing, outcomes ...newsletter.Outcome) *note {
	t.Helper()
	o, err := n.open(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, outcome := range outcomes {
		o.set(i, outcome)
	}
	if err := o.write(); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *note) die() { _ = o.file.Close() }

// TestRecall is what the notes of a sender tell after its death.
func TestRecall(t *testing.T) {
	const sent, retry, failed, ambiguous = newsletter.OutcomeSent, newsletter.OutcomeRetry, newsletter.OutcomeFailed, newsletter.OutcomeAmbiguous
	for _, c := range []struct {
		name string
		past func(t *testing.T, n *Notes)
		want [4]newsletter.Outcome // of batch 7
	}{
		{"each reader as far as the sender had come", func(t *testing.T, n *Notes) {
			n.begin(t, batch(7, 4), sent, ambiguous, failed).die()
		}, [4]newsletter.Outcome{sent, ambiguous, failed, retry}},
		{"refused for now", func(t *testing.T, n *Notes) { n.begin(t, batch(7, 4), retry, sent).die() },
			[4]newsletter.Outcome{retry, sent, retry, retry}},
		{"a reader who was not in the batch was not begun", func(t *testing.T, n *Notes) { n.begin(t, batch(7, 2), sent, sent).die() },
			[4]newsletter.Outcome{sent, sent, retry, retry}},
		{"of the lane's batch before nothing is left", func(t *testing.T, n *Notes) {
			n.begin(t, batch(6, 4), sent, sent, sent, sent).end()
			n.begin(t, batch(7, 1), sent).die()
		}, [4]newsletter.Outcome{sent, retry, retry, retry}},
		{"a batch in two mailings", func(t *testing.T, n *Notes) {
			first, second := batch(7, 4), batch(7, 4)
			first.Recipients, second.Recipients = first.Recipients[2:], second.Recipients[:2]
			n.begin(t, first, sent, failed).end()
			n.begin(t, second, ambiguous, sent).die()
		}, [4]newsletter.Outcome{ambiguous, sent, sent, failed}},
		{"a batch in two mailings, dead between them", func(t *testing.T, n *Notes) {
			first := batch(7, 4)
			first.Recipients = first.Recipients[2:]
			n.begin(t, first, sent, failed).end()
		}, [4]newsletter.Outcome{retry, retry, sent, failed}},
		{"died before its first note: not begun, as the batch before was noted here", func(t *testing.T, n *Notes) {
			n.begin(t, batch(6, 4), sent, sent, sent, sent).end()
		}, [4]newsletter.Outcome{retry, retry, retry, retry}},
		{"no notes of the lane: in doubt", func(t *testing.T, n *Notes) {
			other := batch(6, 4)
			other.Lane = 11 // of lane 1 only the beginning of the name
			n.begin(t, other, sent).end()
		}, [4]newsletter.Outcome{ambiguous, ambiguous, ambiguous, ambiguous}},
		{"of before the machine's start: in doubt", func(t *testing.T, n *Notes) {
			before := notesIn(n.dir)
			before.boot = "another0-0000-4000-8000-0123456789ab"
			before.begin(t, batch(7, 4), sent, sent).die()
		}, [4]newsletter.Outcome{ambiguous, ambiguous, ambiguous, ambiguous}},
		{"books older than the notes: in doubt", func(t *testing.T, n *Notes) {
			n.begin(t, batch(6, 4), sent).end()
			another := notesIn(n.dir)
			another.process = "Q"
			another.begin(t, batch(9, 4), sent).die()
		}, [4]newsletter.Outcome{ambiguous, ambiguous, ambiguous, ambiguous}},
		{"the sender is alive: in doubt, whatever it has noted", func(t *testing.T, n *Notes) {
			o := n.begin(t, batch(7, 4), sent)
			t.Cleanup(o.end)
		}, [4]newsletter.Outcome{ambiguous, ambiguous, ambiguous, ambiguous}},
		{"alive with another batch, but never came to this one: in doubt", func(t *testing.T, n *Notes) {
			o := n.begin(t, batch(6, 4), sent)
			t.Cleanup(o.end)
		}, [4]newsletter.Outcome{ambiguous, ambiguous, ambiguous, ambiguous}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "sending")
			c.past(t, notesIn(dir))
			mine := notesIn(dir)
			mine.process = "R"
			m := batch(7, 4)
			m.Lane = 1
			if c.name != "no notes of the lane: in doubt" {
				m.Lane = 0
			}
			results, err := (&Mailer{Notes: mine}).Recall(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.want {
				if results[i].Outcome != want || (results[i].MessageID != "") != (want == sent) {
					t.Errorf("reader %d: %+v, want %s", i, results[i], want)
				}
			}
		})
	}
}

func TestRecallWithoutNotes(t *testing.T) {
	results, err := (&Mailer{}).Recall(t.Context(), batch(1, 2))
	if err != nil || results[0].Outcome != newsletter.OutcomeAmbiguous {
		t.Errorf("%+v, %v", results, err)
	}
}

// TestASettledBatchIsNotSent: a sender that was taken for dead, and wakes up, sends
// nothing; the lane's next batch goes out.
func TestASettledBatchIsNotSent(t *testing.T) {
	s := start(t)
	m := mailer(t, "smtp://"+s.addr)
	m.Notes = notesIn(t.TempDir())
	if _, err := (&Mailer{Notes: notesIn(m.Notes.dir)}).Recall(t.Context(), batch(1, 3)); err != nil {
		t.Fatal(err)
	}
	results, err := m.Send(t.Context(), batch(1, 3))
	if !errors.Is(err, newsletter.ErrUnavailable) || len(s.messages) > 0 || results[0].Outcome != newsletter.OutcomeRetry {
		t.Errorf("%d messages, %+v, %v", len(s.messages), results, err)
	}
	if _, err := m.Send(t.Context(), batch(2, 3)); err != nil || len(s.messages) != 3 {
		t.Errorf("%d messages of the next batch, %v", len(s.messages), err)
	}
}

// TestWhatWasSentIsNoted, also where the worker ends before its result is stored.
func TestWhatWasSentIsNoted(t *testing.T) {
	s := start(t, func(s *server) {
		s.refuse = func(to string) error {
			if to == string(batch(1, 5).Recipients[3].Address) {
				return errors.New("no")
			}
			return nil
		}
	})
	m := mailer(t, "smtp://"+s.addr)
	m.Notes = notesIn(t.TempDir())
	sent, err := m.Send(t.Context(), batch(1, 50))
	if err != nil {
		t.Fatal(err)
	}
	recalled, err := (&Mailer{Notes: notesIn(m.Notes.dir)}).Recall(t.Context(), batch(1, 50))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sent {
		if sent[i].Outcome != recalled[i].Outcome || sent[i].MessageID != recalled[i].MessageID {
			t.Errorf("reader %d: %+v, recalled %+v", i, sent[i], recalled[i])
		}
	}
}

func TestNotesThatCannotBeWritten(t *testing.T) {
	s := start(t)
	m := mailer(t, "smtp://"+s.addr)
	m.Notes = notesIn("/dev/null/sending")
	if _, err := m.Send(t.Context(), batch(1, 3)); !errors.Is(err, newsletter.ErrSendingPaused) || len(s.messages) > 0 {
		t.Errorf("%d messages, %v", len(s.messages), err)
	}
	if _, err := m.Recall(t.Context(), batch(1, 3)); !errors.Is(err, newsletter.ErrSendingPaused) {
		t.Errorf("recalled with %v", err)
	}
}

func TestTheMachinesStartIsKnown(t *testing.T) {
	if n := NewNotes(t.TempDir()); n == nil || len(n.boot) != bootSize {
		t.Skip("this system does not tell one start from the next")
	}
}

// BenchmarkNotes is a batch's notes, a write for each message.
func BenchmarkNotes(b *testing.B) {
	n := notesIn(b.TempDir())
	m, seq, began := batch(1, 50), 0, time.Now()
	for b.Loop() {
		seq++
		m.Seq = seq
		o, err := n.open(m)
		if err != nil {
			b.Fatal(err)
		}
		for i := range m.Recipients {
			o.set(i, newsletter.OutcomeAmbiguous)
			if err := o.write(); err != nil {
				b.Fatal(err)
			}
		}
		o.end()
	}
	b.ReportMetric(float64(time.Since(began).Microseconds())/float64(50*seq), "µs/message")
}
