package web

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// actionBody is an entry of the audit trail.
type actionBody struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Record string    `json:"record,omitempty"`
	Detail []string  `json:"detail"`
}

// audit lists what was done, newest first, from ?before= on, or what was done until the end
// of a ?day= in the publication's zone.
func (s *Site) audit(r *call) (reply, error) {
	q := r.URL.Query()
	limit, err := partOf(q)
	if err != nil {
		return reply{}, err
	}
	before := q.Get("before")
	if day := q.Get("day"); before == "" && day != "" {
		if before, err = s.untilDay(r, day); err != nil {
			return reply{}, err
		}
	}
	found, err := s.Store.Actions(r.Context(), before, limit+1)
	body := struct {
		Actions []actionBody `json:"actions"`
		Next    string       `json:"next,omitempty"`
	}{Actions: []actionBody{}}
	if len(found) > limit {
		found = found[:limit]
		body.Next = further(r, q, "before", found[limit-1].ID)
	}
	for i := range found {
		a := &found[i]
		detail := []string{}
		if a.Detail != "" {
			detail = strings.Split(a.Detail, "\n")
		}
		body.Actions = append(body.Actions, actionBody{a.At, a.Who, a.What, a.Record, detail})
	}
	return reply{status: http.StatusOK, body: body}, err
}

// untilDay is what to list entries before, so that a day and those before it come.
func (s *Site) untilDay(r *call, day string) (before string, err error) {
	p, err := s.Publication(r.Context())
	if err != nil {
		return "", err
	}
	at, err := time.ParseInLocation(time.DateOnly, day, p.Location())
	if err != nil {
		return "", errDay
	}
	return newsletter.ActionsUntil(at.AddDate(0, 0, 1).Add(-time.Microsecond)), nil
}

// tokenBody is a token of the API, without its secret but where it was just made.
type tokenBody struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Role    newsletter.Role `json:"role"`
	By      string          `json:"by"`
	Since   time.Time       `json:"since"`
	Used    time.Time       `json:"used,omitzero"` // to the hour
	Revoked time.Time       `json:"revoked,omitzero"`
	Secret  string          `json:"secret,omitempty"`
}

func newTokenBody(t *newsletter.APIToken) tokenBody {
	return tokenBody{ID: t.ID, Name: t.Name, Role: t.Role, By: t.By, Since: t.Since, Used: t.Used, Revoked: t.Revoked}
}

func (s *Site) listTokens(r *call) (reply, error) {
	found, err := s.Access.Store.APITokens(r.Context())
	list := make([]tokenBody, len(found))
	for i := range found {
		list[i] = newTokenBody(&found[i])
	}
	return reply{status: http.StatusOK, body: map[string]any{"tokens": list}}, err
}

// makeToken takes {"name": "the website", "role": "read"}. Its secret is shown this once.
func (s *Site) makeToken(r *call) (reply, error) {
	var body struct {
		Name string
		Role newsletter.Role
	}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	t, secret, err := s.Access.NewToken(r.Context(), r.by, body.Name, cmp.Or(body.Role, newsletter.RoleRead))
	if err != nil {
		return reply{}, changing(err)
	}
	made := newTokenBody(&t)
	made.Secret = secret
	return reply{status: http.StatusCreated, body: made}, nil
}

func (s *Site) revokeToken(r *call) (reply, error) {
	return reply{status: http.StatusNoContent}, s.Access.RevokeToken(r.Context(), r.by, r.PathValue("id"))
}
