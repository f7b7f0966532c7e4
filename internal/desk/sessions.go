package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Leave ends the session of the person.
func (a *Access) Leave(ctx context.Context, p Person) error {
	if p.Session == "" {
		return nil
	}
	return a.end(ctx, p, p.Session, "signed out")
}

// Sessions are those that are open: of an operator's view everybody's, else the
// person's own.
func (a *Access) Sessions(ctx context.Context, p Person) ([]newsletter.Session, error) {
	all, err := a.Store.Sessions(ctx, a.Now())
	var open []newsletter.Session
	for _, s := range all {
		if s.Open(a.Now()) && (p.May(newsletter.RoleOperator) == nil || string(s.Address) == p.Who) {
			open = append(open, s)
		}
	}
	return open, err
}

// EndSession signs a browser out, from elsewhere. Others' sessions are an operator's
// business.
func (a *Access) EndSession(ctx context.Context, p Person, id string) error {
	s, err := a.Store.Session(ctx, id)
	if err != nil {
		return err
	}
	if string(s.Address) != p.Who {
		if err := p.May(newsletter.RoleOperator); err != nil {
			return err
		}
	}
	return a.end(ctx, p, id, "ended a session")
}

// end ends the session; one that is over stays so.
func (a *Access) end(ctx context.Context, p Person, id, what string) error {
	for {
		s, err := a.Store.Session(ctx, id)
		if err != nil || s.Ended {
			return err
		}
		s.Ended = true
		if err := a.Store.SaveSession(ctx, &s); errors.Is(err, newsletter.ErrConflict) {
			continue
		} else if err != nil {
			return err
		}
		return a.note(ctx, p.Who, what, "session of "+string(s.Address), s.Browser())
	}
}

// NewToken makes a token of the API and returns the secret, which nobody can show
// again. Nobody gives more away than they have.
func (a *Access) NewToken(ctx context.Context, p Person, name string, role newsletter.Role) (newsletter.APIToken, string, error) {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return newsletter.APIToken{}, "", err
	}
	t, secret, err := newsletter.NewAPIToken(name, role, p.Who, a.Now())
	if err != nil {
		return t, "", err
	}
	if err := a.Store.SaveAPIToken(ctx, &t); err != nil {
		return t, "", err
	}
	return t, secret, a.note(ctx, p.Who, "made a token", "token "+t.Name, fmt.Sprintf("role %s, id %s", t.Role, t.ID))
}

// RevokeToken ends a token of the API. Revoking again changes nothing.
func (a *Access) RevokeToken(ctx context.Context, p Person, id string) error {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return err
	}
	for {
		t, err := a.Store.APIToken(ctx, id)
		if err != nil || !t.Revoked.IsZero() {
			return err
		}
		t.Revoke(a.Now())
		if err := a.Store.SaveAPIToken(ctx, &t); errors.Is(err, newsletter.ErrConflict) {
			continue
		} else if err != nil {
			return err
		}
		return a.note(ctx, p.Who, "revoked a token", "token "+t.Name, "id "+t.ID)
	}
}
