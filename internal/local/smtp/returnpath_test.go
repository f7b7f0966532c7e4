package smtp

import (
	"sync"
	"testing"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestEachReadersMailComesBackToItsOwnAddress, whether the envelope went ahead or not.
func TestEachReadersMailComesBackToItsOwnAddress(t *testing.T) {
	var lock sync.Mutex
	from := map[string]int{}
	s := start(t, func(s *server) {
		s.sender = func(sender string) error {
			lock.Lock()
			defer lock.Unlock()
			from[sender]++
			return nil
		}
	})
	m := mailer(t, "smtp://"+s.addr)
	m.ReturnPath = func(to newsletter.Address) newsletter.Address { return "bounce+of." + to }
	mailing := mailtest.Mailing(9)
	if _, err := m.Send(t.Context(), mailing); err != nil {
		t.Fatal(err)
	}
	single := &newsletter.Message{Publication: mailing.Publication, To: "single@example.org", Subject: "x", Text: "y"}
	if err := m.Post(t.Context(), single); err != nil {
		t.Fatal(err)
	}
	for _, r := range mailing.Recipients {
		if from["bounce+of."+string(r.Address)] == 0 {
			t.Errorf("no envelope of its own for %s: %v", r.Address, from)
		}
	}
	if from["bounce+of.single@example.org"] != 1 || len(from) != len(mailing.Recipients)+1 {
		t.Errorf("senders %v", from)
	}
}
