package editor

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sourcesPage lists where articles come from.
type sourcesPage struct {
	Sources    []sourceRow
	More       string // where the next ones are
	Later      bool   // some come before
	MayOperate bool
}

const sourcesOnPage = 60

// sourceRow is a source in a list.
type sourceRow struct {
	ID, Title, URL, Kind     string
	State                    badge
	Trouble                  string // what to look at, in words; empty: nothing
	Visited, Next, LatestNew string
}

// sourceRows are the sources, those first that need a look, then by title.
func sourceRows(sources []newsletter.Source, now time.Time, zone *time.Location) []sourceRow {
	slices.SortFunc(sources, func(a, b newsletter.Source) int {
		return cmp.Or(cmp.Compare(rank(&a, now), rank(&b, now)), cmp.Compare(titleOf(&a), titleOf(&b)))
	})
	rows := make([]sourceRow, len(sources))
	for i := range sources {
		rows[i] = newSourceRow(&sources[i], now, zone)
	}
	return rows
}

// rank is lowest for what needs a look most.
func rank(s *newsletter.Source, now time.Time) int {
	switch {
	case s.Disabled:
		return 2
	case s.Health(now) == "good":
		return 1
	}
	return 0
}

func newSourceRow(s *newsletter.Source, now time.Time, zone *time.Location) sourceRow {
	row := sourceRow{ID: s.ID, Title: titleOf(s), URL: s.URL, Kind: kindWords[s.Kind], Visited: moment(s.LastGood, zone), LatestNew: moment(s.LastNew, zone)}
	row.State, row.Trouble = health(s, now)
	if !s.Disabled {
		row.Next = next(s.NextAt, now, zone)
	}
	return row
}

// next says when a source is visited next.
func next(at, now time.Time, zone *time.Location) string {
	if !at.After(now) {
		return "due now"
	}
	return moment(at, zone)
}

func titleOf(s *newsletter.Source) string { return cmp.Or(s.Title, s.URL) }

// health is how a source is doing, as a badge and in words.
func health(s *newsletter.Source, now time.Time) (badge, string) {
	words := s.Health(now)
	switch {
	case words == "good":
		return badge{"good", "good"}, ""
	case s.Disabled:
		return badge{"", words}, ""
	case s.LastGood.IsZero() && s.Failures == 0:
		return badge{"", words}, ""
	case s.Failures > 0:
		return badge{"bad", "failing"}, words
	case !s.HeldSince.IsZero():
		return badge{"warn", "held"}, words
	}
	return badge{"warn", "look"}, words
}

var kindWords = map[newsletter.SourceKind]string{newsletter.SourceFeed: "a feed", newsletter.SourceWordPress: "a WordPress site", newsletter.SourceGhost: "a Ghost site",
	newsletter.SourceSitemap: "a site map", newsletter.SourcePage: "a page", newsletter.SourceUnknown: "found out at the first visit"}

func (p *Pages) sources(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	all, err := p.Store.Sources(v.Context())
	rows := sourceRows(all, p.Now(), zone)
	from, _ := strconv.Atoi(v.URL.Query().Get("from")) // what is no number is the start
	from = min(max(from, 0), len(rows))
	body := sourcesPage{Sources: rows[from:], Later: from > 0, MayOperate: v.person.May(newsletter.RoleOperator) == nil}
	if len(body.Sources) > sourcesOnPage {
		body.Sources, body.More = body.Sources[:sourcesOnPage], fmt.Sprintf("/desk/sources/?from=%d", from+sourcesOnPage)
	}
	return page{name: "sources", title: "Sources", body: body}, err
}

// sourcePage is one source: how it is doing, how it is asked, and what came of it.
type sourcePage struct {
	sourceRow
	Rev                    int64
	Home, Endpoint, Reason string
	Language, Hub          string
	Off, Held              bool
	UserAgent              string
	HTTP1                  bool
	Articles               []waitingRow
	Within                 string // how long it takes at most until one that is due is visited
	MayOperate             bool
}

// What a source's page shows of its articles.
const (
	articlesFor   = 30 * 24 * time.Hour
	articlesShown = 15
)

func (p *Pages) source(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	s, err := p.Store.Source(v.Context(), v.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	body := sourcePage{sourceRow: newSourceRow(&s, p.Now(), zone), Rev: s.Rev, Home: s.Home, Endpoint: s.Endpoint, Language: s.Language, Off: s.Disabled, Held: !s.HeldSince.IsZero(),
		UserAgent: s.UserAgent, HTTP1: s.HTTP1, Within: minutes(p.Collects), MayOperate: v.person.May(newsletter.RoleOperator) == nil}
	if s.Disabled {
		body.Reason = s.Reason
	}
	if s.Hub != "" && s.HubUntil.After(p.Now()) {
		body.Hub = s.Hub
	}
	recent, err := p.Store.ArticlesSince(v.Context(), "", p.Now().Add(-articlesFor)) // no schedule: taken or not
	for _, a := range recent {
		if a.Source == s.ID && len(body.Articles) < articlesShown {
			body.Articles = append(body.Articles, waitingRow{a.URL, a.Title, day(a.Published, zone)})
		}
	}
	return page{name: "source", title: body.Title, body: body}, err
}

// minutes is a duration as people say it.
func minutes(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

func sourceURL(id string) string { return "/desk/sources/" + url.PathEscape(id) }

func (p *Pages) addSource(v *visit) (string, error) {
	if err := v.ParseForm(); err != nil {
		return "", fmt.Errorf("%w: %w", errForm, err)
	}
	s, added, err := p.Desk.AddSource(v.Context(), v.person, v.PostFormValue("address"))
	done := "source-there"
	if added {
		done = "source-added"
	}
	return sourceURL(s.ID) + "?done=" + done, err
}

// changeSource does what a button of a source's page says.
func (p *Pages) changeSource(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	ctx, id, done := v.Context(), v.PathValue("id"), v.PathValue("step")
	switch done {
	case "on", "off":
		_, err = p.Desk.SwitchSource(ctx, v.person, id, done == "on")
	case "released":
		_, err = p.Desk.ReleaseSource(ctx, v.person, id)
	case "due":
		_, err = p.Desk.VisitSource(ctx, v.person, id)
	case "saved":
		err = p.saveManners(v, id, rev)
	default:
		err = errNoPage
	}
	return sourceURL(id) + "?done=" + done, err
}

func (p *Pages) saveManners(v *visit, id string, rev int64) error {
	s, err := p.Store.Source(v.Context(), id)
	if err == nil {
		_, err = p.Desk.ChangeSource(v.Context(), v.person, id, rev, desk.SourceWish{Off: s.Disabled, UserAgent: v.PostFormValue("user-agent"), HTTP1: v.PostFormValue("http1") != ""})
	}
	if errors.Is(err, newsletter.ErrConflict) {
		err = fmt.Errorf("%w: %w", errSource, err)
	}
	return err
}

var errSource = errors.New("editor: the source has changed")
