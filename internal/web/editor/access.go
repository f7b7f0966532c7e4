package editor

import (
	"cmp"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// accessPage is who is signed in, and which machines may come.
type accessPage struct {
	Secret   string // of a token that was just made
	Sessions []sessionRow
	Operator bool
	Tokens   []tokenRow
}

type sessionRow struct {
	ID, Address, Device, Since, Until string
	Own                               bool
}

type tokenRow struct{ ID, Name, Role, Since, By, Used, Revoked string }

func (p *Pages) access(v *visit) (page, error) { return p.accessWith(v, "") }

func (p *Pages) accessWith(v *visit, secret string) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	body := accessPage{Secret: secret, Operator: v.person.May(newsletter.RoleOperator) == nil}
	sessions, err := p.Access.Sessions(v.Context(), v.person)
	if err != nil {
		return page{}, err
	}
	for _, s := range sessions {
		body.Sessions = append(body.Sessions, sessionRow{s.ID, string(s.Address), cmp.Or(s.Browser(), "an unknown device"), day(s.Since, zone), day(s.Until, zone), s.ID == v.person.Session})
	}
	if body.Operator {
		tokens, err := p.Access.Store.APITokens(v.Context())
		if err != nil {
			return page{}, err
		}
		for _, t := range tokens {
			body.Tokens = append(body.Tokens, tokenRow{t.ID, t.Name, string(t.Role), day(t.Since, zone), t.By, day(t.Used, zone), day(t.Revoked, zone)})
		}
	}
	return page{name: "access", title: "Access", body: body}, nil
}

func (p *Pages) endSession(v *visit) (string, error) {
	return "/desk/access?done=session-ended", p.Access.EndSession(v.Context(), v.person, v.PathValue("id"))
}

// makeToken answers with the page itself: the secret is nowhere else, and no address
// holds it.
func (p *Pages) makeToken(v *visit) (page, error) {
	if err := v.ParseForm(); err != nil {
		return page{}, fmt.Errorf("%w: %w", errForm, err)
	}
	_, secret, err := p.Access.NewToken(v.Context(), v.person, v.PostFormValue("name"), newsletter.Role(v.PostFormValue("role")))
	if err != nil {
		return page{}, err
	}
	return p.accessWith(v, secret)
}

func (p *Pages) revokeToken(v *visit) (string, error) {
	return "/desk/access?done=token-revoked", p.Access.RevokeToken(v.Context(), v.person, v.PathValue("id"))
}
