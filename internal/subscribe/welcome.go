package subscribe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// greet mails the welcome that was noted on the record before: who presses the
// button twice gets one, and a process that dies here has at worst sent none. The
// reader is confirmed whatever becomes of it.
func (s *Subscribers) greet(ctx context.Context, reader *newsletter.Subscriber) {
	err := s.mailWelcome(ctx, reader)
	if err == nil || errors.Is(err, newsletter.ErrNotFound) {
		return
	}
	s.trouble(fmt.Errorf("welcome a reader: %w", err))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	noted := reader.WelcomedAt
	s.trouble(s.change(ctx, reader.ID, func(sub *newsletter.Subscriber) (bool, error) {
		mine := sub.WelcomedAt.Equal(noted)
		if mine {
			sub.WelcomedAt = time.Time{} // the next press of the button tries again
		}
		return mine, nil
	}))
}

func (s *Subscribers) mailWelcome(ctx context.Context, reader *newsletter.Subscriber) error {
	mail, err := s.Greeter.Welcome(ctx, reader)
	if err != nil {
		return err
	}
	p, err := s.Publication(ctx)
	if err != nil {
		return err
	}
	links := s.Links(reader)
	copied := newsletter.Recipient{Subscriber: reader.ID, Address: reader.Address, Name: reader.Name, Unsubscribe: links.Unsubscribe, Preferences: links.Preferences}
	return s.Mail.Post(ctx, &newsletter.Message{Publication: &p, To: reader.Address, Language: mail.Language,
		Subject: newsletter.Splice(mail.Subject, copied.Value), HTML: newsletter.Splice(mail.HTML, copied.Value), Text: newsletter.Splice(mail.Text, copied.Value),
		Issue: mail.Issue, Unsubscribe: copied.Unsubscribe})
}

// link signs a token for the reader that works for so long; 0: for ever.
func (s *Subscribers) link(purpose token.Purpose, reader *newsletter.Subscriber, ttl time.Duration) string {
	claims := token.Claims{Subscriber: reader.ID, Version: reader.TokenVersion}
	if ttl > 0 {
		claims.Expires = s.Now().Add(ttl)
	}
	return s.Tokens.Sign(purpose, claims)
}
