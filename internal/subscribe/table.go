package subscribe

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// column is what a cell of a list of readers means.
type column int

const (
	columnAddress column = iota
	columnName
	columnFirstName
	columnLastName
	columnStatus
	columnDisabled  // true where mail is switched off
	columnConfirmed // the best proof of consent first
	columnOptedIn
	columnCreated
	columnSource
	columnWording
	columnLanguage
	columnZone
	columnSchedules
	columnTopics
	columnCount
)

// headings are how our own Export and other systems call their columns: listmonk,
// Mailchimp, Substack, MailerLite, and what people write by hand. They are compared
// in small letters and digits only.
var headings = map[string]column{
	"email": columnAddress, "emailaddress": columnAddress, "address": columnAddress, "mail": columnAddress, "subscriber": columnAddress,
	"name": columnName, "fullname": columnName,
	"firstname": columnFirstName, "fname": columnFirstName, "lastname": columnLastName, "lname": columnLastName, "surname": columnLastName,
	"status": columnStatus, "state": columnStatus, "memberstatus": columnStatus,
	"emaildisabled": columnDisabled, "unsubscribed": columnDisabled,
	"confirmedat": columnConfirmed, "confirmed": columnConfirmed, "confirmtime": columnConfirmed, "confirmationdate": columnConfirmed, "consentat": columnConfirmed, "consentdate": columnConfirmed, "consent": columnConfirmed,
	"optintime": columnOptedIn, "optindate": columnOptedIn, "subscribed": columnOptedIn, "subscribedat": columnOptedIn, "subscribedate": columnOptedIn,
	"createdat": columnCreated, "created": columnCreated, "dateadded": columnCreated, "startdate": columnCreated,
	"source": columnSource, "origin": columnSource, "consentorigin": columnSource, "subscriptionsource": columnSource, "consentwording": columnWording,
	"language": columnLanguage, "lang": columnLanguage, "zone": columnZone, "timezone": columnZone,
	"schedules": columnSchedules, "topics": columnTopics, "tags": columnTopics,
}

// table is a list of readers whose heading was understood.
type table struct {
	*csv.Reader
	columns columns
}

// columns are where the cells of a row are, -1 for none.
type columns [columnCount]int

var utf8BOM = []byte("\xef\xbb\xbf")

// openTable reads the heading.
func openTable(file io.Reader) (*table, error) {
	in := bufio.NewReaderSize(file, 64<<10)
	if mark, _ := in.Peek(len(utf8BOM)); bytes.Equal(mark, utf8BOM) {
		_, _ = in.Discard(len(utf8BOM))
	}
	t := &table{Reader: csv.NewReader(in)}
	t.Comma = separator(in)
	t.FieldsPerRecord, t.ReuseRecord, t.LazyQuotes = -1, true, true
	head, err := t.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the file is empty: %w", newsletter.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("the heading cannot be read: %w: %w", err, newsletter.ErrInvalid)
	}
	for i := range t.columns {
		t.columns[i] = -1
	}
	for i, cell := range head {
		if c, ok := headings[lettersOf(cell)]; ok && t.columns[c] < 0 {
			t.columns[c] = i
		}
	}
	if t.columns[columnAddress] < 0 {
		return nil, fmt.Errorf("the file has no column of addresses; its first line must name one email: %w", newsletter.ErrInvalid)
	}
	return t, nil
}

// separator is the sign that the heading has most of. Spreadsheets of many countries
// write semicolons.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(4096)
	head, _, _ = bytes.Cut(head, []byte("\n"))
	best := ','
	for _, sign := range ";\t" {
		if bytes.Count(head, []byte(string(sign))) > bytes.Count(head, []byte(string(best))) {
			best = sign
		}
	}
	return best
}

func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// cell is what a row says under a heading, on one line.
func (c *columns) cell(cells []string, at column) string {
	if i := c[at]; i >= 0 && i < len(cells) && cells[i] != "" {
		return newsletter.Line(plain(strings.TrimSpace(cells[i])))
	}
	return ""
}

// name is a reader's, in one column or two.
func (c *columns) name(cells []string) string {
	name := c.cell(cells, columnName)
	if name == "" {
		name = c.cell(cells, columnFirstName)
	}
	if last := c.cell(cells, columnLastName); last != "" && !strings.HasSuffix(name, last) {
		name = strings.TrimSpace(name + " " + last)
	}
	return name
}

// statuses are the words of several systems. Who has not confirmed is in none.
var statuses = map[string]newsletter.Status{
	"": newsletter.Active, "active": newsletter.Active, "subscribed": newsletter.Active, "confirmed": newsletter.Active, "enabled": newsletter.Active, "true": newsletter.Active,
	"unsubscribed": newsletter.Unsubscribed, "disabled": newsletter.Unsubscribed, "blocklisted": newsletter.Unsubscribed, "removed": newsletter.Unsubscribed, "archived": newsletter.Unsubscribed,
	"bounced": newsletter.Bounced, "cleaned": newsletter.Bounced,
	"complained": newsletter.Complained, "spam": newsletter.Complained, "junk": newsletter.Complained,
}

func statusOf(status, disabled string) (newsletter.Status, bool) {
	if strings.EqualFold(disabled, "true") || disabled == "1" {
		return newsletter.Unsubscribed, true
	}
	s, ok := statuses[status]
	if !ok {
		s, ok = statuses[lettersOf(status)]
	}
	return s, ok && (status == "" || lettersOf(status) != "")
}

// dateLayouts are those of the systems above; without a zone they are taken for UTC.
var dateLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05", time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700 MST", "01/02/2006 15:04", "01/02/2006", "02.01.2006 15:04", "02.01.2006"}

// consentAt is when the reader agreed, at the latest now; now where the row says
// nothing.
func (c *columns) consentAt(cells []string, now time.Time) (time.Time, error) {
	for _, at := range []column{columnConfirmed, columnOptedIn, columnCreated} {
		text := c.cell(cells, at)
		if text == "" || strings.EqualFold(text, "true") || strings.EqualFold(text, "yes") {
			continue
		}
		for _, layout := range dateLayouts {
			if date, err := time.Parse(layout, text); err == nil {
				if date.After(now) || date.Year() < 1990 {
					return now, fmt.Errorf("date %q: it cannot be that of a consent: %w", text, newsletter.ErrInvalid)
				}
				return date.UTC().Truncate(time.Microsecond), nil
			}
		}
		return now, fmt.Errorf("date %q: expected one like 2026-03-02 or 2026-03-02T07:00:00Z: %w", text, newsletter.ErrInvalid)
	}
	return now, nil
}

// list reads several words out of one cell.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	var words []string
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '|' || r == ',' }) {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// formula are the signs with which a cell begins that a spreadsheet would run, or
// that Guarded or plain would take for a guard (OWASP, "CSV Injection").
const formula = "=+-@\t\r\n'"

// Guarded is a cell that no spreadsheet runs.
func Guarded(cell string) string {
	if cell != "" && strings.IndexByte(formula, cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// plain undoes Guarded.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte(formula, cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}
