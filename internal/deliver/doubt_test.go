package deliver

import (
	"context"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// reporting is a bench whose provider reports what it takes, when told to.
type reporting struct {
	*bench
	taken  []newsletter.Reports // not yet reported
	probes []int
}

// silent is which answers are lost; a batch that is in none is plainly sent.
type silent map[int]func(entry int) (taken bool)

func newReporting(t *testing.T, readers int, lost silent) *reporting {
	t.Helper()
	r := &reporting{bench: newBench(t, readers)}
	r.Events = true
	r.Mailer = r
	r.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		taken, isLost := lost[call]
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: "m"}, len(m.Recipients))
		reports := newsletter.Reports{Run: m.Run, Lane: m.Lane, Seq: m.Seq}
		for i, to := range m.Recipients {
			if !isLost || taken(i) {
				reports.Accepted |= 1 << i
			}
			if isLost {
				results[i].Outcome = newsletter.OutcomeAmbiguous
				if taken(i) {
					r.mailer.got[to.Address]++
				}
			}
		}
		r.taken = append(r.taken, reports)
		return results, nil
	}
	return r
}

func (r *reporting) Send(ctx context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	return r.mailer.Send(ctx, m)
}

func (r *reporting) Probe(_ context.Context, _ *newsletter.Publication, run string, seq int) error {
	r.probes = append(r.probes, seq)
	r.taken = append(r.taken, newsletter.Reports{Run: run, Seq: seq, Accepted: 1})
	return nil
}

// report lets all reports through, but for some entries.
func (r *reporting) report(t *testing.T, but uint64) {
	t.Helper()
	for _, reports := range r.taken {
		reports.Accepted &^= but
		_, err := r.store.AddReports(t.Context(), reports)
		must(t, err)
	}
	r.taken = nil
}

// pass lets time go by, and sweeps and walks.
func (r *reporting) pass(t *testing.T, d time.Duration) newsletter.Run {
	t.Helper()
	r.now = r.now.Add(d)
	must(t, r.Sweep(t.Context()))
	for _, ref := range r.queue.take() {
		must(t, r.Walk(t.Context(), ref))
	}
	run, err := r.store.Run(t.Context(), "weekly-1")
	must(t, err)
	return run
}

func (r *reporting) counts(t *testing.T) newsletter.Counts {
	t.Helper()
	run, err := r.store.Run(t.Context(), "weekly-1")
	must(t, err)
	counts, err := r.Counts(t.Context(), &run)
	must(t, err)
	return counts
}

func half(entry int) bool { return entry%2 == 0 }

// TestWhoIsNotReportedIsMailedOnceMore where reports come through: of a batch whose
// answer was lost, half had been taken.
func TestWhoIsNotReportedIsMailedOnceMore(t *testing.T) {
	r := newReporting(t, 1200, silent{2: half})
	r.start(t)
	if run := r.pass(t, 0); run.State != newsletter.RunSettling {
		t.Fatalf("the run is %s", run.State)
	}
	r.report(t, 0)
	r.pass(t, time.Minute)
	if c := r.counts(t); c != (newsletter.Counts{Sent: 1175, Ambiguous: 25}) {
		t.Errorf("before the grace has passed: %+v", c)
	}
	run := r.pass(t, 15*time.Minute)
	if run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 1200}) || len(r.mailer.twice()) != 0 || len(r.mailer.got) != 1200 {
		t.Errorf("%+v; %d got it, %v twice", run, len(r.mailer.got), r.mailer.twice())
	}
	if len(r.probes) != 0 {
		t.Errorf("%d probes, though the run tells enough", len(r.probes))
	}
}

// TestWhereReportsDoNotComeThroughNobodyIsMailedTwice: the question stays open for six
// hours, then the readers are named; what is heard later still counts.
func TestWhereReportsDoNotComeThroughNobodyIsMailedTwice(t *testing.T) {
	r := newReporting(t, 1200, silent{2: half})
	r.start(t)
	r.pass(t, 0)
	late := r.taken
	r.report(t, 0b11) // 24 batches lack two: 4%
	for range 70 {
		r.pass(t, 5*time.Minute)
	}
	if c := r.counts(t); c != (newsletter.Counts{Sent: 1174, Ambiguous: 26}) {
		t.Errorf("before six hours have passed: %+v", c)
	}
	if run := r.pass(t, 20*time.Minute); run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 1174, Unknown: 26}) || len(r.mailer.twice()) != 0 {
		t.Errorf("%+v, twice %v", run, r.mailer.twice())
	}
	r.taken = late
	r.report(t, 0) // feedback would write it into the batch; a retry reads it once more in any case
	child, err := r.Retry(t.Context(), "weekly-1", newsletter.OutcomeUnknown)
	must(t, err)
	r.pass(t, 0)
	if child, err = r.store.Run(t.Context(), child.ID); err != nil || child.Counts != (newsletter.Counts{Sent: 25}) || len(r.mailer.twice()) != 0 || len(r.mailer.got) != 1200 {
		t.Errorf("%+v, %v; %d got it, %v twice", child, err, len(r.mailer.got), r.mailer.twice())
	}
}

// TestASmallRunNeedsAProbe, and earlier runs whose reports came through.
func TestASmallRunNeedsAProbe(t *testing.T) {
	for _, c := range []struct {
		name  string
		lacks uint64 // of each batch, nobody hears
		heard bool   // the probe is reported
		want  newsletter.Counts
	}{
		{"and it is reported", 0, true, newsletter.Counts{Sent: 120}},
		{"and it is not", 0, false, newsletter.Counts{Sent: 95, Unknown: 25}},
		{"but no probe makes up for what is missing", 0b100, true, newsletter.Counts{Sent: 94, Unknown: 26}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReporting(t, 120, silent{2: half})
			r.start(t)
			r.pass(t, 0)
			r.report(t, c.lacks)
			var run newsletter.Run
			for range 75 {
				run = r.pass(t, 5*time.Minute)
				if c.heard {
					r.report(t, 0)
				}
			}
			if run.State != newsletter.RunSent || run.Counts != c.want || len(r.mailer.twice()) != 0 {
				t.Errorf("%s: %+v, twice %v", run.State, run.Counts, r.mailer.twice())
			}
			if sent := len(r.probes); (sent > 0) != (c.lacks == 0) || sent > 1 && c.heard || sent > 25 {
				t.Errorf("%d probes", sent)
			}
		})
	}
}

// TestEarlierRunsAreEvidenceToo: a run of 120 is too small by itself, and what was not
// heard of last week keeps it shut.
func TestEarlierRunsAreEvidenceToo(t *testing.T) {
	r := newReporting(t, 120, silent{2: half})
	past := newsletter.Run{ID: "weekly-0", State: newsletter.RunSent, FinishedAt: monday.AddDate(0, 0, -7), Lanes: 1}
	must(t, r.store.SaveRun(t.Context(), &past))
	batch := newsletter.NewBatch("weekly-0", 0, &newsletter.Claim{Seq: 1, At: past.FinishedAt, IDs: make([]newsletter.SubscriberID, 50)}, newsletter.OutcomeSent, "")
	must(t, r.store.SaveBatch(t.Context(), &batch))
	r.start(t)
	r.pass(t, 0)
	r.report(t, 0)
	for range 10 {
		r.pass(t, 5*time.Minute)
		r.report(t, 0)
	}
	if c := r.counts(t); c.Ambiguous != 25 {
		t.Errorf("nothing was heard of last week's: %+v", c)
	}
	_, err := r.store.AddReports(t.Context(), newsletter.Reports{Run: "weekly-0", Seq: 1, Accepted: 1<<50 - 1})
	must(t, err)
	for range 10 {
		r.pass(t, 5*time.Minute)
		r.report(t, 0)
	}
	if c := r.counts(t); c != (newsletter.Counts{Sent: 120}) || len(r.mailer.twice()) != 0 {
		t.Errorf("%+v, twice %v", c, r.mailer.twice())
	}
}

// TestHeardOfBeforeTheRetryCame: who was put up again, and is reported before his turn
// comes, is not mailed, and is in the books as sent once.
func TestHeardOfBeforeTheRetryCame(t *testing.T) {
	r := newReporting(t, 1200, silent{2: half})
	r.start(t)
	r.pass(t, 0)
	late := newsletter.Reports{Run: "weekly-1", Seq: 2, Accepted: 0b111}
	for i := range r.taken {
		if r.taken[i].Seq == 2 {
			r.taken[i].Accepted &^= late.Accepted
		}
	}
	r.report(t, 0)
	r.now = r.now.Add(20 * time.Minute)
	must(t, r.Sweep(t.Context())) // puts them up
	_, err := r.store.AddReports(t.Context(), late)
	must(t, err)
	run := r.pass(t, 0)
	if run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 1200}) || len(r.mailer.twice()) != 0 {
		t.Errorf("%s: %+v, twice %v", run.State, run.Counts, r.mailer.twice())
	}
}

// TestACancelledRunMailsNobodyAgain: what is in doubt is named.
func TestACancelledRunMailsNobodyAgain(t *testing.T) {
	r := newReporting(t, 1200, silent{2: half})
	r.start(t)
	r.pass(t, 0)
	r.report(t, 0)
	_, err := r.Cancel(t.Context(), "weekly-1", "by hand")
	must(t, err)
	if run := r.pass(t, 20*time.Minute); run.State != newsletter.RunCancelled || run.Counts != (newsletter.Counts{Sent: 1175, Unknown: 25}) || len(r.mailer.batches) != 24 {
		t.Errorf("%s: %+v after %d batches", run.State, run.Counts, len(r.mailer.batches))
	}
}

// TestRefusedBeforeTheBatchWasStored: the report is not lost.
func TestRefusedBeforeTheBatchWasStored(t *testing.T) {
	r := newReporting(t, 120, silent{})
	r.start(t)
	_, err := r.store.AddReports(t.Context(), newsletter.Reports{Run: "weekly-1", Seq: 2, Refused: 0b1000})
	must(t, err)
	if run := r.pass(t, 0); run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 119, Failed: 1}) {
		t.Errorf("%s: %+v", run.State, run.Counts)
	}
}

// TestDeathBetweenTheWritesOfAResend: whoever comes next ends it, and nobody is put up
// twice.
func TestDeathBetweenTheWritesOfAResend(t *testing.T) {
	for n := 1; n <= 4; n++ { // the batch's reports, the lane, the batch, the lane
		for _, after := range []bool{false, true} {
			r := newReporting(t, 1200, silent{2: half})
			r.start(t)
			r.pass(t, 0)
			r.report(t, 0)
			r.now = r.now.Add(20 * time.Minute)
			doomed := *r.Engine
			doomed.Store = &dying{Store: r.store, left: n, after: after}
			if err := doomed.Sweep(t.Context()); err == nil {
				t.Fatalf("there was no write %d", n)
			}
			run := r.pass(t, newsletter.LeaseTime)
			run = r.pass(t, newsletter.LeaseTime)
			if run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 1200}) || len(r.mailer.twice()) != 0 || len(r.mailer.got) != 1200 {
				t.Errorf("write %d, takes effect: %t: %s %+v, %d got it, %v twice", n, after, run.State, run.Counts, len(r.mailer.got), r.mailer.twice())
			}
		}
	}
}

func nobodyTaken(int) bool { return false }

// TestHeardOfAnEarlierTry: the answers of two tries were lost. What is heard of the first
// one, once the second has been claimed, settles the second.
func TestHeardOfAnEarlierTry(t *testing.T) {
	r := newReporting(t, 1200, silent{2: half, 25: nobodyTaken})
	r.start(t)
	r.pass(t, 0)
	var late newsletter.Reports
	for i := range r.taken {
		if r.taken[i].Seq == 2 {
			late = r.taken[i]
			r.taken[i].Accepted = 0
		}
	}
	r.report(t, 0)
	r.pass(t, 16*time.Minute) // tries all fifty again, and hears nothing
	if c := r.counts(t); c != (newsletter.Counts{Sent: 1150, Ambiguous: 50}) {
		t.Fatalf("%+v", c)
	}
	_, err := r.store.AddReports(t.Context(), late)
	must(t, err)
	r.report(t, 0)
	r.pass(t, time.Minute)
	if c := r.counts(t); c != (newsletter.Counts{Sent: 1175, Ambiguous: 25}) {
		t.Errorf("%+v", c)
	}
	r.pass(t, 16*time.Minute) // nothing else was sent at that time: a probe
	r.report(t, 0)
	if run := r.pass(t, 5*time.Minute); run.Counts != (newsletter.Counts{Sent: 1200}) || len(r.mailer.twice()) != 0 {
		t.Errorf("%s: %+v, twice %v", run.State, run.Counts, r.mailer.twice())
	}
}

// meeting is a Store in which something happens while a sweep reads: as soon as the gate
// is asked, or when the doubtful batch 2 and its reports have been read.
type meeting struct {
	Store
	gate, read func()
	reads      int // of the reports of batch 2: the first is the gate's
}

func once(do *func()) {
	if f := *do; f != nil {
		*do = nil
		f()
	}
}

func (m *meeting) Reports(ctx context.Context, run string, lane, seq int) (newsletter.Reports, error) {
	if seq != 2 {
		once(&m.gate)
	}
	reports, err := m.Store.Reports(ctx, run, lane, seq)
	if seq == 2 {
		if m.reads++; m.reads == 2 {
			once(&m.read)
		}
	}
	return reports, err
}

// doubting has a batch in doubt that is old enough.
func doubting(t *testing.T) *reporting {
	t.Helper()
	r := newReporting(t, 1200, silent{2: half})
	r.start(t)
	r.pass(t, 0)
	r.now = r.now.Add(20 * time.Minute)
	return r
}

// TestTwoSweepsMeet: while one has read a batch in doubt, another puts it up, and its
// readers are tried again. That answer is lost as well, so the run stays open.
func TestTwoSweepsMeet(t *testing.T) {
	r := newReporting(t, 1200, silent{2: nobodyTaken, 25: nobodyTaken})
	r.start(t)
	r.pass(t, 0)
	r.report(t, 0)
	r.now = r.now.Add(20 * time.Minute)
	slow := *r.Engine
	slow.Store = &meeting{Store: r.store, read: func() { r.pass(t, 0) }}
	must(t, slow.Sweep(t.Context()))
	for range 5 {
		r.pass(t, 5*time.Minute)
		r.report(t, 0)
	}
	if run := r.pass(t, time.Minute); run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 1200}) || len(r.mailer.twice()) != 0 || len(r.mailer.batches) != 26 {
		t.Errorf("%s: %+v after %d batches, twice %v", run.State, run.Counts, len(r.mailer.batches), r.mailer.twice())
	}
}

// TestReportsThatComeWhileTheGateIsAsked, having been held up all together, count: who
// is among them is not put up again.
func TestReportsThatComeWhileTheGateIsAsked(t *testing.T) {
	r := doubting(t)
	slow := *r.Engine
	slow.Store = &meeting{Store: r.store, gate: func() { r.report(t, 0) }}
	must(t, slow.Sweep(t.Context()))
	lane, err := r.store.Lane(t.Context(), "weekly-1", 0)
	must(t, err)
	if len(lane.Retries) != 1 || lane.Retries[0].Len() != 25 {
		t.Errorf("put up: %+v", lane.Retries)
	}
}
