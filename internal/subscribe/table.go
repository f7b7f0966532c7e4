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
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// column is what a cell of a list of readers means.
type column int

const (
	columnAddress     column = iota
	columnWeakAddress        // where no other column is one
	columnName
	columnFirstName
	columnLastName
	columnStatus
	columnType       // some of its words are a status
	columnDisabled   // true where mail is switched off
	columnEnabled    // true where it is switched on, or since when
	columnLeft       // since when, or true
	columnDead       // since when the address bounces, or true
	columnComplained // since when, or true
	columnConfirmed  // the best proof of consent first
	columnConsented
	columnOptedIn
	columnCreated
	columnSource
	columnWording
	columnLanguage
	columnZone
	columnSchedules
	columnTopics
	columnTags
	columnChanged // from here on: our own Export only
	columnPaused
	columnLeaveReason
	columnMovedTo
	columnMovedFrom
	columnVersion
	columnSuppressed
	columnSuppressedAt
	columnSuppressedWhy
	columnID
	columnLine // of another file, of which this is a part; see Chunks
	columnCount
)

// headings are how our own Export and other systems call their columns: listmonk,
// Mailchimp, Substack, MailerLite, Ghost, Buttondown, and what people write by hand in
// some languages. They are compared in small letters and digits of ASCII only.
var headings = map[string]column{
	"email": columnAddress, "emailaddress": columnAddress, "emailadresse": columnAddress, "emailadress": columnAddress, "mailadresse": columnAddress,
	"adresseemail": columnAddress, "adressemail": columnAddress, "courriel": columnAddress, "correo": columnAddress, "correoelectrnico": columnAddress, "correoelectronico": columnAddress,
	"address": columnWeakAddress, "mail": columnWeakAddress, "subscriber": columnWeakAddress,
	"name": columnName, "fullname": columnName, "nom": columnLastName, "nombre": columnFirstName,
	"firstname": columnFirstName, "fname": columnFirstName, "vorname": columnFirstName, "prnom": columnFirstName, "prenom": columnFirstName,
	"lastname": columnLastName, "lname": columnLastName, "surname": columnLastName, "nachname": columnLastName, "apellido": columnLastName, "apellidos": columnLastName,
	"status": columnStatus, "state": columnStatus, "memberstatus": columnStatus, "type": columnType, "subscribertype": columnType,
	"emaildisabled": columnDisabled, "subscribedtoemails": columnEnabled, "subscribed": columnEnabled,
	"unsubscribed": columnLeft, "unsubscribedat": columnLeft, "unsubtime": columnLeft, "unsubscribetime": columnLeft, "unsubscribedate": columnLeft, "unsubscriptiondate": columnLeft, "deletedat": columnLeft,
	"cleantime": columnDead, "bouncedat": columnDead, "undeliverabilitydate": columnDead, "complainedat": columnComplained, "complaintdate": columnComplained,
	"confirmedat": columnConfirmed, "confirmed": columnConfirmed, "confirmtime": columnConfirmed, "confirmationdate": columnConfirmed,
	"consentat": columnConsented, "consentdate": columnConsented, "consent": columnConsented,
	"optintime": columnOptedIn, "optindate": columnOptedIn, "subscribedat": columnOptedIn, "subscribedate": columnOptedIn, "subscriptiondate": columnOptedIn, "signupdate": columnOptedIn,
	"createdat": columnCreated, "created": columnCreated, "dateadded": columnCreated, "startdate": columnCreated, "creationdate": columnCreated,
	"source": columnSource, "origin": columnSource, "consentorigin": columnSource, "subscriptionsource": columnSource, "consentwording": columnWording,
	"language": columnLanguage, "lang": columnLanguage, "sprache": columnLanguage, "langue": columnLanguage, "idioma": columnLanguage, "zone": columnZone, "timezone": columnZone,
	"schedules": columnSchedules, "topics": columnTopics, "tags": columnTags, "labels": columnTags, "groups": columnTags,
	"changedat": columnChanged, "pauseduntil": columnPaused, "leavereason": columnLeaveReason, "movedto": columnMovedTo, "movedfrom": columnMovedFrom, "tokenversion": columnVersion, "suppressed": columnSuppressed, "suppressedat": columnSuppressedAt, "suppressedwhy": columnSuppressedWhy, "mastheadid": columnID, "mastheadline": columnLine,
}

// table is a list of readers whose heading was understood.
type table struct {
	*csv.Reader
	columns columns
	heading []string
}

// columns are where the cells of a row are, -1 for none.
type columns [columnCount]int

// ours tells the columns of our own Export.
func (c *columns) ours() bool { return c[columnChanged] >= 0 && c[columnID] >= 0 }

// openTable reads the heading.
func openTable(file io.Reader) (*table, error) {
	in := decoded(file)
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
	t.heading = slices.Clone(head)
	for i := range t.columns {
		t.columns[i] = -1
	}
	for i, cell := range head {
		if c, ok := headings[lettersOf(cell)]; ok && t.columns[c] < 0 {
			t.columns[c] = i
		}
	}
	if t.columns[columnAddress] < 0 {
		t.columns[columnAddress] = t.columns[columnWeakAddress]
	}
	if t.columns[columnAddress] < 0 {
		return nil, fmt.Errorf("the file has no column of addresses; its first line must name one email: %w", newsletter.ErrInvalid)
	}
	return t, nil
}

// separator is the sign that the heading has most of, or the one that a line before
// it names, as Excel does. Spreadsheets of many countries write semicolons.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(4096)
	head, _, _ = bytes.Cut(head, []byte("\n"))
	if sign, named := bytes.CutPrefix(bytes.TrimRight(head, "\r"), []byte("sep=")); named && len(sign) == 1 {
		_, _ = in.Discard(len(head) + 1)
		return rune(sign[0])
	}
	best := ','
	for _, sign := range ";\t|" {
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
		return newsletter.Line(plain(strings.TrimSpace(readable(cells[i]))))
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
	"free": newsletter.Active, "paid": newsletter.Active, "comped": newsletter.Active,
	"unsubscribed": newsletter.Unsubscribed, "disabled": newsletter.Unsubscribed, "blocklisted": newsletter.Unsubscribed, "removed": newsletter.Unsubscribed, "archived": newsletter.Unsubscribed,
	"bounced": newsletter.Bounced, "cleaned": newsletter.Bounced, "undeliverable": newsletter.Bounced,
	"complained": newsletter.Complained, "spam": newsletter.Complained, "junk": newsletter.Complained, "spamcomplaint": newsletter.Complained,
}

// types are words of a column that mostly says something else, as free or paid, but
// who must not be mailed is told there, too.
var types = map[string]newsletter.Status{
	"unsubscribed": newsletter.Unsubscribed, "removed": newsletter.Unsubscribed, "blocked": newsletter.Unsubscribed, "spammy": newsletter.Unsubscribed,
	"undeliverable": newsletter.Bounced, "malformed": newsletter.Bounced, "bounced": newsletter.Bounced, "complained": newsletter.Complained, "spam": newsletter.Complained,
	"unactivated": newsletter.Pending, "unconfirmed": newsletter.Pending, "unverified": newsletter.Pending,
}

// status is where the reader stands: the gravest of what the columns say, and since
// when, if that is told.
func (c *columns) status(cells []string) (status newsletter.Status, since time.Time, err error) {
	word := c.cell(cells, columnStatus)
	status, known := statusOf(word)
	if kind := types[lettersOf(c.cell(cells, columnType))]; kind == newsletter.Pending {
		known, word = false, c.cell(cells, columnType)
	} else if kind != "" {
		status = kind
	}
	if word == string(newsletter.Pending) && c.ours() {
		status, known = newsletter.Pending, true
	}
	if !known {
		return "", since, fmt.Errorf("status %q: expected active, unsubscribed, bounced or complained; who has not confirmed must sign up: %w", word, newsletter.ErrInvalid)
	}
	if yes(c.cell(cells, columnDisabled)) || no(c.cell(cells, columnEnabled)) {
		status = graver(status, newsletter.Unsubscribed)
	}
	for _, left := range []struct {
		column
		newsletter.Status
	}{{columnLeft, newsletter.Unsubscribed}, {columnDead, newsletter.Bounced}, {columnComplained, newsletter.Complained}} {
		text := c.cell(cells, left.column)
		if text == "" || no(text) {
			continue
		}
		status = graver(status, left.Status)
		if yes(text) {
			continue
		}
		if since, err = parseDate(text); err != nil {
			return status, since, err
		}
	}
	return status, since, nil
}

// graver is the one of two that weighs more.
func graver(a, b newsletter.Status) newsletter.Status {
	if sup := (newsletter.Suppression{Reason: b}); sup.Graver(a) {
		return b
	}
	return a
}

func yes(s string) bool {
	return s == "1" || strings.EqualFold(s, "true") || strings.EqualFold(s, "yes")
}

func no(s string) bool {
	return s == "0" || strings.EqualFold(s, "false") || strings.EqualFold(s, "no")
}

func statusOf(status string) (newsletter.Status, bool) {
	s, ok := statuses[status]
	if !ok {
		s, ok = statuses[lettersOf(status)]
	}
	return s, ok && (status == "" || lettersOf(status) != "")
}

// dateLayouts are those of the systems above; without a zone they are taken for UTC.
// 01/02/2006 is January: systems that write so are American.
var dateLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05", time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700 MST",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05 -0700", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006 3:04 PM", "1/2/2006", "2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006", "Jan 2, 2006", "January 2, 2006", "2 Jan 2006"}

// parseDate reads a date; none, or one of only noughts, is zero.
func parseDate(text string) (time.Time, error) {
	if text == "" || strings.HasPrefix(text, "0000-00-00") || strings.HasPrefix(text, "0001-01-01") {
		return time.Time{}, nil
	}
	for _, layout := range dateLayouts {
		if date, err := time.Parse(layout, text); err == nil {
			return date.UTC().Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, fmt.Errorf("date %q: expected one like 2026-03-02 or 2026-03-02T07:00:00Z: %w", text, newsletter.ErrInvalid)
}

// consentAt is when the reader agreed, at the latest now; now where the row says
// nothing.
func (c *columns) consentAt(cells []string, now time.Time) (time.Time, error) {
	for _, at := range []column{columnConfirmed, columnConsented, columnOptedIn, columnEnabled, columnCreated} {
		text := c.cell(cells, at)
		if text == "" || yes(text) || at == columnEnabled && no(text) {
			continue
		}
		date, err := parseDate(text)
		switch {
		case err != nil:
			return now, err
		case date.IsZero():
			continue
		case date.After(now) || date.Year() < 1990:
			return now, fmt.Errorf("date %q: it cannot be that of a consent: %w", text, newsletter.ErrInvalid)
		}
		return date, nil
	}
	return now, nil
}

// list reads several words out of one cell. Mailchimp puts each in quotation marks.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	var words []string
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '|' || r == ',' }) {
		if word = strings.Trim(word, " \""); word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// formula are the signs with which a cell begins that a spreadsheet would run, or
// that Guarded or plain would take for a guard (OWASP, "CSV Injection"). The wide ones
// are those that spreadsheets of East Asia take for the same.
const formula = "=+-@\t\r\n'＝＋－＠"

// Guarded is a cell that no spreadsheet runs.
func Guarded(cell string) string {
	if formulaFirst(cell) {
		return "'" + cell
	}
	return cell
}

// formulaFirst looks past blanks, as some spreadsheets do.
func formulaFirst(cell string) bool {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0\u3000"))
	return size > 0 && strings.ContainsRune(formula, first)
}

// plain undoes Guarded.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && formulaFirst(cell[1:]) {
		return cell[1:]
	}
	return cell
}
