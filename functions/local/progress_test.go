package main

import (
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestProgressInLines: where there is no terminal, a source has a line when it is read
// and one when it is done, and little between them.
func TestProgressInLines(t *testing.T) {
	var log strings.Builder
	p := newProgress(&log)
	unread := newsletter.NewSource("https://example.org/feed/")
	read := unread
	read.Title = "The Example"
	for _, e := range []collect.Event{
		{Source: unread, Total: -1},
		{Source: read, Article: "A Town", Done: 0, Total: 2}, {Source: read, Article: "A Boat", Done: 1, Total: 2}, {Source: read, Done: 2, Total: 2},
		{Source: read, Total: -1}, {Source: read},
		{Source: read, Total: -1}, {Source: read, Done: 1, Total: 1},
	} {
		p.collecting(e)
	}
	want := "Reading https://example.org/feed/ …\nThe Example: 2 new articles\nReading The Example …\nThe Example: nothing new\nReading The Example …\nThe Example: 1 new article\n"
	if log.String() != want {
		t.Errorf("got\n%swant\n%s", log.String(), want)
	}
}
