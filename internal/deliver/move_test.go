package deliver

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestWhoIsMovingGetsOneMail: a move that died halfway leaves two active records.
func TestWhoIsMovingGetsOneMail(t *testing.T) {
	for name, change := range map[string]func(old, young *newsletter.Subscriber){
		"the new one is confirmed": func(_, _ *newsletter.Subscriber) {},
		"the new one is not":       func(_, young *newsletter.Subscriber) { young.Status = newsletter.Pending },
		"the new one is erased":    func(_, young *newsletter.Subscriber) { young.ID[0]++ },
		"confirmed since":          func(_, young *newsletter.Subscriber) { young.ConfirmedAt = monday.Add(1e6) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2)
			old, young := b.subscriber(t, 0), b.subscriber(t, 1)
			old.MovedTo = young.ID
			must(t, b.store.DeleteSubscriber(t.Context(), &young))
			change(&old, &young)
			young.Rev = 0
			must(t, b.store.SaveSubscriber(t.Context(), &old))
			must(t, b.store.SaveSubscriber(t.Context(), &young))
			b.start(t)
			b.run(t)
			if got := b.mailer.got[address(0)] + b.mailer.got[address(1)]; name != "the new one is erased" && got != 1 {
				t.Errorf("mailed %v", b.mailer.got)
			} else if b.mailer.got[address(0)] != 1 && name != "the new one is confirmed" {
				t.Errorf("mailed %v", b.mailer.got)
			}
		})
	}
}

func TestWhoHasNothingToReadIsNotMailed(t *testing.T) {
	b := newBench(t, 3)
	sea, bread := b.subscriber(t, 0), b.subscriber(t, 1)
	sea.Topics, bread.Topics = []string{"Sea"}, []string{"Bread"}
	must(t, b.store.SaveSubscriber(t.Context(), &sea))
	must(t, b.store.SaveSubscriber(t.Context(), &bread))
	b.issue.Variants = []newsletter.Variant{{Key: "topics-1", Topics: []string{"Sea"}}, {Key: "topics-2", Topics: []string{"Bread"}, Empty: true}}
	must(t, b.store.SaveIssue(t.Context(), &b.issue))
	must(t, b.store.SaveMail(t.Context(), &newsletter.Mail{Issue: "weekly-1", Variant: "topics-1", Subject: "s", HTML: "h", Text: "t"}))
	b.start(t)
	b.run(t)
	if b.mailer.got[address(0)] != 1 || b.mailer.got[address(1)] != 0 || b.mailer.got[address(2)] != 1 {
		t.Errorf("mailed %v", b.mailer.got)
	}
}

func (b *bench) subscriber(t *testing.T, i int) newsletter.Subscriber {
	t.Helper()
	s, err := b.store.Subscriber(t.Context(), newsletter.Identify([]byte("pepper"), address(i)))
	must(t, err)
	return s
}
