package compose

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// What mailboxes show of a subject and of the line after it, in characters.
const (
	maxSubject   = 60
	maxPreheader = 90
)

// draft lays an Issue out. The articles come newest first and are at least one.
func draft(id string, s *newsletter.Schedule, fire time.Time, articles []newsletter.Article, now time.Time, w *words.Words) newsletter.Issue {
	shown, rest := articles, []newsletter.Article(nil)
	if limit := s.Limit(); len(articles) > limit {
		shown, rest = articles[:limit], articles[limit:]
	}
	shown = leadFirst(shown)
	return newsletter.Issue{
		ID: id, Schedule: s.ID, FireAt: fire, State: newsletter.IssueDraft, CreatedAt: now,
		Subject: subject(shown[0].Title, len(articles)-1, w), Preheader: preheader(shown[1:]),
		Articles: ids(shown), Rest: ids(rest),
	}
}

func ids(articles []newsletter.Article) []string {
	var ids []string
	for i := range articles {
		ids = append(ids, articles[i].ID)
	}
	return ids
}

// leadFirst moves the lead article to the front: the newest one that has both a
// picture and a dek, else the newest with a picture, else the newest. The others
// keep their order.
func leadFirst(articles []newsletter.Article) []newsletter.Article {
	lead := max(0, slices.IndexFunc(articles, func(a newsletter.Article) bool { return a.Image.URL != "" }))
	if i := slices.IndexFunc(articles, func(a newsletter.Article) bool { return a.Image.URL != "" && a.Dek != "" }); i >= 0 {
		lead = i
	}
	return slices.Concat(articles[lead:lead+1], articles[:lead], articles[lead+1:])
}

// subject names the lead and how many more there are: a reader decides by it.
func subject(lead string, others int, w *words.Words) string {
	tail := ""
	if others > 0 {
		tail = w.Count("subjectMore", others)
	}
	return newsletter.Shorten(newsletter.Line(lead), maxSubject-utf8.RuneCountInString(tail)) + tail
}

// preheader names the next articles, which the subject did not.
func preheader(others []newsletter.Article) string {
	var titles []string
	for i := range others {
		titles = append(titles, others[i].Title)
	}
	return newsletter.Shorten(newsletter.Line(strings.Join(titles, " · ")), maxPreheader)
}
