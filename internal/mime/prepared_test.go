package mime

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestPreparedIsMadeOnceForEachMailOfARun(t *testing.T) {
	var p Prepared[int]
	made := 0
	get := func(m *newsletter.Mail, run string) int {
		return p.Get(&newsletter.Mailing{Mail: m, Run: run}, func() int { made++; return made })
	}
	english, german := &newsletter.Mail{}, &newsletter.Mail{}
	for range 3 { // batch after batch
		if get(english, "w1") != 1 || get(german, "w1") != 2 || get(english, "w2") != 3 {
			t.Fatal("made anew, or mixed up")
		}
	}
	for range 1000 {
		get(&newsletter.Mail{}, "w3")
	}
	if len(p.made) > newsletter.MaxVariants {
		t.Errorf("%d are kept", len(p.made))
	}
}
