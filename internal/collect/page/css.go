package page

import (
	"sync"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia" // what goquery matches with; compiling a selector costs more than most uses of it
)

// compiled holds the selectors of this package, each compiled once.
var compiled sync.Map

// css is a selector, ready to match. Only this package's own selectors may be given.
func css(selector string) goquery.Matcher {
	if matcher, ok := compiled.Load(selector); ok {
		return matcher.(goquery.Matcher)
	}
	matcher := cascadia.MustCompile(selector)
	compiled.Store(selector, matcher)
	return matcher
}
