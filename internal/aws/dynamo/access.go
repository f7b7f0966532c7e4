package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func signInFields(s *newsletter.SignIn) []field {
	return []field{
		{"id", textAt(&s.ID)}, {"address", textAt(&s.Address)}, {"link_hash", textAt(&s.LinkHash)}, {"code_hash", textAt(&s.CodeHash)},
		{"until", instant{&s.Until}}, {"tries", intAt(&s.Tries)}, {"done", flag{&s.Done}}, {"rev", intAt(&s.Rev)},
	}
}

func sessionFields(s *newsletter.Session) []field {
	return []field{
		{"id", textAt(&s.ID)}, {"address", textAt(&s.Address)}, {"device", textAt(&s.Device)}, {"since", instant{&s.Since}}, {"until", instant{&s.Until}},
		{"ended", flag{&s.Ended}}, {"rev", intAt(&s.Rev)},
	}
}

func apiTokenFields(t *newsletter.APIToken) []field {
	return []field{
		{"id", textAt(&t.ID)}, {"name", textAt(&t.Name)}, {"role", textAt(&t.Role)}, {"hash", textAt(&t.Hash)}, {"made_by", textAt(&t.By)},
		{"since", instant{&t.Since}}, {"revoked", instant{&t.Revoked}}, {"used", instant{&t.Used}}, {"rev", intAt(&t.Rev)},
	}
}

// afterwards is how long what has run out is kept, for clocks that differ.
const afterwards = 24 * time.Hour

func over(until time.Time) time.Time {
	if until.IsZero() {
		return until
	}
	return until.Add(afterwards)
}

func signIns() *kind[newsletter.SignIn] {
	return &kind[newsletter.SignIn]{name: "sign-in", fields: signInFields,
		key: func(v *newsletter.SignIn) key { return key{"LOGIN#" + v.ID, "META"} },
		ttl: func(v *newsletter.SignIn) time.Time { return over(v.Until) }}
}

func sessions() *kind[newsletter.Session] {
	return &kind[newsletter.Session]{name: "session", fields: sessionFields,
		key:   func(v *newsletter.Session) key { return key{"SESS#" + v.ID, "META"} },
		index: func(v *newsletter.Session) key { return key{"SESS", sortable(v.Until) + "#" + v.ID} },
		ttl:   func(v *newsletter.Session) time.Time { return over(v.Until) }}
}

func apiTokens() *kind[newsletter.APIToken] {
	return &kind[newsletter.APIToken]{name: "API token", fields: apiTokenFields,
		key: func(v *newsletter.APIToken) key { return key{"TOK", v.ID} }}
}

// SignIn reads one sign-in.
func (s *Store) SignIn(ctx context.Context, id string) (newsletter.SignIn, error) {
	return signIns().get(ctx, s, newsletter.SignIn{ID: id})
}

// SaveSignIn saves one.
func (s *Store) SaveSignIn(ctx context.Context, v *newsletter.SignIn) error {
	return signIns().save(ctx, s, v, &v.Rev)
}

// Session reads one session.
func (s *Store) Session(ctx context.Context, id string) (newsletter.Session, error) {
	return sessions().get(ctx, s, newsletter.Session{ID: id})
}

// SaveSession saves one.
func (s *Store) SaveSession(ctx context.Context, v *newsletter.Session) error {
	return sessions().save(ctx, s, v, &v.Rev)
}

// Sessions lists those that have time left.
func (s *Store) Sessions(ctx context.Context, now time.Time) ([]newsletter.Session, error) {
	in := listed("SESS")
	in.ScanIndexForward = aws.Bool(false)
	in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk > :now")
	in.ExpressionAttributeValues[":now"] = str(sortable(now) + "~") // after every id of that very moment
	return sessions().list(ctx, s, 0, in)
}

// APIToken reads one token of the API.
func (s *Store) APIToken(ctx context.Context, id string) (newsletter.APIToken, error) {
	return apiTokens().get(ctx, s, newsletter.APIToken{ID: id})
}

// SaveAPIToken saves one.
func (s *Store) SaveAPIToken(ctx context.Context, v *newsletter.APIToken) error {
	return apiTokens().save(ctx, s, v, &v.Rev)
}

// APITokens lists all tokens of the API by id.
func (s *Store) APITokens(ctx context.Context) ([]newsletter.APIToken, error) {
	return apiTokens().list(ctx, s, 0, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": str("TOK")}})
}
