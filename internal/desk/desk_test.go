package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
)

// office is a Desk over a real store and a real composer; runs and mail are kept.
type office struct {
	*Desk
	*door
	started []string
	steered []string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{door: newDoor(t)}
	renderer, err := render.New()
	must(t, err)
	composer := &compose.Composer{Store: o.store, Publication: o.Access.Publication, Render: renderer, Runs: o, Now: o.Access.Now}
	o.Desk = &Desk{Store: o.store, Composer: composer, Runs: o, Collect: o, Mail: o.door, Publication: o.Access.Publication, Now: o.Access.Now}
	must(t, o.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, Zone: "UTC", LastFire: monday}))
	for n := range 3 {
		a := newsletter.Article{URL: fmt.Sprintf("https://magazine.example.org/%d", n), Title: fmt.Sprint("Article ", n), Dek: "dek",
			Published: monday.Add(-time.Duration(n+1) * time.Hour), FirstSeen: monday.Add(-time.Minute)}
		a.ID = newsletter.ArticleID(a.URL)
		must(t, o.store.AddArticle(t.Context(), &a, a.Aliases()...))
	}
	return o
}

func (o *office) Start(_ context.Context, issue *newsletter.Issue) (newsletter.Run, error) {
	o.started = append(o.started, issue.ID)
	return newsletter.NewRun(issue, 1, o.now), nil
}

func (o *office) steer(what string) (newsletter.Run, error) {
	o.steered = append(o.steered, what)
	return newsletter.Run{}, nil
}
func (o *office) Hold(_ context.Context, id, _ string) (newsletter.Run, error) {
	return o.steer("hold " + id)
}
func (o *office) Resume(_ context.Context, id string) (newsletter.Run, error) {
	return o.steer("resume " + id)
}
func (o *office) Cancel(_ context.Context, id, _ string) (newsletter.Run, error) {
	return o.steer("cancel " + id)
}
func (o *office) Retry(_ context.Context, id string, _ newsletter.Outcome) (newsletter.Run, error) {
	return o.steer("retry " + id)
}

// Article is one that is typed in.
func (o *office) Article(ctx context.Context, address string) (newsletter.Article, error) {
	a := newsletter.Article{ID: newsletter.ArticleID(address), URL: address, Title: "Typed in", Past: true}
	return a, o.store.AddArticle(ctx, &a, a.Aliases()...)
}

// Add is the collector's.
func (o *office) Add(ctx context.Context, address string) (newsletter.Source, error) {
	return (&collect.Collector{Store: o.store}).Add(ctx, address)
}

var (
	ada = Person{Who: string(editor), Role: newsletter.RoleEditor}
	bea = Person{Who: "bea@example.org", Role: newsletter.RoleEditor}
	roy = Person{Who: "token the website", Role: newsletter.RoleRead}
)

func (o *office) draft(t *testing.T) newsletter.Issue {
	t.Helper()
	issue, err := o.Desk.Draft(t.Context(), ada, "weekly")
	must(t, err)
	return issue
}

func TestTwoEditorsDoNotOverwriteEachOther(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	_, err := o.Write(t.Context(), ada, issue.ID, issue.Rev, Words{Subject: "Ada's subject"})
	must(t, err)
	now, err := o.Write(t.Context(), bea, issue.ID, issue.Rev, Words{Subject: "Bea's subject"})
	var changed *ChangedError
	if !errors.As(err, &changed) || changed.Now.By != string(editor) || changed.Now.Subject != "Ada's subject" || now.Rev != issue.Rev+1 {
		t.Fatalf("%+v, %v", now, err)
	}
	_, err = o.Write(t.Context(), bea, issue.ID, now.Rev, Words{Subject: "Bea's subject"})
	must(t, err)
	trail := o.trail(t)
	if len(trail) != 3 || !slices.Contains(trail, "bea@example.org changed the words issue "+issue.ID) {
		t.Errorf("trail %q", trail)
	}
}

func TestOfManyWhoChangeAnIssueOneWins(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	var wins int
	var lock sync.Mutex
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := o.Write(t.Context(), ada, issue.ID, issue.Rev, Words{Subject: fmt.Sprint("Subject ", i)})
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				wins++
			} else if !errors.Is(err, newsletter.ErrConflict) {
				t.Error(err)
			}
		})
	}
	if all.Wait(); wins != 1 {
		t.Errorf("%d have won", wins)
	}
}

// TestWhoOnlyReadsChangesNothing tries everything.
func TestWhoOnlyReadsChangesNothing(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	ctx, id, rev, a := t.Context(), issue.ID, issue.Rev, issue.Articles[0]
	third := func(_, _ any, err error) error { return err }
	for name, err := range map[string]error{
		"draft": of(o.Desk.Draft(ctx, roy, "weekly")), "write": of(o.Write(ctx, roy, id, rev, Words{})), "arrange": of(o.Arrange(ctx, roy, id, rev, nil)),
		"shift": of(o.Shift(ctx, roy, id, rev, a, 1)), "lead": of(o.Lead(ctx, roy, id, rev, a)), "pin": of(o.Pin(ctx, roy, id, rev, a, true)),
		"drop": of(o.Drop(ctx, roy, id, rev, a)), "bury": of(o.Bury(ctx, roy, id, rev, a)), "include": of(o.Include(ctx, roy, id, rev, a)), "include all": of(o.IncludeAll(ctx, roy, id, rev, []string{a})),
		"fetch": of(o.Fetch(ctx, roy, id, rev, "https://x.example/")), "amend": of(o.Amend(ctx, roy, id, rev, newsletter.Edit{Article: a})),
		"hold": of(o.Desk.Hold(ctx, roy, id, "")), "release": of(o.Release(ctx, roy, id, rev)), "plan": of(o.Plan(ctx, roy, id, rev, monday.AddDate(1, 0, 0))),
		"unplan": of(o.Unplan(ctx, roy, id, rev)), "approve": third(o.Approve(ctx, roy, id, rev)), "send": of(o.SendNow(ctx, roy, id, rev)),
		"try": third(o.Try(ctx, roy, id, Trial{})), "discard": o.Discard(ctx, roy, id, rev), "test": of(o.Test(ctx, roy, id, []string{"a@example.org"})), "pause": of(o.HoldRun(ctx, roy, id, "")),
		"resume": of(o.ResumeRun(ctx, roy, id)), "cancel": of(o.CancelRun(ctx, roy, id, "")), "retry": of(o.RetryRun(ctx, roy, id, newsletter.OutcomeFailed)),
		"override": of(o.Override(ctx, roy, "mara", 0, newsletter.Profile{})),
	} {
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now, err := o.store.Issue(ctx, id); err != nil || now.Rev != rev || len(o.steered)+len(o.started)+len(o.mail) > 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

func of[T any](_ T, err error) error { return err }

func TestApprovingWaitsForTheSchedule(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	if !issue.FireAt.Equal(monday.AddDate(0, 0, 7)) {
		t.Fatalf("drafted for %s", issue.FireAt)
	}
	approved, sent, err := o.Approve(t.Context(), ada, issue.ID, issue.Rev)
	if err != nil || sent || !approved.SendAt.Equal(issue.FireAt) || len(o.started) > 0 {
		t.Fatalf("%+v, %v, %v", approved, sent, err)
	}
	held, err := o.Desk.Hold(t.Context(), bea, issue.ID, "the lead is wrong")
	if _, goes := held.Goes(false); err != nil || goes || held.HeldFor != "the lead is wrong" {
		t.Errorf("%+v, %v", held, err)
	}
	o.now = issue.FireAt.Add(time.Minute)
	if _, sent, err := o.Approve(t.Context(), ada, issue.ID, held.Rev); err != nil || !sent || len(o.started) != 1 {
		t.Errorf("after its time: %v, %v, started %v", sent, err, o.started)
	}
	if _, err := o.Desk.Hold(t.Context(), ada, issue.ID, ""); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("held what is sent: %v", err)
	}
}

func TestWhatBlocksIsNotSent(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	issue, err := o.Write(t.Context(), ada, issue.ID, issue.Rev, Words{})
	must(t, err)
	_, err = o.SendNow(t.Context(), ada, issue.ID, issue.Rev)
	var blocked *BlockedError
	if !errors.As(err, &blocked) || blocked.Preflight.Blocking()[0].Rule != "empty-subject" || len(o.started) > 0 {
		t.Fatalf("%v, started %v", err, o.started)
	}
	issue, err = o.Write(t.Context(), ada, issue.ID, issue.Rev, Words{Subject: "Bread"})
	must(t, err)
	if _, err := o.SendNow(t.Context(), ada, issue.ID, issue.Rev-1); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("sent what was changed since: %v", err)
	}
	_, err = o.SendNow(t.Context(), ada, issue.ID, issue.Rev)
	must(t, err)
	if len(o.started) != 1 {
		t.Errorf("started %v", o.started)
	}
}

func TestArticlesComeAndGo(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	first := issue.Articles[0]
	issue, err := o.Bury(t.Context(), ada, issue.ID, issue.Rev, first)
	must(t, err)
	if a, err := o.store.Article(t.Context(), first); err != nil || !a.Past || len(issue.Articles) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	issue, err = o.Fetch(t.Context(), ada, issue.ID, issue.Rev, "https://magazine.example.org/typed")
	must(t, err)
	if len(issue.Articles) != 3 {
		t.Errorf("%v", issue.Articles)
	}
}

func TestATestIsMarkedAndCountedNowhere(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	to, err := o.Test(t.Context(), ada, issue.ID, []string{"ada@example.org", "bea@example.org"})
	must(t, err)
	if len(to) != 2 || len(o.mail) != 2 || !strings.HasPrefix(o.mail[0].Subject, "[TEST] Article 0") || !strings.Contains(o.mail[1].HTML, "Article 2") || strings.Contains(o.mail[0].HTML, "{{") {
		t.Fatalf("%d mails: %+v", len(o.mail), to)
	}
	if open, err := o.store.OpenRuns(t.Context()); err != nil || len(open) > 0 {
		t.Errorf("runs %v, %v", open, err)
	}
	if trail := o.trail(t); !slices.Contains(trail, "ada@example.org sent a test issue "+issue.ID) || strings.Contains(strings.Join(trail, " "), "bea@") {
		t.Errorf("trail %q", trail)
	}
	for name, bad := range map[string][]string{"nobody": nil, "no address": {"x"}, "too many": strings.Fields(strings.Repeat("a@example.org ", mostTests+1))} {
		if _, err := o.Test(t.Context(), ada, issue.ID, bad); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEditorsWordOfAnAuthorHolds(t *testing.T) {
	o := newOffice(t)
	a := newsletter.Author{Key: "mara", Found: newsletter.Profile{Name: "Mara Quill", Bio: "A content writer at, I"}}
	must(t, o.store.SaveAuthor(t.Context(), &a))
	changed, err := o.Override(t.Context(), ada, "mara", a.Rev, newsletter.Profile{Bio: "Mara\r\nbakes.", URL: "https://magazine.example.org/mara"})
	if err != nil || changed.Profile().Bio != "Mara bakes." || changed.Profile().Name != "Mara Quill" {
		t.Errorf("%+v, %v", changed, err)
	}
	if _, err := o.Override(t.Context(), bea, "mara", a.Rev, newsletter.Profile{}); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("an outdated word: %v", err)
	}
	if _, err := o.Override(t.Context(), bea, "mara", changed.Rev, newsletter.Profile{URL: "javascript:alert(1)"}); !errors.Is(err, newsletter.ErrInvalid) {
		t.Errorf("a link that is none: %v", err)
	}
}
