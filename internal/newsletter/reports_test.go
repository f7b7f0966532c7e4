package newsletter

import (
	"slices"
	"testing"
)

func batchOf(outcomes ...Outcome) Batch {
	b := Batch{Run: "r", Seq: 3}
	for i, o := range outcomes {
		b.Entries = append(b.Entries, Entry{Subscriber: SubscriberID{byte(i + 1)}, Outcome: o})
	}
	return b
}

func outcomes(b *Batch) (all []Outcome) {
	for _, e := range b.Entries {
		all = append(all, e.Outcome)
	}
	return all
}

func TestWhatReportsProve(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  Outcome
		reports Reports // of entry 0
		want    Outcome
	}{
		{"who was in doubt was sent", OutcomeAmbiguous, Reports{Accepted: 1}, OutcomeSent},
		{"also where it bounced", OutcomeAmbiguous, Reports{Bounced: 1}, OutcomeSent},
		{"also where it was called spam", OutcomeAmbiguous, Reports{Complained: 1}, OutcomeSent},
		{"late: an unknown one is known after all", OutcomeUnknown, Reports{Accepted: 1}, OutcomeSent},
		{"refused after all: it failed", OutcomeAmbiguous, Reports{Refused: 1}, OutcomeFailed},
		{"also after the mailer said that it was sent", OutcomeSent, Reports{Refused: 1}, OutcomeFailed},
		{"a refusal counts more", OutcomeAmbiguous, Reports{Accepted: 1, Refused: 1}, OutcomeFailed},
		{"a retry is the lane's", OutcomeRetry, Reports{Accepted: 1, Refused: 1}, OutcomeRetry},
		{"what failed stays so", OutcomeFailed, Reports{Accepted: 1}, OutcomeFailed},
		{"nothing proves nothing", OutcomeAmbiguous, Reports{Accepted: 2}, OutcomeAmbiguous},
	} {
		b := batchOf(c.before)
		if changed := b.Settle(c.reports); b.Entries[0].Outcome != c.want || changed != (c.before != c.want) {
			t.Errorf("%s: %s, changed: %t; want %s", c.name, b.Entries[0].Outcome, changed, c.want)
		}
		if b.Settle(c.reports) {
			t.Errorf("%s: a second time it changes again", c.name)
		}
	}
}

func TestReportsJoin(t *testing.T) {
	a, b := Reports{Run: "r", Seq: 1, Accepted: 0b101, Bounced: 1}, Reports{Accepted: 0b110, Refused: 0b1000, Complained: 0b10, Delivered: 0b100}
	both := Reports{Run: "r", Seq: 1, Accepted: 0b111, Refused: 0b1000, Bounced: 1, Complained: 0b10, Delivered: 0b100}
	if got := a.Plus(b); got != both {
		t.Errorf("%+v, want %+v", got, both)
	}
	if got, want := both.Without(a), (Reports{Run: "r", Seq: 1, Accepted: 0b010, Refused: 0b1000, Complained: 0b10, Delivered: 0b100}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if bounced, complained := both.Returned(); both.Seen() != 0b1111 || bounced != 1 || complained != 1 {
		t.Errorf("%b, %d, %d", both.Seen(), bounced, complained)
	}
}

func TestEvidence(t *testing.T) {
	b := batchOf(OutcomeSent, OutcomeSent, OutcomeFailed, OutcomeAmbiguous, OutcomeAmbiguous, OutcomeSkipped)
	b.Settle(Reports{Accepted: 1 << 4}) // was in doubt: its report is why it is known
	if got, want := b.Evidence(Reports{Accepted: 0b11_1101}), (Evidence{Known: 2, Reported: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, c := range []struct {
		e             Evidence
		enough, whole bool
	}{
		{Evidence{}, false, false}, {Evidence{1, 1}, false, true}, {Evidence{999, 999}, false, true}, {Evidence{999, 998}, false, false},
		{Evidence{1000, 999}, true, true}, {Evidence{1000, 998}, true, false}, {Evidence{100_000, 99_900}, true, true}, {Evidence{100_000, 99_899}, true, false},
	} {
		if c.e.Enough() != c.enough || c.e.Whole() != c.whole {
			t.Errorf("%+v: enough: %t, whole: %t", c.e, c.e.Enough(), c.e.Whole())
		}
	}
}

// TestResend goes through the writes of a resend and, after each, through the death
// of who makes them.
func TestResend(t *testing.T) {
	lane := Lane{Run: "r", Done: true, Walked: true, Seq: 9, Counts: Counts{Sent: 2, Ambiguous: 2}}
	batch := batchOf(OutcomeSent, OutcomeAmbiguous, OutcomeAmbiguous)
	if err := lane.Resend(3, batch.Doubted(), noon); err != nil || lane.Done || lane.Counts.Ambiguous != 0 {
		t.Fatalf("%+v, %v", lane, err)
	}
	if _, due := lane.DueRetry(noon); due {
		t.Error("a marked retry is due")
	}
	if err := lane.Resend(3, 0b110, noon); err == nil {
		t.Error("put up twice")
	}
	if lane.Finish() || !lane.Waiting(noon) {
		t.Error("nobody would come to mend it")
	}
	batch.Seen(2, "m") // heard of meanwhile
	if !batch.Resend(0b110) || batch.Resend(0b110) || !slices.Equal(outcomes(&batch), []Outcome{OutcomeSent, OutcomeRetry, OutcomeSent}) {
		t.Errorf("%v", outcomes(&batch))
	}
	if lane.Unmark(4) || !lane.Unmark(3) || lane.Unmark(3) {
		t.Error("the mark does not go once")
	}
	if retry, due := lane.DueRetry(noon); !due || retry.Seq != 3 || retry.Entries != 0b110 {
		t.Errorf("%+v, due: %t", retry, due)
	}
}

func TestResendWaitsForWhoWorksOnTheLane(t *testing.T) {
	for name, lane := range map[string]Lane{"a lease": leased(t), "a batch in flight": {Inflight: &Claim{}}} {
		before := lane
		if err := lane.Resend(3, 1, noon); err == nil || len(lane.Retries) != 0 || lane.Counts != before.Counts {
			t.Errorf("%s: %+v, %v", name, lane, err)
		}
	}
}

func TestAnswersAndWhatIsKnown(t *testing.T) {
	b := batchOf(OutcomeAmbiguous, OutcomeSent, OutcomeAmbiguous)
	answers := batchOf(OutcomeSent, OutcomeFailed, OutcomeFailed)
	b.Answer(answers.Entries)
	if got := outcomes(&b); !slices.Equal(got, []Outcome{OutcomeSent, OutcomeSent, OutcomeFailed}) {
		t.Errorf("%v", got)
	}
	b = batchOf(OutcomeSkipped, OutcomeSkipped)
	if b.KnownSent(0b10); b.Entries[1].Outcome != OutcomeSent || b.Entries[0].Outcome != OutcomeSkipped || b.Evidence(Reports{}).Known != 0 {
		t.Errorf("%+v", b.Entries)
	}
}

func TestReadersAreFoundInAnEarlierTry(t *testing.T) {
	earlier, later := batchOf(OutcomeRetry, OutcomeSent, OutcomeRetry), batchOf(OutcomeAmbiguous, OutcomeAmbiguous)
	later.Entries[0].Subscriber = earlier.Entries[2].Subscriber
	later.Entries[1].Subscriber = earlier.Entries[0].Subscriber
	if got := earlier.Among(0b110, &later); got != 0b01 {
		t.Errorf("%b", got)
	}
	if got := earlier.Among(0b001, &later); got != 0b10 {
		t.Errorf("%b", got)
	}
	if earlier.Sent() != 0b010 {
		t.Errorf("%b", earlier.Sent())
	}
}
