package desk

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
)

var storms = flag.Int("storms", 12, "how many seeds TestTheDeskInAStorm tries")

// TestTheDeskInAStorm has editors, machines and schedules work on the same issues, each
// in a process of its own, in a random order. At every call of the store somebody else
// may do something whole first, and at every write the process may die, before or after
// it took effect. Some press what they saw a while ago. When it is calm again:
// every article is in one issue that went out, or waits for the next; nothing went out
// that somebody had held, or in a shape that whoever sent it had not seen; what the desk
// answered has happened; and the audit trail says of each issue whether it was sent.
func TestTheDeskInAStorm(t *testing.T) {
	if testing.Short() {
		*storms = min(*storms, 4)
	}
	sent, deaths := 0, 0
	for seed := range uint64(*storms) {
		s := newStorm(t, seed)
		for range 40 {
			s.something()
		}
		s.calmDown()
		if faults := s.audit(); len(faults) > 0 {
			t.Errorf("seed %d: %s\nwhat happened:\n%s", seed, strings.Join(faults, "\n"), strings.Join(s.log, "\n"))
		}
		sent, deaths = sent+s.sent, deaths+s.deaths
	}
	if t.Logf("%d issues were sent, %d processes died", sent, deaths); sent < *storms || deaths < *storms {
		t.Error("that is too few to tell")
	}
}

// storm is a store that many processes work on.
type storm struct {
	t        *testing.T
	store    *sqlite.Store
	renderer *render.Renderer
	dice     *rand.Rand
	now      time.Time
	articles int
	depth    int
	calm     bool
	deaths   int
	sent     int
	log      []string

	seen    []newsletter.Issue               // drafts as somebody has seen them
	started map[string]int                   // runs, by issue
	asked   map[string][]newsletter.Issue    // who sent an issue had seen it so
	held    map[string]int64                 // by which Rev somebody was told that it is held
	sure    map[string]newsletter.IssueState // what somebody was told that it is
}

func newStorm(t *testing.T, seed uint64) *storm {
	o := newDoor(t)
	renderer, err := render.New()
	must(t, err)
	s := &storm{t: t, store: o.store, renderer: renderer, dice: rand.New(rand.NewPCG(seed, 7)), now: monday,
		started: map[string]int{}, asked: map[string][]newsletter.Issue{}, held: map[string]int64{}, sure: map[string]newsletter.IssueState{}}
	must(t, s.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "daily", Cadence: newsletter.Daily, Hour: 12, Zone: "UTC", LastFire: monday, Lead: 2 * time.Hour, Review: seed%2 == 0}))
	for range 3 {
		s.collect()
	}
	return s
}

// Start is that of a run: the store of runs has one of each issue.
func (s *storm) Start(_ context.Context, issue *newsletter.Issue) (newsletter.Run, error) {
	s.started[issue.ID]++
	return newsletter.NewRun(issue, 1, s.now), nil
}

func (s *storm) collect() {
	s.articles++
	a := newsletter.Article{URL: fmt.Sprintf("https://magazine.example.org/%d", s.articles), Title: fmt.Sprint("Article ", s.articles), Dek: "dek", Published: s.now.Add(-time.Hour), FirstSeen: s.now}
	a.ID = newsletter.ArticleID(a.URL)
	must(s.t, s.store.AddArticle(s.t.Context(), &a, a.Aliases()...))
}

// process is one that may die. Its store is everybody's.
type process struct {
	*sqlite.Store
	s    *storm
	dead bool
}

var errDead = errors.New("the process has died")

// pause lets somebody else go first.
func (p *process) pause() error {
	if p.dead {
		return errDead
	}
	if s := p.s; !s.calm && s.depth < 2 && s.dice.IntN(8) == 0 {
		s.depth++
		s.something()
		s.depth--
	}
	return nil
}

func (p *process) write(do func() error) error {
	if err := p.pause(); err != nil {
		return err
	}
	if s := p.s; !s.calm && s.dice.IntN(16) == 0 {
		p.dead = true
		s.deaths++
		if s.dice.IntN(2) == 0 {
			_ = do()
		}
		return errDead
	}
	return do()
}

func (p *process) Issue(ctx context.Context, id string) (newsletter.Issue, error) {
	i, err := p.Store.Issue(ctx, id)
	return i, errors.Join(err, p.pause())
}

func (p *process) Issues(ctx context.Context, limit int) ([]newsletter.Issue, error) {
	list, err := p.Store.Issues(ctx, limit)
	return list, errors.Join(err, p.pause())
}

func (p *process) Article(ctx context.Context, id string) (newsletter.Article, error) {
	a, err := p.Store.Article(ctx, id)
	return a, errors.Join(err, p.pause())
}

func (p *process) SaveIssue(ctx context.Context, i *newsletter.Issue) error {
	return p.write(func() error { return p.Store.SaveIssue(ctx, i) })
}

func (p *process) SaveMail(ctx context.Context, m *newsletter.Mail) error {
	return p.write(func() error { return p.Store.SaveMail(ctx, m) })
}

func (p *process) TakeArticle(ctx context.Context, article, schedule, issue string) error {
	return p.write(func() error { return p.Store.TakeArticle(ctx, article, schedule, issue) })
}

func (p *process) FreeArticle(ctx context.Context, article, schedule, issue string) error {
	return p.write(func() error { return p.Store.FreeArticle(ctx, article, schedule, issue) })
}

func (p *process) SaveSchedule(ctx context.Context, v *newsletter.Schedule) error {
	return p.write(func() error { return p.Store.SaveSchedule(ctx, v) })
}

func (p *process) AddAction(ctx context.Context, a *newsletter.Action) error {
	return p.write(func() error { return p.Store.AddAction(ctx, a) })
}

// open starts a process.
func (s *storm) open() (*Desk, *compose.Composer) {
	p := &process{Store: s.store, s: s}
	now := func() time.Time { return s.now }
	publication := func(context.Context) (newsletter.Publication, error) {
		return newsletter.Publication{Name: "The Lantern Post", BaseURL: "https://news.example.org", From: "digest@example.org"}, nil
	}
	c := &compose.Composer{Store: p, Publication: publication, Render: s.renderer, Runs: s, Now: now}
	return &Desk{Store: p, Composer: c, Publication: publication, Now: now}, c
}

// something happens.
func (s *storm) something() {
	d, c := s.open()
	ctx := s.t.Context()
	switch s.dice.IntN(7) {
	case 0:
		if s.depth == 0 { // nobody is at work for hours
			s.now = s.now.Add(time.Duration(s.dice.IntN(240)) * time.Minute)
		}
	case 1:
		s.collect()
	case 2:
		i, err := d.Draft(ctx, ada, "daily")
		if err == nil {
			s.seen = append(s.seen, i)
		}
		for id, state := range s.sure { // it may be drafted anew, also by who died of it
			if state == newsletter.IssueDiscarded && (id == i.ID || errors.Is(err, errDead)) {
				delete(s.sure, id)
			}
		}
		s.say("drafted", i.ID, err)
	case 3:
		_, err := c.Tick(ctx)
		s.say("tick", "", err)
	case 4:
		run, err := c.SendNow(ctx, "daily")
		if err == nil { // as the API does
			err = d.note(ctx, olga, "sent the issue at once", "issue "+run.Issue, "")
		}
		s.say("send a digest now", "", err)
	default:
		s.press(ctx, d)
	}
}

func (s *storm) say(what, id string, err error) {
	s.log = append(s.log, fmt.Sprintf("%s %s%s %s: %v", s.now.Format("02 15:04"), strings.Repeat("  ", s.depth), what, id, err))
}

// press is what an editor does to a draft as it is, or as it was when they looked.
func (s *storm) press(ctx context.Context, d *Desk) {
	if list, err := s.store.Issues(ctx, 10); err == nil {
		for _, i := range list {
			if i.State == newsletter.IssueDraft {
				s.seen = append(s.seen, i)
			}
		}
	}
	if len(s.seen) == 0 {
		return
	}
	i := s.seen[max(0, len(s.seen)-1-s.dice.IntN(6))]
	var now newsletter.Issue
	var err error
	what := []string{"write", "hold", "hold", "release", "plan", "discard", "send", "send", "approve"}[s.dice.IntN(9)]
	if i.Held && (what == "send" || what == "approve") {
		what = "release"
	}
	switch what {
	case "write":
		now, err = d.Write(ctx, ada, i.ID, i.Rev, Words{Subject: fmt.Sprint("Subject ", len(s.log))})
	case "hold":
		if now, err = d.Hold(ctx, bea, i.ID, "wait"); err == nil {
			s.held[i.ID] = max(s.held[i.ID], now.Rev)
		}
	case "release":
		now, err = d.Release(ctx, ada, i.ID, i.Rev)
	case "plan":
		now, err = d.Plan(ctx, ada, i.ID, i.Rev, s.now.Add(time.Duration(1+s.dice.IntN(60))*time.Minute))
	case "discard":
		s.asked[i.ID] = append(s.asked[i.ID], i)
		if err = d.Discard(ctx, ada, i.ID, i.Rev); err == nil {
			if now, err = s.store.Issue(ctx, i.ID); now.State == newsletter.IssueDiscarded { // else it is drafted anew already
				s.sure[i.ID] = newsletter.IssueDiscarded
			}
		}
	case "send":
		s.asked[i.ID] = append(s.asked[i.ID], i)
		if _, err = d.SendNow(ctx, ada, i.ID, i.Rev); err == nil {
			s.sure[i.ID] = newsletter.IssueApproved
		}
	case "approve":
		var sent bool
		s.asked[i.ID] = append(s.asked[i.ID], i)
		if _, sent, err = d.Approve(ctx, bea, i.ID, i.Rev); sent {
			s.sure[i.ID] = newsletter.IssueApproved
		}
	}
	s.say(what, fmt.Sprint(i.ID, " as of ", i.Rev), err)
}

// calmDown lets the ticks go on until all is done that is to be done.
func (s *storm) calmDown() {
	s.calm = true
	for range 4 {
		s.now = s.now.Add(20 * time.Minute)
		_, c := s.open()
		if _, err := c.Tick(s.t.Context()); err != nil {
			s.t.Error(err)
		}
	}
}

// audit says what is wrong.
func (s *storm) audit() (faults []string) {
	ctx := s.t.Context()
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	issues, err := s.store.Issues(ctx, 200)
	must(s.t, err)
	trail, err := s.store.Actions(ctx, "", 1000)
	must(s.t, err)
	mailed := map[string]string{}
	for n := range issues {
		i := &issues[n]
		if want := s.sure[i.ID]; want != "" && i.State != want {
			wrong("%s is %s, and somebody was told that it is %s", i.ID, i.State, want)
		}
		said := slices.ContainsFunc(trail, func(a newsletter.Action) bool {
			return a.Record == "issue "+i.ID && (a.At.After(i.CreatedAt) || i.State == newsletter.IssueApproved) && slices.Contains([]string{"approved the issue", "sent the issue at once", "sent the issue", "went on with an approval"}, a.What) && !strings.HasPrefix(a.Detail, "for ")
		})
		unsaid := slices.ContainsFunc(trail, func(a newsletter.Action) bool {
			return a.Record == "issue "+i.ID && (a.What == "could not send the issue" || a.What == "did not send the issue")
		})
		if i.State != newsletter.IssueApproved {
			if i.Approving() && !i.UnderWay(s.now) {
				wrong("%s is about to be approved for ever", i.ID)
			}
			if i.State == newsletter.IssueDraft && said && !unsaid && !i.Approving() {
				wrong("%s is a draft, and the audit trail says that it was sent", i.ID)
			}
			continue
		}
		s.sent++
		if s.started[i.ID] == 0 {
			wrong("%s is approved, and has no run", i.ID)
		}
		if i.Held {
			wrong("%s went out, which was held at its version %d", i.ID, s.held[i.ID])
		}
		if i.By != "" && !slices.ContainsFunc(s.asked[i.ID], func(seen newsletter.Issue) bool { return seen.Subject == i.Subject }) {
			wrong("%s went out with the subject %q, which %s had not seen", i.ID, i.Subject, i.By)
		}
		if i.By != "" && !said {
			wrong("%s went out, and the audit trail does not say so", i.ID)
		}
		for _, a := range slices.Concat(i.Articles, i.Rest) {
			if mailed[a] != "" {
				wrong("article %s is in %s and in %s", a, mailed[a], i.ID)
			}
			mailed[a] = i.ID
		}
	}
	waiting, err := s.store.ArticlesSince(ctx, "daily", time.Time{})
	must(s.t, err)
	for n := range s.articles {
		id := newsletter.ArticleID(fmt.Sprintf("https://magazine.example.org/%d", n+1))
		waits := slices.ContainsFunc(waiting, func(a newsletter.Article) bool { return a.ID == id })
		if waits == (mailed[id] != "") {
			wrong("article %d waits: %t, went out with %q", n+1, waits, mailed[id])
		}
	}
	return faults
}
