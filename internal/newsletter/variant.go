package newsletter

import (
	"slices"
	"strings"
)

// MaxVariants is how many ways an Issue may be rendered.
const MaxVariants = 32

// Variant is one way in which an Issue is rendered, for the readers of a language,
// of some topics, or both. An Issue always has the Variant "", for everybody else.
type Variant struct {
	Key      string   // Mail.Variant
	Language string   // BCP 47; empty: of any language
	Topics   []string // exactly those that the reader wants; empty: of any topics
	Empty    bool     // the Issue has nothing of these topics: its readers are not mailed
}

// VariantFor is the key of the Variant that suits the reader best: topics count
// more than the language, and de-AT is better served by de than by nothing.
func (i *Issue) VariantFor(s *Subscriber) string {
	best, key := 0, ""
	for n := range i.Variants {
		if fit := i.Variants[n].fit(s); fit > best {
			best, key = fit, i.Variants[n].Key
		}
	}
	return key
}

// Holds tells whether the Issue has anything for the reader.
func (i *Issue) Holds(s *Subscriber) bool {
	at := slices.IndexFunc(i.Variants, func(v Variant) bool { return v.Empty && sameTopics(v.Topics, s.Topics) })
	return at < 0
}

// fit is how well the Variant suits the reader; 0: not at all.
func (v *Variant) fit(s *Subscriber) int {
	fit := 0
	if len(v.Topics) > 0 {
		if v.Empty || !sameTopics(v.Topics, s.Topics) {
			return 0
		}
		fit += 4
	}
	if v.Language != "" {
		mine, theirs := strings.ToLower(s.Language), strings.ToLower(v.Language)
		switch {
		case mine == theirs:
			fit += 2
		case primary(mine) == theirs:
			fit++
		default:
			return 0
		}
	}
	return fit
}

// primary is the language without region and script.
func primary(tag string) string {
	language, _, _ := strings.Cut(tag, "-")
	return language
}

func sameTopics(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	return !slices.ContainsFunc(a, func(topic string) bool { return !slices.Contains(b, topic) })
}
