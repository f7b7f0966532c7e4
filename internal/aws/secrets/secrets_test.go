package secrets

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// fakeSSM holds parameters; it decrypts only where it is asked to.
type fakeSSM struct {
	values map[string]string
	calls  int
	err    error
}

func (f *fakeSSM) GetParameters(_ context.Context, in *ssm.GetParametersInput, _ ...func(*ssm.Options)) (*ssm.GetParametersOutput, error) {
	f.calls++
	if f.err != nil {
		return nil, f.err
	}
	out := &ssm.GetParametersOutput{}
	for _, name := range in.Names {
		if value, ok := f.values[name]; ok && aws.ToBool(in.WithDecryption) {
			out.Parameters = append(out.Parameters, types.Parameter{Name: &name, Value: &value})
		}
	}
	return out, nil
}

const (
	goodKeys   = "b2:0123456789abcdef,a1:fedcba9876543210"
	goodPepper = "a pepper of enough characters"
)

func keeper(values map[string]string) (*Keeper, *fakeSSM, *time.Time) {
	f := &fakeSSM{values: values}
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	return &Keeper{SSM: f.GetParameters, Path: "/masthead", Now: func() time.Time { return now }, Check: func(context.Context, []byte) error { return nil }}, f, &now
}

func TestSecretsAreReadOnceInFiveMinutes(t *testing.T) {
	k, f, now := keeper(map[string]string{"/masthead/token-keys": goodKeys + "\n", "/masthead/pepper": goodPepper})
	for _, step := range []struct {
		name  string
		pass  time.Duration
		calls int
	}{
		{"the first time they are read", 0, 1},
		{"then kept", 4 * time.Minute, 1},
		{"and read again", time.Minute, 2},
	} {
		*now = now.Add(step.pass)
		s, err := k.Get(t.Context())
		if err != nil || s.Signer.Keys[0].ID != "b2" || len(s.Signer.Keys) != 2 || string(s.Pepper) != goodPepper {
			t.Fatalf("%s: %+v, %v", step.name, s, err)
		}
		if f.calls != step.calls {
			t.Errorf("%s: %d calls, want %d", step.name, f.calls, step.calls)
		}
	}
}

func TestSecretsStayInUseWhileSSMIsDown(t *testing.T) {
	k, f, now := keeper(map[string]string{"/masthead/token-keys": goodKeys, "/masthead/pepper": goodPepper})
	if _, err := k.Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.err = errors.New("down")
	*now = now.Add(time.Hour)
	if s, err := k.Get(t.Context()); err != nil || s.Signer == nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSecretsThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct {
		name   string
		values map[string]string
		check  error
		says   string
	}{
		{"none at all", nil, nil, "/masthead/token-keys"},
		{"no pepper", map[string]string{"/masthead/token-keys": goodKeys}, nil, "/masthead/pepper"},
		{"a short pepper", map[string]string{"/masthead/token-keys": goodKeys, "/masthead/pepper": "short"}, nil, "openssl"},
		{"another pepper than before", map[string]string{"/masthead/token-keys": goodKeys, "/masthead/pepper": goodPepper},
			newsletter.ErrInvalid, "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _, _ := keeper(c.values)
			k.Check = func(context.Context, []byte) error { return c.check }
			if _, err := k.Get(t.Context()); !errors.Is(err, newsletter.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one with %q", err, c.says)
			}
		})
	}
}
