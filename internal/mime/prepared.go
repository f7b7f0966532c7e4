package mime

import (
	"sync"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Prepared keeps what a mailer has made of the Mails that it sent last, one for each
// Variant of a Run: batch after batch brings the same ones. The zero value is ready; it
// is safe for concurrent use.
type Prepared[V any] struct {
	mu   sync.Mutex
	made map[preparation]V
}

type preparation struct {
	mail *newsletter.Mail // which must not change
	run  string
}

// Get returns what make has made of the Mailing's Mail.
func (p *Prepared[V]) Get(m *newsletter.Mailing, make func() V) V {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := preparation{m.Mail, m.Run}
	v, ok := p.made[key]
	if ok {
		return v
	}
	if p.made == nil || len(p.made) >= newsletter.MaxVariants { // those of earlier walks
		p.made = map[preparation]V{}
	}
	v = make()
	p.made[key] = v
	return v
}
