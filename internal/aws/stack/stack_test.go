package stack

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// fresh is a stack over an empty table.
func fresh(t *testing.T, env map[string]string) *Stack {
	t.Helper()
	settings, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	client := awstest.DynamoDB(t)
	return &Stack{Settings: settings, Store: dynamo.Open(client, awstest.Table(t, client)), Now: func() time.Time { return monday }}
}

func TestOpenNamesEverySettingThatIsMissing(t *testing.T) {
	env := map[string]string{"MASTHEAD_QUEUE": "https://sqs.example.org/lanes", "MASTHEAD_RATE": "fast"}
	_, err := Open(func(name string) string { return env[name] }, "MASTHEAD_QUEUE", "MASTHEAD_FROM")
	if !errors.Is(err, newsletter.ErrInvalid) {
		t.Fatalf("error %v", err)
	}
	for name, want := range map[string]bool{"MASTHEAD_TABLE": true, "MASTHEAD_FROM": true, "MASTHEAD_RATE": true, "MASTHEAD_QUEUE": false, "AWS_REGION": true, "AWS_SECRET_ACCESS_KEY": true} {
		if strings.Contains(err.Error(), name) != want {
			t.Errorf("the error names %s: %t, want %t: %v", name, !want, want, err)
		}
	}
}

func TestNothingPrivateIsReachedFromLambda(t *testing.T) {
	for name, c := range map[string]struct {
		function, allow string
		refused         bool
	}{
		"on Lambda":            {"masthead-HooksFunction", "true", true},
		"on Lambda, forbidden": {"masthead-HooksFunction", "false", false},
		"in a test":            {"", "true", false},
	} {
		env := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "MASTHEAD_TABLE": "t",
			"AWS_LAMBDA_FUNCTION_NAME": c.function, "MASTHEAD_ALLOW_PRIVATE": c.allow}
		_, err := Open(func(name string) string { return env[name] })
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "MASTHEAD_ALLOW_PRIVATE") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPublicationIsTheStoredOneWithTheSettingsOverIt(t *testing.T) {
	s := fresh(t, map[string]string{"MASTHEAD_FROM": "digest@news.example.org"})
	p, err := s.Publication(t.Context())
	if err != nil || p.Name != "Masthead" || p.From != "digest@news.example.org" {
		t.Errorf("before any source: %+v, %v", p, err)
	}
	if err := s.Adopt(t.Context(), &newsletter.Source{URL: "https://magazine.example.org/", Title: "The Lantern Post"}); err != nil {
		t.Fatal(err)
	}
	if p, err = s.Publication(t.Context()); err != nil || p.Name != "The Lantern Post" || p.From != "digest@news.example.org" {
		t.Errorf("after the first source: %+v, %v", p, err)
	}
	s.Name = "Ours"
	if p, err = s.Publication(t.Context()); err != nil || p.Name != "Ours" {
		t.Errorf("with a setting: %+v, %v", p, err)
	}
}

func TestAnotherPepperIsRefused(t *testing.T) {
	s := fresh(t, nil)
	for _, step := range []struct {
		pepper string
		want   error
	}{{"right", nil}, {"right", nil}, {"wrong", newsletter.ErrInvalid}} {
		if err := s.NotePepper(t.Context(), []byte(step.pepper)); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.pepper, err, step.want)
		}
	}
}

func TestAChangedScheduleKeepsWhenItFired(t *testing.T) {
	s := fresh(t, map[string]string{"MASTHEAD_SCHEDULE": "monday 07:00"})
	id := ensure(t, s)
	stored, err := s.Store.Schedule(t.Context(), id)
	if err != nil || !stored.LastFire.Equal(monday) {
		t.Fatalf("%+v, %v", stored, err)
	}
	s.Now = func() time.Time { return monday.Add(24 * time.Hour) }
	if ensure(t, s); rev(t, s, id) != stored.Rev {
		t.Error("it was stored again unchanged")
	}
	s.Hour = 9
	ensure(t, s)
	changed, err := s.Store.Schedule(t.Context(), id)
	if err != nil || changed.Hour != 9 || !changed.LastFire.Equal(monday) {
		t.Errorf("%+v, %v", changed, err)
	}
}

func ensure(t *testing.T, s *Stack) string {
	t.Helper()
	id, err := s.EnsureSchedule(t.Context())
	if err != nil || id != "weekly" {
		t.Fatalf("%q, %v", id, err)
	}
	return id
}

func rev(t *testing.T, s *Stack, id string) int64 {
	t.Helper()
	stored, err := s.Store.Schedule(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return stored.Rev
}
