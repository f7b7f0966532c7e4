package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

var olga = Person{Who: "olga@example.org", Role: newsletter.RoleOperator}

// TestSources: added once, switched off for good, released, asked otherwise; each time by
// an operator, and on the trail.
func TestSources(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	if _, _, err := o.AddSource(ctx, ada, "magazine.example.org"); !errors.Is(err, ErrForbidden) {
		t.Errorf("an editor adds a source: %v", err)
	}
	if _, _, err := o.AddSource(ctx, olga, "nonsense"); !errors.As(err, new(*newsletter.Fault)) {
		t.Errorf("no address: %v", err)
	}
	s, added, err := o.AddSource(ctx, olga, "magazine.example.org")
	if err != nil || !added || s.URL != "https://magazine.example.org" {
		t.Fatalf("%+v, %v, %v", s, added, err)
	}
	s, err = o.SwitchSource(ctx, olga, s.ID, false)
	must(t, err)
	again, added, err := o.AddSource(ctx, olga, "https://magazine.example.org") // as the setting does at every tick
	if err != nil || added || !again.Disabled || again.Rev != s.Rev {
		t.Errorf("%+v, %v, %v", again, added, err)
	}
	if _, err := o.VisitSource(ctx, olga, s.ID); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("a visit of what is switched off: %v", err)
	}
	if s, err = o.SwitchSource(ctx, olga, s.ID, true); err != nil || !s.Due(monday) {
		t.Errorf("%+v, %v", s, err)
	}
	s.Hold(monday, 30, 30)
	must(t, o.store.SaveSource(ctx, &s))
	if _, err := o.ChangeSource(ctx, olga, s.ID, s.Rev-1, SourceWish{HTTP1: true}); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("an outdated change: %v", err)
	}
	if _, err := o.ChangeSource(ctx, olga, s.ID, s.Rev, SourceWish{UserAgent: "Réader"}); !errors.As(err, new(*newsletter.Fault)) {
		t.Errorf("a name that cannot be sent: %v", err)
	}
	if s, err = o.ChangeSource(ctx, olga, s.ID, s.Rev, SourceWish{UserAgent: "Reader/7", HTTP1: true}); err != nil || !s.HTTP1 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = o.ReleaseSource(ctx, olga, s.ID); err != nil || !s.HeldSince.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	rev := s.Rev
	if s, err = o.ReleaseSource(ctx, olga, s.ID); err != nil || s.Rev != rev {
		t.Errorf("released twice: %+v, %v", s, err)
	}
	actions, err := o.store.Actions(ctx, "", 20)
	must(t, err)
	var done []string
	for _, a := range actions {
		done = append(done, a.What+" "+a.Record)
	}
	want := []string{"released a source", "changed a source", "switched a source on", "switched a source off", "added a source"}
	for i := range want {
		want[i] += " source " + s.ID
	}
	slices.Sort(done) // the clock stands still
	slices.Sort(want)
	if strings.Join(done, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", done, want)
	}
}
