package page

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// comments finds where a reader can reply, and how many have; -1 where the page does
// not say. A page without a form has no link, whatever it counts.
func (p *Page) comments(n node, url string) (link string, count int) {
	count = p.commentCount(n)
	for _, place := range []string{"#respond", "#commentform", "#reply-title", "#disqus_thread"} {
		if s := p.replies.FilterMatcher(css(place)); s.Length() > 0 && !closed(s) {
			return url + place, max(count, p.listed())
		}
	}
	form := p.replies.FilterMatcher(css(`form.comment-form, form[action*="wp-comments-post"]`)).First()
	if form.Length() == 0 {
		form = p.replyHeading()
	}
	if form.Length() == 0 {
		return "", count
	}
	fragment := cmp.Or(form.AttrOr("id", ""), form.ClosestMatcher(css("[id]")).AttrOr("id", ""), "comments")
	return url + "#" + fragment, max(count, p.listed())
}

func closed(s *goquery.Selection) bool {
	return s.FindMatcher(css(".comments-closed, .no-comments")).Length() > 0
}

// replyHeading finds the heading over a form by what it says.
func (p *Page) replyHeading() *goquery.Selection {
	return p.marked.FilterMatcher(css("h2, h3, h4, .comment-reply-title")).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return replies.MatchString(line(s))
	}).First()
}

var replies = regexp.MustCompile(`(?i)^(leave|post|add|write) a (reply|comment)|^join the (conversation|discussion)|^schreibe? einen kommentar|^laisser un commentaire|^deja una respuesta|^deixe um comentário|^lascia un commento`)

var oneComment = regexp.MustCompile(`^(ein (gedanke|kommentar)|une? (réflexion|commentaire)|un comentario|una respuesta|un (pensiero|commento)|um comentário)\b`)

var digits = regexp.MustCompile(`\d[\d.,]*`)

// commentCount is how many comments the page says there are.
func (p *Page) commentCount(n node) int {
	if value, given := n["commentCount"]; given {
		return size(value)
	}
	for _, counter := range p.resolve(n["interactionStatistic"]) {
		if strings.HasSuffix(counter.text("interactionType"), "CommentAction") {
			return size(counter["userInteractionCount"])
		}
	}
	count := -1
	p.replies.FilterMatcher(css(`.comments-title, #comments-title, #comments h2, .comments-link a, a[href$="#comments"], a[href$="#respond"], .comment-count, .comments-count, [itemprop="commentCount"]`)).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		text := strings.ToLower(line(s))
		switch number := digits.FindString(text); {
		case s.ClosestMatcher(css(".related, .sidebar, .widget, nav")).Length() > 0:
		case number != "":
			count = size(strings.NewReplacer(".", "", ",", "").Replace(number))
		case strings.HasPrefix(text, "one ") || strings.Contains(text, "one thought"), oneComment.MatchString(text):
			count = 1
		}
		return count < 0
	})
	return count
}

// listed counts the comments that stand on the page; a form without any has none.
func (p *Page) listed() int {
	return p.replies.FilterMatcher(css(`.comment-list li.comment, .commentlist li.comment, #comments li.comment, #comments article.comment`)).Length()
}
