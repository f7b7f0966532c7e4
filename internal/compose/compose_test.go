package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// desk is a Composer over a real store, with a renderer and a starter that
// remember.
type desk struct {
	*Composer
	store    *sqlite.Store
	now      time.Time
	rendered []newsletter.IssueContent
	started  []string // each once, as the Starter's contract says
	asked    int      // how often a start was asked for
	fail     error    // of the next render
	die      error    // of the next start
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	store := sqlitetest.Open(t)
	d := &desk{store: store, now: monday}
	d.Composer = &Composer{Store: store, Render: d, Runs: d, Now: func() time.Time { return d.now },
		Publication: func(context.Context) (newsletter.Publication, error) {
			return newsletter.Publication{Name: "The Lantern Post"}, nil
		}}
	must(t, store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, LastFire: monday.Add(-time.Hour)}))
	return d
}

func (d *desk) Issue(c newsletter.IssueContent) (newsletter.Mail, error) {
	if err := d.fail; err != nil {
		d.fail = nil
		return newsletter.Mail{}, err
	}
	d.rendered = append(d.rendered, c)
	leave := c.Publication.UnsubscribeURL("{{unsub}}")
	return newsletter.Mail{Issue: c.Issue.ID, HTML: "h" + leave, Text: "t" + leave, Subject: c.Issue.Subject}, nil
}

func (d *desk) Links(c newsletter.IssueContent) (links []newsletter.Link) {
	for _, a := range c.Articles {
		url := a.URL + c.Publication.UTM
		links = append(links, newsletter.Link{ID: newsletter.LinkID(url), URL: url, Title: a.Title})
	}
	return links
}

func (d *desk) Welcome(c newsletter.IssueContent) (newsletter.Mail, error) {
	c.Issue.Notice = "Welcome"
	return d.Issue(c)
}

func (d *desk) Start(_ context.Context, issue *newsletter.Issue) (newsletter.Run, error) {
	if err := d.die; err != nil {
		d.die = nil
		return newsletter.Run{}, err
	}
	if d.asked++; !slices.Contains(d.started, issue.ID) {
		d.started = append(d.started, issue.ID)
	}
	return newsletter.NewRun(issue, 1, d.now), nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// add stores the n-th article, published n hours before now.
func (d *desk) add(t *testing.T, n int, change ...func(*newsletter.Article)) {
	t.Helper()
	a := newsletter.Article{URL: fmt.Sprintf("https://magazine.example.org/%d", n), Title: fmt.Sprintf("Article %d", n), Dek: "dek",
		Image: newsletter.Image{URL: "https://magazine.example.org/i.jpg"}, Published: d.now.Add(-time.Duration(n) * time.Hour), FirstSeen: d.now.Add(-time.Minute)}
	for _, c := range change {
		c(&a)
	}
	a.ID = newsletter.ArticleID(a.URL)
	must(t, d.store.AddArticle(t.Context(), &a, a.Aliases()...))
}

func titles(c newsletter.IssueContent) (all []string) {
	for i := range c.Articles {
		all = append(all, c.Articles[i].Title)
	}
	return all
}

func TestWhichArticlesMakeAnIssue(t *testing.T) {
	noImage := func(a *newsletter.Article) { a.Image = newsletter.Image{} }
	noDek := func(a *newsletter.Article) { a.Dek = "" }
	for _, c := range []struct {
		name string
		fill func(t *testing.T, d *desk)
		want []string
	}{
		{"newest first", func(t *testing.T, d *desk) { d.add(t, 3); d.add(t, 1); d.add(t, 2) }, []string{"Article 1", "Article 2", "Article 3"}},
		{"the newest with a picture and a dek leads", func(t *testing.T, d *desk) { d.add(t, 1, noDek); d.add(t, 2, noImage); d.add(t, 3) },
			[]string{"Article 3", "Article 1", "Article 2"}},
		{"else the newest with a picture", func(t *testing.T, d *desk) { d.add(t, 1, noImage); d.add(t, 2, noDek) }, []string{"Article 2", "Article 1"}},
		{"else the newest", func(t *testing.T, d *desk) { d.add(t, 2, noImage); d.add(t, 1, noImage) }, []string{"Article 1", "Article 2"}},
		{"the past, the future and the untitled stay out", func(t *testing.T, d *desk) {
			d.add(t, 1)
			d.add(t, 2, func(a *newsletter.Article) { a.Past = true })
			d.add(t, -5)
			d.add(t, 3, func(a *newsletter.Article) { a.Title = "" })
		}, []string{"Article 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			c.fill(t, d)
			_, err := d.SendNow(t.Context(), "weekly")
			must(t, err)
			if got := titles(d.rendered[0]); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestTwentyAtMostAndTheRestIsOnlyAnnounced(t *testing.T) {
	d := newDesk(t)
	for n := range 23 {
		d.add(t, n+1)
	}
	_, err := d.SendNow(t.Context(), "weekly")
	must(t, err)
	if c := d.rendered[0]; len(c.Articles) != 20 || len(c.Issue.Rest) != 3 {
		t.Errorf("%d articles, %d announced", len(c.Articles), len(c.Issue.Rest))
	}
	d.now = d.now.Add(time.Hour)
	if _, err := d.SendNow(t.Context(), "weekly"); !errors.Is(err, ErrNothingNew) {
		t.Errorf("what was announced came up again: %v", err)
	}
}

func TestNothingNewIsNeverMailed(t *testing.T) {
	d := newDesk(t)
	if _, err := d.SendNow(t.Context(), "weekly"); !errors.Is(err, ErrNothingNew) {
		t.Fatal(err)
	}
	issues, err := d.store.Issues(t.Context(), 5)
	must(t, err)
	if len(issues) != 0 || len(d.started) != 0 {
		t.Errorf("issues %v, started %v", issues, d.started)
	}
}

func TestSendingAgainInTheSameSecond(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	_, err := d.SendNow(t.Context(), "weekly")
	must(t, err)
	if _, err := d.SendNow(t.Context(), "weekly"); !errors.Is(err, ErrNothingNew) {
		t.Errorf("the same article twice: %v", err)
	}
	d.add(t, 2)
	_, err = d.SendNow(t.Context(), "weekly")
	must(t, err)
	if len(d.rendered) != 2 || d.started[0] == d.started[1] {
		t.Errorf("started %v", d.started)
	}
}

func TestAnArticleIsInOneIssueOfASchedule(t *testing.T) {
	d := newDesk(t)
	must(t, d.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "daily", Cadence: newsletter.Daily}))
	d.add(t, 1)
	_, err := d.SendNow(t.Context(), "weekly")
	must(t, err)
	d.now = d.now.Add(time.Hour)
	d.add(t, 0, func(a *newsletter.Article) { a.Title = "Later" })
	_, err = d.SendNow(t.Context(), "weekly")
	must(t, err)
	_, err = d.SendNow(t.Context(), "daily")
	must(t, err)
	for i, want := range [][]string{{"Article 1"}, {"Later"}, {"Later", "Article 1"}} {
		if got := titles(d.rendered[i]); !slices.Equal(got, want) {
			t.Errorf("issue %d has %v, want %v", i, got, want)
		}
	}
}

func TestApprovingAgainAfterACrashGoesOn(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	issue, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	d.fail = errors.New("killed while rendering")
	if _, err := d.approve(t, issue.ID); err == nil {
		t.Fatal("no error")
	}
	for range 2 {
		_, err := d.approve(t, issue.ID)
		must(t, err)
	}
	if len(d.rendered) != 1 || d.asked != 2 {
		t.Errorf("rendered %d times, asked to start %d times", len(d.rendered), d.asked)
	}
}

func TestAnApprovedIssueWithoutARunIsStartedLater(t *testing.T) {
	for _, c := range []struct {
		name    string
		later   time.Duration
		how     func(d *desk) error
		started int
	}{
		{"by the next tick", time.Minute, func(d *desk) error { _, err := d.Tick(t.Context()); return err }, 1},
		{"by the next send now", time.Minute, func(d *desk) error {
			if _, err := d.SendNow(t.Context(), "weekly"); !errors.Is(err, ErrNothingNew) {
				return fmt.Errorf("send now: %w", err)
			}
			return nil
		}, 1},
		{"but not days later", recoverable + time.Minute, func(d *desk) error { return d.Recover(t.Context()) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.add(t, 1)
			d.die = errors.New("killed between approval and start")
			if _, err := d.SendNow(t.Context(), "weekly"); err == nil {
				t.Fatal("no error")
			}
			d.now = d.now.Add(c.later)
			must(t, c.how(d))
			if len(d.started) != c.started {
				t.Errorf("started %v", d.started)
			}
		})
	}
}

// approve has an Issue sent as it is now.
func (d *desk) approve(t *testing.T, id string) (newsletter.Run, error) {
	t.Helper()
	issue, err := d.store.Issue(t.Context(), id)
	must(t, err)
	return d.Approve(t.Context(), &issue)
}

func (d *desk) discard(t *testing.T, id string) error {
	t.Helper()
	issue, err := d.store.Issue(t.Context(), id)
	must(t, err)
	return d.Discard(t.Context(), &issue)
}

// another is a second process.
func (d *desk) another() *Composer {
	return &Composer{Store: d.store, Render: d.Render, Runs: d.Runs, Now: d.Now, Publication: d.Publication, Announce: d.Announce}
}

var errCrash = errors.New("the process died here")

// dying is a Store whose writes end at a given one, before or after it took effect.
type dying struct {
	Store
	left  int
	after bool
}

func (d *dying) write(do func() error) error {
	if d.left == 0 {
		return errCrash
	}
	if d.left--; d.left == 0 {
		if d.after {
			_ = do()
		}
		return errCrash
	}
	return do()
}

func (d *dying) SaveIssue(ctx context.Context, i *newsletter.Issue) error {
	return d.write(func() error { return d.Store.SaveIssue(ctx, i) })
}

func (d *dying) SaveMail(ctx context.Context, m *newsletter.Mail) error {
	return d.write(func() error { return d.Store.SaveMail(ctx, m) })
}

func (d *dying) TakeArticle(ctx context.Context, article, schedule, issue string) error {
	return d.write(func() error { return d.Store.TakeArticle(ctx, article, schedule, issue) })
}

// TestDeathAtAnyWrite kills the one who composes and sends at each write in turn.
// Whoever asks next brings every article to the readers, once.
func TestDeathAtAnyWrite(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			d := newDesk(t)
			for i := range 3 {
				d.add(t, i+1)
			}
			doomed := d.another()
			doomed.Store = &dying{Store: d.store, left: n, after: after}
			if _, err := doomed.SendNow(t.Context(), "weekly"); err == nil {
				if n < 6 {
					t.Errorf("only %d writes were tried", n-1)
				}
				break
			}
			d.now = d.now.Add(time.Minute)
			if _, err := d.SendNow(t.Context(), "weekly"); err != nil && !errors.Is(err, ErrNothingNew) {
				t.Errorf("write %d, takes effect: %t: %v", n, after, err)
			}
			var mailed []string
			for _, id := range d.started {
				issue, err := d.store.Issue(t.Context(), id)
				must(t, err)
				mailed = append(mailed, issue.Articles...)
			}
			slices.Sort(mailed)
			if len(mailed) != 3 || len(slices.Compact(mailed)) != 3 {
				t.Errorf("write %d, takes effect: %t: %d of 3 articles are on their way in %v", n, after, len(mailed), d.started)
			}
		}
	}
}

func TestTwoEditorsApproveAtOnce(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	issue, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	slow := d.another()
	slow.Render = renderMeanwhile{d, func() {
		_, err := d.approve(t, issue.ID)
		must(t, err)
	}}
	_, err = slow.Approve(t.Context(), &issue)
	must(t, err)
}

// renderMeanwhile lets something else happen while an Issue is rendered.
type renderMeanwhile struct {
	Renderer
	do func()
}

func (r renderMeanwhile) Issue(c newsletter.IssueContent) (newsletter.Mail, error) {
	r.do()
	return r.Renderer.Issue(c)
}

func TestADiscardedIssueFreesItsArticles(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	issue, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	must(t, d.discard(t, issue.ID))
	d.now = d.now.Add(time.Minute)
	_, err = d.SendNow(t.Context(), "weekly")
	must(t, err)
	if err := d.discard(t, d.started[0]); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("discarding an approved issue: %v", err)
	}
}

func TestTwoDraftsOfTheSameArticles(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	first, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	second, err := d.Compose(t.Context(), "weekly", monday.Add(time.Minute))
	must(t, err)
	_, err = d.approve(t, first.ID)
	must(t, err)
	if _, err := d.approve(t, second.ID); !errors.Is(err, ErrNothingNew) {
		t.Errorf("the second issue with the same article: %v", err)
	}
}

func TestTickFiresOnceAndCatchesUp(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	for range 3 {
		_, err := d.Tick(t.Context())
		must(t, err)
	}
	if !slices.Equal(d.started, []string{"weekly-20260302-070000"}) {
		t.Fatalf("started %v", d.started)
	}
	d.now = d.now.AddDate(0, 0, 7)
	fired, err := d.Tick(t.Context())
	must(t, err)
	if len(fired) != 1 || fired[0].Run != "" || !strings.Contains(fired[0].Skipped, "too few") {
		t.Errorf("%+v", fired)
	}
}

func TestALongPastFireIsNotActedOn(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	d.now = monday.Add(latest + time.Minute)
	fired, err := d.Tick(t.Context())
	must(t, err)
	if len(fired) != 1 || fired[0].Skipped == "" || len(d.started) != 0 {
		t.Errorf("%+v, started %v", fired, d.started)
	}
}

func TestAFailingTickIsMadeGoodByTheNext(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	d.fail = errors.New("the renderer died")
	if _, err := d.Tick(t.Context()); err == nil {
		t.Fatal("no error")
	}
	_, err := d.Tick(t.Context())
	must(t, err)
	if len(d.started) != 1 {
		t.Errorf("started %v", d.started)
	}
}

func TestAScheduleWithReviewWaitsForAnEditor(t *testing.T) {
	d := newDesk(t)
	s, err := d.store.Schedule(t.Context(), "weekly")
	must(t, err)
	s.Review = true
	must(t, d.store.SaveSchedule(t.Context(), &s))
	d.add(t, 1)
	fired, err := d.Tick(t.Context())
	must(t, err)
	if len(fired) != 1 || fired[0].Issue == "" || fired[0].Run != "" || len(d.started) != 0 {
		t.Errorf("%+v, started %v", fired, d.started)
	}
}

func TestSubjectAndPreheader(t *testing.T) {
	long := "The very long title of an article about bread that nobody could ever finish"
	for _, c := range []struct {
		lead   string
		others int
		want   string
	}{
		{"Bread and lamplight", 0, "Bread and lamplight"},
		{"Bread and lamplight", 1, "Bread and lamplight and one more"},
		{"Bread and lamplight", 11, "Bread and lamplight and 11 more"},
		{long, 11, "The very long title of an article about bread… and 11 more"},
		{"Two\n lines", 0, "Two lines"},
	} {
		got := subject(c.lead, c.others, words.For("en"))
		if got != c.want || utf8.RuneCountInString(got) > maxSubject {
			t.Errorf("subject(%q, %d) = %q, want %q", c.lead, c.others, got, c.want)
		}
	}
	if got := subject("Brot", 5, words.For("de")); got != "Brot und 5 weitere" {
		t.Error(got)
	}
	got := preheader([]newsletter.Article{{Title: "One"}, {Title: long}, {Title: long}})
	if !strings.HasPrefix(got, "One · The very long") || utf8.RuneCountInString(got) > maxPreheader {
		t.Errorf("preheader %q", got)
	}
}
