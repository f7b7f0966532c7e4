package render

import (
	"fmt"
	"strings"
	"time"
)

// language is that of the mail's own words. An article in another one is marked
// as such where it stands, so that screen readers switch voices.
const language = "en"

func newArticles(n int) string {
	if n == 1 {
		return "One new article"
	}
	return fmt.Sprintf("%d new articles", n)
}

func andMore(n int) string { return fmt.Sprintf("And %d more on our site", n) }

func leaveReply(comments int) string {
	if comments <= 0 {
		return "Leave a Reply"
	}
	return fmt.Sprintf("Leave a Reply (%d)", comments)
}

// leaveReplyTo is the same for somebody who hears links out of their context; it
// begins with the visible words (WCAG 2.2, success criterion 2.5.3).
func leaveReplyTo(comments int, title string) string { return leaveReply(comments) + ": " + title }

func becauseSubscribed(site string) string {
	return "You get this mail because you subscribed to " + site + "."
}

func longDate(t time.Time) string { return t.Format("2 January 2006") }

// rightToLeft are the languages whose script runs that way.
var rightToLeft = map[string]bool{"ar": true, "he": true, "fa": true, "ur": true, "ps": true, "yi": true, "ckb": true, "dv": true, "ug": true, "sd": true}

// sides are where lines start and end in a language (BCP 47), and its dir
// attribute.
func sides(lang string) (start, end, dir string) {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if rightToLeft[primary] {
		return "right", "left", "rtl"
	}
	return "left", "right", "ltr"
}
