package deliver

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestWhatAReaderWasSent(t *testing.T) {
	b := newBench(t, 120)
	b.start(t)
	b.run(t)
	for _, i := range []int{0, 7, 119} {
		copies, err := b.Copies(t.Context(), b.subscriber(t, i).ID, monday.AddDate(0, 0, -1))
		if err != nil || len(copies) != 1 || copies[0].Issue != "weekly-1" || copies[0].Outcome != newsletter.OutcomeSent || copies[0].At.Before(monday) {
			t.Errorf("reader %d: %+v, %v", i, copies, err)
		}
	}
	if copies, err := b.Copies(t.Context(), newsletter.Identify([]byte("pepper"), "nobody@example.org"), monday); err != nil || len(copies) > 0 {
		t.Errorf("nobody: %+v, %v", copies, err)
	}
	if copies, err := b.Copies(t.Context(), b.subscriber(t, 0).ID, b.now.AddDate(0, 0, 1)); err != nil || len(copies) > 0 {
		t.Errorf("of a run that ended before: %+v, %v", copies, err)
	}
}
