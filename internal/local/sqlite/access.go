package sqlite

import (
	"context"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func signInFields(s *newsletter.SignIn) []field {
	return []field{
		{"id", &s.ID}, {"address", (*string)(&s.Address)}, {"link_hash", &s.LinkHash}, {"code_hash", &s.CodeHash}, {"until", instant{&s.Until}},
		{"tries", &s.Tries}, {"done", &s.Done}, {"rev", &s.Rev},
	}
}

func sessionFields(s *newsletter.Session) []field {
	return []field{
		{"id", &s.ID}, {"address", (*string)(&s.Address)}, {"device", &s.Device}, {"since", instant{&s.Since}}, {"until", instant{&s.Until}},
		{"ended", &s.Ended}, {"rev", &s.Rev},
	}
}

func apiTokenFields(t *newsletter.APIToken) []field {
	return []field{
		{"id", &t.ID}, {"name", &t.Name}, {"role", (*string)(&t.Role)}, {"hash", &t.Hash}, {"made_by", &t.By}, {"since", instant{&t.Since}},
		{"revoked", instant{&t.Revoked}}, {"used", instant{&t.Used}}, {"rev", &t.Rev},
	}
}

// SignIn reads one sign-in.
func (s *Store) SignIn(ctx context.Context, id string) (newsletter.SignIn, error) {
	return s.signIns.get(ctx, s, id)
}

// SaveSignIn saves one.
func (s *Store) SaveSignIn(ctx context.Context, v *newsletter.SignIn) error {
	return s.signIns.save(ctx, s, v, &v.Rev)
}

// Session reads one session.
func (s *Store) Session(ctx context.Context, id string) (newsletter.Session, error) {
	return s.sessions.get(ctx, s, id)
}

// SaveSession saves one.
func (s *Store) SaveSession(ctx context.Context, v *newsletter.Session) error {
	return s.sessions.save(ctx, s, v, &v.Rev)
}

// Sessions lists those that have time left.
func (s *Store) Sessions(ctx context.Context, now time.Time) ([]newsletter.Session, error) {
	return s.sessions.list(ctx, s, "WHERE until > ? ORDER BY until DESC, id DESC", instant{&now})
}

// APIToken reads one token of the API.
func (s *Store) APIToken(ctx context.Context, id string) (newsletter.APIToken, error) {
	return s.apiTokens.get(ctx, s, id)
}

// SaveAPIToken saves one.
func (s *Store) SaveAPIToken(ctx context.Context, v *newsletter.APIToken) error {
	return s.apiTokens.save(ctx, s, v, &v.Rev)
}

// APITokens lists all tokens of the API by id.
func (s *Store) APITokens(ctx context.Context) ([]newsletter.APIToken, error) {
	return s.apiTokens.list(ctx, s, "ORDER BY id")
}
