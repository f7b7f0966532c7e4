package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestNothingConfiguredWorks(t *testing.T) {
	s, err := Load(env(nil))
	if err != nil {
		t.Fatal(err)
	}
	schedule := s.MainSchedule(time.Now())
	if err := schedule.Validate(); err != nil || schedule.ID != "weekly" || schedule.Weekday != time.Monday || schedule.Hour != 7 {
		t.Errorf("%+v, %v", schedule, err)
	}
	if s.Apply(newsletter.Publication{}).From == "" || s.Data != "./.masthead" || s.Listen != "127.0.0.1:8080" {
		t.Errorf("%+v", s)
	}
}

func TestAllFaultsAreReportedTogether(t *testing.T) {
	bad := map[string]string{
		"MASTHEAD_FROM": "not an address", "MASTHEAD_ZONE": "Mars/Olympus", "MASTHEAD_ACCENT": "#ffff00", "MASTHEAD_BASE_URL": "news.example.org",
		"MASTHEAD_SCHEDULE": "someday 07:00", "MASTHEAD_REVIEW": "maybe", "MASTHEAD_RATE": "-1", "MASTHEAD_WORKERS": "0", "MASTHEAD_THEME": "baroque", "MASTHEAD_LANGUAGES": "de,fr", "MASTHEAD_LOGO": "logo.png", "MASTHEAD_SPREAD": "often", "MASTHEAD_CLICKS": "perhaps", "MASTHEAD_TOPICS": "One", "MASTHEAD_BACKUP_DAYS": "none", "MASTHEAD_WELCOME": "warm", "MASTHEAD_UNLISTED": "no way", "MASTHEAD_CANARY": "some", "MASTHEAD_EDITOR_TOKEN": "short", "MASTHEAD_PROXY": "localhost", "MASTHEAD_CHALLENGE": "turnstile", "MASTHEAD_EDITORS": "ada", "MASTHEAD_OPERATORS": "ada@example.org olga",
	}
	_, err := Load(env(bad))
	if !errors.Is(err, newsletter.ErrInvalid) {
		t.Fatal(err)
	}
	for name := range bad {
		if !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s is not reported:\n%v", name, err)
		}
	}
}

func TestEverySettingHasAVariable(t *testing.T) {
	values := map[string]string{
		"MASTHEAD_FROM": "a@example.org", "MASTHEAD_BOUNCE_ADDRESS": "bounce@example.org", "MASTHEAD_PROXY": "127.0.0.1, 10.0.0.0/8", "MASTHEAD_CHALLENGE": "turnstile site secret", "MASTHEAD_REPLY_TO": "b@example.org", "MASTHEAD_ZONE": "Europe/Berlin", "MASTHEAD_ACCENT": "#123456", "MASTHEAD_LANGUAGE": "en",
		"MASTHEAD_SITE": "https://magazine.example.org/", "MASTHEAD_BASE_URL": "https://news.example.org/", "MASTHEAD_SCHEDULE": "friday 18:30",
		"MASTHEAD_REVIEW": "true", "MASTHEAD_ALLOW_PRIVATE": "1", "MASTHEAD_RATE": "14", "MASTHEAD_WORKERS": "4", "MASTHEAD_THEME": "modern", "MASTHEAD_LANGUAGES": "de fr", "MASTHEAD_LOGO": "https://example.org/l.png", "MASTHEAD_LOGO_DARK": "https://example.org/d.png?w=2", "MASTHEAD_UTM": "source=mail", "MASTHEAD_SPREAD": "true", "MASTHEAD_CLICKS": "true", "MASTHEAD_TOPICS": "Sea, Bread", "MASTHEAD_WELCOME": "true", "MASTHEAD_UNLISTED": "true", "MASTHEAD_BACKUP_DAYS": "7", "MASTHEAD_CANARY": "2% 30m", "MASTHEAD_EDITOR_TOKEN": "0123456789abcdef", "MASTHEAD_EDITORS": "ada@example.org, bea@example.org", "MASTHEAD_OPERATORS": "olga@example.org", "MASTHEAD_SOURCES": "https://a.example https://b.example",
	}
	for _, v := range Variables {
		if values[v.Name] == "" {
			values[v.Name] = "x"
		}
	}
	s, err := Load(env(values))
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[Settings]().NumField() {
		if f := reflect.TypeFor[Settings]().Field(i); reflect.ValueOf(s).Field(i).IsZero() {
			t.Errorf("no variable sets %s", f.Name)
		}
	}
	if s.BaseURL != "https://news.example.org" || s.Hour != 18 || s.Minute != 30 || len(s.Sources) != 2 {
		t.Errorf("%+v", s)
	}
}

func TestCanary(t *testing.T) {
	for in, want := range map[string]newsletter.Canary{
		"2% 30m":          {Share: 0.02, Hold: 30 * time.Minute, MaxBounced: 0.04, MaxComplained: 0.001},
		"0.5% 1h 5% 0.2%": {Share: 0.005, Hold: time.Hour, MaxBounced: 0.05, MaxComplained: 0.002},
	} {
		s, err := Load(env(map[string]string{"MASTHEAD_CANARY": in}))
		if err != nil || s.Canary != want {
			t.Errorf("%q: %+v, %v", in, s.Canary, err)
		}
	}
	for _, in := range []string{"2%", "2 30m", "2% 30", "0% 30m", "60% 30m", "2% 100h", "2% -1h", "2% 30m 4%", "2% 30m 4% much", "NaN% 1h"} {
		if _, err := Load(env(map[string]string{"MASTHEAD_CANARY": in})); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%q was taken: %v", in, err)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		in string
		ok bool
	}{{"daily 07:00", true}, {"Monday 7:05", true}, {"sunday  23:59", true}, {"monday", false}, {"monday 24:00", false}, {"monthly 07:00", false}, {"07:00", false}} {
		if _, err := Load(env(map[string]string{"MASTHEAD_SCHEDULE": c.in})); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.in, err)
		}
	}
}

// TestClicksOfTheEnvironment: false stands above what is stored as true does.
func TestClicksOfTheEnvironment(t *testing.T) {
	for value, want := range map[string]bool{"": true, "true": true, "false": false} {
		s, err := Load(env(map[string]string{"MASTHEAD_CLICKS": value}))
		if err != nil || s.Apply(newsletter.Publication{Clicks: true}).Clicks != want {
			t.Errorf("%q: %v, %v", value, s.Clicks, err)
		}
	}
}

func TestWhatIsSetWinsOverWhatIsStored(t *testing.T) {
	s := Settings{Name: "Set", From: "new@example.org"}
	got := s.Apply(newsletter.Publication{Name: "Stored", Tagline: "Stored", From: "old@example.org", Rev: 3})
	if got.Name != "Set" || got.Tagline != "Stored" || got.From != "new@example.org" || got.Rev != 3 {
		t.Errorf("%+v", got)
	}
}

// TestWhatIsSetAtTheDeskHoldsWhereTheEnvironmentIsSilent: no default stands above it.
func TestWhatIsSetAtTheDeskHoldsWhereTheEnvironmentIsSilent(t *testing.T) {
	s, err := Load(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	stored := newsletter.Publication{Name: "n", Tagline: "t", Site: "s", From: "f@example.org", ReplyTo: "r@example.org", PostalAddress: "p", Language: "de", Languages: "fr", Topics: "A, B", Zone: "Europe/Berlin",
		Accent: "#123456", Theme: newsletter.Compact, Logo: "l", LogoDark: "d", BaseURL: "b", FromName: "fn", UTM: "source=mail", Clicks: true}
	if got := s.Apply(stored); got != stored {
		t.Errorf("%+v, want %+v", got, stored)
	}
}

// TestFixed: what the environment sets is not for the desk to change, and nothing else is.
func TestFixed(t *testing.T) {
	silent, err := Load(env(nil))
	if err != nil || len(silent.Fixed()) > 0 {
		t.Errorf("%v, %v", silent.Fixed(), err)
	}
	given := map[string]string{"MASTHEAD_FROM": "a@example.org", "MASTHEAD_REPLY_TO": "b@example.org", "MASTHEAD_ZONE": "Europe/Berlin", "MASTHEAD_ACCENT": "#123456", "MASTHEAD_SITE": "https://example.org", "MASTHEAD_THEME": "modern",
		"MASTHEAD_LOGO": "https://example.org/l.png", "MASTHEAD_LOGO_DARK": "https://example.org/d.png", "MASTHEAD_UTM": "source=mail", "MASTHEAD_CLICKS": "false", "MASTHEAD_TOPICS": "Sea, Bread", "MASTHEAD_LANGUAGE": "de", "MASTHEAD_LANGUAGES": "fr",
		"MASTHEAD_NAME": "n", "MASTHEAD_TAGLINE": "t", "MASTHEAD_POSTAL_ADDRESS": "p"}
	all, err := Load(env(given))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range newsletter.Settings() {
		switch variable := all.Fixed()[s]; {
		case s == newsletter.SettingFromName: // only at the desk
		case given[variable] == "":
			t.Errorf("%s is fixed by %q", s, variable)
		}
		if one, err := Load(env(map[string]string{all.Fixed()[s]: given[all.Fixed()[s]]})); err != nil || s != newsletter.SettingFromName && (len(one.Fixed()) != 1 || one.Fixed()[s] == "") {
			t.Errorf("%s alone: %v, %v", s, one.Fixed(), err)
		}
	}
}

func TestParseKeys(t *testing.T) {
	keys, err := ParseKeys("b2:0123456789abcdef, a1:fedcba9876543210")
	if err != nil || len(keys) != 2 || keys[0].ID != "b2" || string(keys[1].Secret) != "fedcba9876543210" {
		t.Errorf("%+v, %v", keys, err)
	}
	for _, bad := range []string{"", "nocolon", "A:0123456789abcdef", "a:short", "a.b:0123456789abcdef"} {
		if _, err := ParseKeys(bad); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("ParseKeys(%q): %v", bad, err)
		}
	}
}

func TestRequire(t *testing.T) {
	err := Require(env(map[string]string{"A": "x"}), "A", "B", "C")
	if err == nil || !strings.Contains(err.Error(), "B is not set") || !strings.Contains(err.Error(), "C is not set") || strings.Contains(err.Error(), "A is") {
		t.Errorf("%v", err)
	}
	if Require(os.Getenv) != nil {
		t.Error("nothing is required, something is missing")
	}
}
