package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The types of this file carry a value between a record and a column that
// database/sql does not know how to fill by itself.

// one is the key of a table that has one row.
type one struct{}

func (one) Value() (driver.Value, error) { return int64(1), nil }
func (one) Scan(any) error               { return nil }

// authorPlace is where an author stands in the list. It follows from the rest.
type authorPlace struct{ of *newsletter.Author }

func (v authorPlace) Value() (driver.Value, error) { return v.of.Place(), nil }
func (authorPlace) Scan(any) error                 { return nil }

// text reads a column that the schema declares as TEXT.
func text(src any) (string, error) {
	s, ok := src.(string)
	if !ok {
		return "", fmt.Errorf("expected text, found %T", src)
	}
	return s, nil
}

// instant is a time in UTC, cut to the microsecond; zero is ”.
type instant struct{ at *time.Time }

const instantLayout = "2006-01-02T15:04:05.000000Z"

func (v instant) Value() (driver.Value, error) {
	if v.at.IsZero() {
		return "", nil
	}
	return string(appendInstant(make([]byte, 0, len(instantLayout)), v.at.UTC())), nil
}

// appendInstant is Format with instantLayout, in a fifth of the time.
func appendInstant(dst []byte, at time.Time) []byte {
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	if year < 0 || year > 9999 {
		return at.AppendFormat(dst, instantLayout)
	}
	for _, part := range [...]struct {
		n, width int
		after    byte
	}{{year, 4, '-'}, {int(month), 2, '-'}, {day, 2, 'T'}, {hour, 2, ':'}, {minute, 2, ':'}, {second, 2, '.'}, {at.Nanosecond() / 1000, 6, 'Z'}} {
		dst = append(dst, "000000"[:part.width]...)
		for i, n := len(dst)-1, part.n; n > 0; i, n = i-1, n/10 {
			dst[i] = '0' + byte(n%10)
		}
		dst = append(dst, part.after)
	}
	return dst
}

func (v instant) Scan(src any) error {
	s, err := text(src)
	if err != nil || s == "" {
		*v.at = time.Time{}
		return err
	}
	*v.at, err = parseInstant(s)
	return err
}

// parseInstant reads what appendInstant wrote, in half the time that time.Parse takes.
// Whatever else people have put into the file, it leaves to time.Parse.
func parseInstant(s string) (time.Time, error) {
	if len(s) == len(instantLayout) {
		var parts [7]int
		at := 0
		for i, width := range [...]int{4, 2, 2, 2, 2, 2, 6} {
			for _, digit := range []byte(s[at : at+width]) {
				parts[i] = 10*parts[i] + int(digit-'0')
			}
			at += width + 1
		}
		found := time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], 1000*parts[6], time.UTC)
		if written := appendInstant(make([]byte, 0, len(instantLayout)), found); string(written) == s {
			return found, nil
		}
	}
	return time.Parse(time.RFC3339Nano, s)
}

// reader is the id of a subscriber; the one of nobody is ”.
type reader struct{ id *newsletter.SubscriberID }

func (v reader) Value() (driver.Value, error) {
	if v.id.IsZero() {
		return "", nil
	}
	return v.id.String(), nil
}

func (v reader) Scan(src any) error {
	s, err := text(src)
	if err != nil || s == "" {
		*v.id = newsletter.SubscriberID{}
		return err
	}
	*v.id, err = newsletter.ParseSubscriberID(s)
	return err
}

func toJSON(v any) (driver.Value, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func fromJSON(src, v any) error {
	s, err := text(src)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(s), v)
}

// variants are the ways in which an issue is rendered, as JSON.
type variants struct{ list *[]newsletter.Variant }

type variantForm struct {
	Key      string   `json:"key"`
	Language string   `json:"language,omitempty"`
	Topics   []string `json:"topics,omitempty"`
	Empty    bool     `json:"empty,omitempty"`
}

func (v variants) Value() (driver.Value, error) {
	forms := make([]variantForm, len(*v.list))
	for i, variant := range *v.list {
		forms[i] = variantForm(variant)
	}
	return toJSON(forms)
}

func (v variants) Scan(src any) error {
	*v.list = nil
	var forms []variantForm
	if err := fromJSON(src, &forms); err != nil {
		return err
	}
	for _, form := range forms {
		*v.list = append(*v.list, newsletter.Variant(form))
	}
	return nil
}

// edits are what an editor has changed of articles, as JSON.
type edits struct{ list *[]newsletter.Edit }

type editForm struct {
	Article    string `json:"article"`
	Title      string `json:"title,omitempty"`
	Dek        string `json:"dek,omitempty"`
	Excerpt    string `json:"excerpt,omitempty"`
	Image      string `json:"image,omitempty"`
	ImageAlt   string `json:"imageAlt,omitempty"`
	NoAuthors  bool   `json:"noAuthors,omitempty"`
	NoComments bool   `json:"noComments,omitempty"`
}

func (v edits) Value() (driver.Value, error) {
	forms := make([]editForm, len(*v.list))
	for i, edit := range *v.list {
		forms[i] = editForm(edit)
	}
	return toJSON(forms)
}

func (v edits) Scan(src any) error {
	*v.list = nil
	var forms []editForm
	if err := fromJSON(src, &forms); err != nil {
		return err
	}
	for _, form := range forms {
		*v.list = append(*v.list, newsletter.Edit(form))
	}
	return nil
}

// words is a list of strings.
type words struct{ list *[]string }

func (v words) Value() (driver.Value, error) {
	if len(*v.list) == 0 {
		return "[]", nil
	}
	return toJSON(*v.list)
}

func (v words) Scan(src any) error {
	*v.list = nil
	s, err := text(src)
	if err != nil || s == "[]" {
		return err
	}
	if list, ok := cutWords(s); ok {
		*v.list = list
		return nil
	}
	return fromJSON(s, v.list)
}

// cutWords reads the JSON of a list of texts without escapes, and tells whether it is
// one.
func cutWords(s string) (list []string, ok bool) {
	rest, ok := strings.CutPrefix(s, "[")
	for ok {
		var word string
		if word, rest, ok = cutText(rest); !ok {
			break
		}
		if list = append(list, word); rest == "]" {
			return list, true
		}
		rest, ok = strings.CutPrefix(rest, ",")
	}
	return nil, false
}

// softBounces are mails that came back for now, as JSON; nearly all readers have none.
type softBounces struct{ at *newsletter.SoftBounces }

type softForm struct {
	Since     []bounceForm `json:"since,omitempty"`
	Delivered time.Time    `json:"delivered,omitzero"`
	Delayed   time.Time    `json:"delayed,omitzero"`
}

type bounceForm struct {
	Run string    `json:"run,omitempty"`
	At  time.Time `json:"at,omitzero"`
}

func (v softBounces) Value() (driver.Value, error) {
	if len(v.at.Since) == 0 && v.at.Delivered.IsZero() && v.at.Delayed.IsZero() {
		return "", nil
	}
	form := softForm{Delivered: micro(v.at.Delivered), Delayed: micro(v.at.Delayed)}
	for _, b := range v.at.Since {
		form.Since = append(form.Since, bounceForm{b.Run, micro(b.At)})
	}
	return toJSON(form)
}

// micro is a time as the file keeps it.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

func (v softBounces) Scan(src any) error {
	*v.at = newsletter.SoftBounces{}
	if src == "" {
		return nil
	}
	var form softForm
	if err := fromJSON(src, &form); err != nil {
		return err
	}
	v.at.Delivered, v.at.Delayed = form.Delivered, form.Delayed
	for _, b := range form.Since {
		v.at.Since = append(v.at.Since, newsletter.SoftBounce(b))
	}
	return nil
}
