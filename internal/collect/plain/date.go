package plain

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ParseDate reads the dates that feeds really carry: RFC 822 and its many misreadings
// (names of months in several languages, two-digit years, zone names, a missing or
// doubled part), ISO 8601 and its subsets, the output of date(1), Unix seconds. The
// result is in UTC; where no zone is given the time is taken for UTC, or for Korea's
// where it is written in Korean. Zero where it is no date.
func ParseDate(text string) time.Time {
	written := strings.TrimSpace(text)
	text = strings.TrimSpace(eastAsian.Replace(written))
	if text == "" || len(text) > 100 {
		return time.Time{}
	}
	if at, ok := isoDate(text); ok {
		if isKorean(written) && !strings.ContainsAny(text, "+Z") { // who writes so means the time there
			at = at.Add(-9 * time.Hour)
		}
		return at
	}
	if at, ok := shortDate(text); ok {
		return at
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return unixDate(seconds)
	}
	if brokenISO.MatchString(text) {
		return time.Time{}
	}
	return wordDate(text)
}

// isKorean tells whether a date is written in Korean, with a time of day in it.
func isKorean(text string) bool {
	return strings.ContainsAny(text, "년월오") && strings.Contains(text, ":")
}

// brokenISO begins like a date of ISO 8601 and is none: what is left of it is no date.
var brokenISO = regexp.MustCompile(`^\d{4}-(\pL|\d+-\pL|\d+-\d+-)`)

// short are the forms of ISO 8601 (1988) with a year of two digits.
var short = regexp.MustCompile(`^(-?)(\d\d)(-?)(\d\d)(?:-?(\d\d))?$`)

// shortDate reads "03-12-31", "031231", "-03-12", "-0312", and "03335", a day of a year.
func shortDate(text string) (time.Time, bool) {
	m := short.FindStringSubmatch(text)
	if m == nil {
		if day, err := time.Parse("06002", text); err == nil && len(text) == 5 {
			return day, true
		}
		return time.Time{}, false
	}
	if m[5] == "" && m[1] == "" { // "2003", "03-12": too little to be sure
		return time.Time{}, false
	}
	year, _ := strconv.Atoi(m[2])
	month, _ := strconv.Atoi(m[4])
	d := date{year: fullYear(year), month: time.Month(month), day: 1}
	if m[5] != "" {
		d.day, _ = strconv.Atoi(m[5])
	}
	return d.midnight()
}

// eastAsian writes the dates of China, Japan and Korea with hyphens.
var eastAsian = strings.NewReplacer("年", "-", "月", "-", "日", " ", "년 ", "-", "년", "-", "월 ", "-", "월", "-", "일", " ", "오전", "am ", "오후", "pm ")

// unixDate takes ten digits for seconds and thirteen for milliseconds.
func unixDate(n int64) time.Time {
	switch {
	case n > 1e8 && n < 4e9:
		return time.Unix(n, 0).UTC()
	case n > 1e11 && n < 4e12:
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}

// isoDate reads what begins with a year: "2026", "2026-03", "20260301",
// "2026-03-01T10:00Z", "2026/03/01 10:00:00 +0100", "2026-060" (a day of the year).
func isoDate(text string) (time.Time, bool) {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) && r != '-' && r != '/' && r != '.' })
	if end < 0 {
		end = len(text)
	}
	if rest := text[end:]; rest != "" && unicode.IsLetter(rune(rest[0])) && rest[0] != 'T' && rest[0] != 't' && text[end-min(end, 1):end] == "-" {
		return hungarian(text)
	}
	digits := strings.NewReplacer("/", "-", ".", "-").Replace(text[:end])
	day, ok := isoDay(strings.TrimRight(digits, "-"))
	if !ok {
		return time.Time{}, false
	}
	rest := strings.TrimSpace(strings.TrimLeft(text[end:], "Tt, "))
	if rest == "" {
		return day, true
	}
	return clockOn(day, strings.Fields(rest))
}

// hungarian reads "2004-július-13T9:15-05:00".
func hungarian(text string) (time.Time, bool) {
	parts := strings.SplitN(text, "-", 3)
	if len(parts) < 3 {
		return time.Time{}, false
	}
	m := month(parts[1])
	if m == 0 {
		return time.Time{}, false
	}
	return isoDate(parts[0] + "-" + strconv.Itoa(int(m)) + "-" + parts[2])
}

func isoDay(digits string) (time.Time, bool) {
	if len(digits) < 4 {
		return time.Time{}, false
	}
	if len(digits) > 7 && digits[4:6] == "-0" && strings.Count(digits, "-") == 2 { // "2003-012-31"
		digits = digits[:5] + digits[6:]
	}
	for _, layout := range []string{"2006-1-2", "20060102", "2006-002", "2006-1", "2006"} {
		if day, err := time.Parse(layout, digits); err == nil && plausible(day.Year()) {
			return day, true
		}
	}
	return time.Time{}, false
}

func plausible(year int) bool { return year >= 1970 && year <= 2100 }

// wordDate reads dates with the name of a month, and those of numbers alone.
func wordDate(text string) time.Time {
	d := date{}
	fields := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '(' || r == ')' || r == '،' })
	var clock []string
	for i, field := range fields {
		if isClock(field) {
			clock = append([]string{field}, d.takeYear(fields[i+1:])...)
			break
		}
		d.take(field)
	}
	if d.day == 0 && len(fields) == 2 { // "Nov. 2020"
		d.day = 1
	}
	day, ok := d.midnight()
	if !ok {
		return time.Time{}
	}
	if clock == nil {
		return day
	}
	at, _ := clockOn(day, clock)
	return at
}

// date is a day put together from words in any order.
type date struct {
	year  int
	month time.Month
	day   int
}

// midnight is when the day begins, if there is such a day.
func (d *date) midnight() (time.Time, bool) {
	day := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
	return day, d.complete() && d.month <= 12 && day.Day() == d.day
}

func (d *date) complete() bool { return d.day > 0 && d.month > 0 && plausible(d.year) }

// take reads one word of a date: a number, a name of a month, or several of them
// joined ("03-Jan-2026"). Anything else, such as a weekday, says nothing new.
func (d *date) take(field string) {
	for _, part := range strings.FieldsFunc(field, func(r rune) bool { return r == '-' || r == '/' || r == '.' }) {
		if m := month(part); m != 0 {
			d.month = m
			continue
		}
		digits := strings.TrimRight(part, "stndrhº°")
		if n, err := strconv.Atoi(digits); err == nil {
			d.number(n, len(digits))
		}
	}
}

// number finds the place of a number: four digits are a year, else the day comes
// first; with no name of a month the second number is one ("01.03.2026"), unless it
// cannot be ("03/25/2026").
func (d *date) number(n, width int) {
	switch {
	case width >= 4:
		d.year = n
	case n > 31:
		d.year = fullYear(n)
	case d.day == 0:
		d.day = n
	case d.month == 0 && n <= 12:
		d.month = time.Month(n)
	case d.month == 0 && d.day <= 12:
		d.month, d.day = time.Month(d.day), n
	case d.year == 0:
		d.year = fullYear(n)
	}
}

// fullYear reads two digits by RFC 2822, 4.3, with 70 as the turn.
func fullYear(n int) int {
	switch {
	case n < 70:
		return n + 2000
	case n < 200: // three digits count from 1900, as careless programs print them
		return n + 1900
	}
	return n
}

// takeYear finds a year that follows the clock, as date(1) and asctime write it, and
// returns the other words.
func (d *date) takeYear(fields []string) []string {
	var rest []string
	for _, field := range fields {
		if n, err := strconv.Atoi(field); err == nil && d.year == 0 && len(field) == 4 && field[0] != '+' && field[0] != '-' {
			d.year = n
			continue
		}
		rest = append(rest, field)
	}
	return rest
}

// months by the first letters of their names in the languages feeds come in.
var months = map[string]time.Month{
	"jan": 1, "ene": 1, "gen": 1, "янв": 1, "jän": 1, "ian": 1,
	"feb": 2, "fév": 2, "fev": 2, "фев": 2, "fεβ": 2,
	"mar": 3, "mär": 3, "mrt": 3, "maa": 3, "мар": 3, "mrz": 3,
	"apr": 4, "avr": 4, "abr": 4, "апр": 4,
	"may": 5, "mai": 5, "mei": 5, "maj": 5, "mag": 5, "май": 5, "мая": 5,
	"jun": 6, "giu": 6, "июн": 6,
	"jul": 7, "lug": 7, "июл": 7,
	"aug": 8, "aoû": 8, "aou": 8, "ago": 8, "авг": 8,
	"sep": 9, "set": 9, "сен": 9,
	"oct": 10, "okt": 10, "out": 10, "ott": 10, "окт": 10,
	"nov": 11, "ноя": 11,
	"ιαν": 1, "φεβ": 2, "μάρ": 3, "μαρ": 3, "απρ": 4, "μάι": 5, "μαΐ": 5, "αύγ": 8, "αυγ": 8, "σεπ": 9, "οκτ": 10, "νοέ": 11, "νοε": 11, "δεκ": 12,
	"már": 3, "ápr": 4, "máj": 5, "jún": 6, "júl": 7, "sze": 9,
	"sty": 1, "lut": 2, "kwi": 4, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
	"oca": 1, "şub": 2, "nis": 4, "haz": 6, "tem": 7, "ağu": 8, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,
	"dec": 12, "dez": 12, "déc": 12, "dic": 12, "des": 12, "дек": 12,
}

func month(word string) time.Month {
	letters := []rune(strings.ToLower(word))
	if len(letters) < 3 {
		return 0
	}
	switch whole := string(letters); {
	case strings.HasPrefix(whole, "juin"):
		return time.June
	case strings.HasPrefix(whole, "juil"), strings.HasPrefix(whole, "ιούλ"), strings.HasPrefix(whole, "ιουλ"):
		return time.July
	case strings.HasPrefix(whole, "ιούν"), strings.HasPrefix(whole, "ιουν"):
		return time.June
	}
	return months[string(letters[:3])]
}
