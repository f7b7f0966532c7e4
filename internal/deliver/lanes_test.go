package deliver

import "testing"

func TestLaneCount(t *testing.T) {
	for _, c := range []struct {
		name    string
		rate    float64
		batch   int
		workers int
		want    int
	}{
		{"one worker walks one lane", 0, 50, 1, 1},
		{"workers that nobody counted are one", 0, 50, 0, 1},
		{"without a limit every worker has a lane", 0, 50, 10, 16},
		{"the sandbox needs one", 1, 1, 1000, 1},
		{"a new account needs one", 14, 14, 1000, 1},
		{"200 a second need four", 200, 50, 1000, 4},
		{"2,000 a second need sixteen", 2000, 50, 1000, 16},
		{"as many as four workers can walk", 2000, 50, 4, 4},
		{"at most all buckets", 1e6, 50, 1e6, 256},
	} {
		if got := laneCount(c.rate, c.batch, c.workers); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestSeveralLanesSendOnce(t *testing.T) {
	b := newBench(t, 400)
	b.Workers = 4
	b.start(t)
	if refs := b.queue.take(); len(refs) != 4 {
		t.Fatalf("%d lanes are queued", len(refs))
	}
	must(t, b.Sweep(t.Context()))
	run := b.run(t)
	if run.Lanes != 4 || run.Counts.Sent != 400 || len(b.mailer.got) != 400 || len(b.mailer.twice()) != 0 {
		t.Errorf("%d lanes, %+v, twice %v", run.Lanes, run.Counts, b.mailer.twice())
	}
}
