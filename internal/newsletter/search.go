package newsletter

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Search says which subscribers somebody wants to see. An empty field asks for
// nothing.
type Search struct {
	Address  string // the beginning of one, in capitals or not; two letters at least
	Status   Status
	Tag      string
	Schedule string // those who want it
	Language string
	After    string // as a page before said; empty: from the start
	Limit    int    // how many at most
}

// minPrefix is how much of an address a search needs: the index has one shelf for
// every two letters.
const minPrefix = 2

// Check refuses a Search that no store can carry out.
func (q *Search) Check() error {
	if n := utf8.RuneCountInString(q.Address); n > 0 && n < minPrefix {
		return fmt.Errorf("search for %q: give at least the first %d letters of the address: %w", q.Address, minPrefix, ErrInvalid)
	}
	if q.Limit <= 0 {
		return fmt.Errorf("search for %d readers: ask for one at least: %w", q.Limit, ErrInvalid)
	}
	return nil
}

// Matches tells whether somebody wants to see this Subscriber. It does not look at
// After.
func (q *Search) Matches(s *Subscriber) bool {
	return (q.Status == "" || s.Status == q.Status) && (q.Tag == "" || slices.Contains(s.Tags, q.Tag)) && (q.Schedule == "" || s.Wants(q.Schedule)) &&
		(q.Language == "" || s.Language == q.Language) && strings.HasPrefix(s.Address.Normal(), strings.ToLower(q.Address))
}
