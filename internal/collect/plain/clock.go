package plain

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// isClock tells whether field is a time of day such as "10:30" or "9:05:00.25".
func isClock(field string) bool {
	at := strings.IndexByte(field, ':')
	return at > 0 && at <= 3 && unicode.IsDigit(rune(field[0])) || at == 3 && (field[0] == 'T' || field[0] == 't')
}

// clockOn puts a time of day, its half of the day and its zone on a day. A time that
// makes no sense leaves the day.
func clockOn(day time.Time, fields []string) (time.Time, bool) {
	if len(fields) == 0 {
		return day, true
	}
	if len(fields) > 1 && (fields[0] == "am" || fields[0] == "pm") { // Korean has it in front
		fields = append([]string{fields[1], fields[0]}, fields[2:]...)
	}
	clock, zone := cutZone(strings.TrimLeft(fields[0], "Tt"))
	for _, field := range fields[1:] {
		switch half := strings.ToLower(strings.ReplaceAll(field, ".", "")); {
		case half == "am" || half == "pm":
			clock += half
		case zone == "" || isOffset(field):
			zone = field
		}
	}
	since, ok := timeOfDay(clock)
	if !ok {
		return day, true
	}
	return day.Add(since - offset(zone, day)), true
}

// cutZone takes a zone off the end of a time: "10:00:00+01:00", "10:00Z", "10:00EST".
func cutZone(clock string) (time, zone string) {
	lower := strings.ToLower(clock)
	if strings.HasSuffix(lower, "am") || strings.HasSuffix(lower, "pm") {
		return lower, ""
	}
	at := strings.IndexFunc(clock, func(r rune) bool { return r == '+' || r == '-' || r == '−' || unicode.IsLetter(r) })
	if at < 0 {
		return clock, ""
	}
	return clock[:at], clock[at:]
}

// timeOfDay reads "10", "10:30", "103000", "10:30:15.250", "9:30pm". The second 60
// and the hour 24 exist.
func timeOfDay(clock string) (time.Duration, bool) {
	clock, half := cutHalf(clock)
	clock, fraction, _ := strings.Cut(strings.ReplaceAll(clock, ",", "."), ".")
	parts := strings.Split(clock, ":")
	if len(parts) == 1 && len(clock) >= 4 { // ISO 8601, basic format
		parts = []string{clock[:2], clock[2:4], clock[4:]}
	}
	var numbers [3]int
	for i, part := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if i > 2 || err != nil && part != "" || n < 0 {
			return 0, false
		}
		numbers[i] = n
	}
	hour := numbers[0]
	switch {
	case half == "pm" && hour < 12:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	}
	if hour == 24 && numbers[1]+numbers[2] > 0 { // past midnight, of a day that has not changed yet
		hour = 0
	}
	if hour > 24 || numbers[1] > 59 || numbers[2] > 60 {
		return 0, false
	}
	since := time.Duration(hour)*time.Hour + time.Duration(numbers[1])*time.Minute + time.Duration(numbers[2])*time.Second
	return since + nanoseconds(fraction), true
}

func cutHalf(clock string) (rest, half string) {
	for _, half := range []string{"am", "pm"} {
		if rest, ok := strings.CutSuffix(clock, half); ok {
			return rest, half
		}
	}
	return clock, ""
}

func nanoseconds(fraction string) time.Duration {
	padded := (fraction + "000000000")[:9]
	n, err := strconv.Atoi(padded)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n)
}

// zones are the names that RFC 822 and the feeds of the world use, in minutes east of
// Greenwich. Names that mean several zones (IST, CST in China) have their RFC 822 or
// commonest meaning.
var zones = map[string]int{
	"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "ist": 330, "west": 60, "cet": 60, "met": 60, "mez": 60, "cest": 120,
	"mest": 120, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "msd": 240, "ast": -240, "at": -240, "adt": -180, "est": -300, "edt": -240, "et": -300,
	"cst": -360, "cdt": -300, "ct": -360, "mst": -420, "mdt": -360, "mt": -420, "pst": -480, "pdt": -420, "pt": -480, "akst": -540, "akdt": -480,
	"hst": -600, "nst": -210, "ndt": -150, "brt": -180, "art": -180, "sgt": 480, "hkt": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660,
	"acst": 570, "acdt": 630, "awst": 480, "nzst": 720, "nzdt": 780, "sast": 120, "wat": 60, "eat": 180, "pkt": 300, "wib": 420, "ict": 420,
}

func isOffset(zone string) bool {
	return len(zone) > 1 && (zone[0] == '+' || zone[0] == '-') && unicode.IsDigit(rune(zone[1]))
}

// offset reads a zone: "+0100", "-05:30", "+1", "GMT+2", "EST", "Z", "Europe/Brussels"
// as of day. What is not known counts as UTC.
func offset(zone string, day time.Time) time.Duration {
	if strings.Contains(zone, "/") {
		return placeOffset(zone, day)
	}
	zone = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(zone), "−", "-"))
	if minutes, known := zones[zone]; known {
		return time.Duration(minutes) * time.Minute
	}
	for _, name := range []string{"gmt", "utc"} {
		zone = strings.TrimPrefix(zone, name)
	}
	if !isOffset(zone) {
		return 0
	}
	digits := strings.ReplaceAll(zone[1:], ":", "")
	if end := strings.IndexFunc(digits, func(r rune) bool { return !unicode.IsDigit(r) }); end > 0 {
		digits = digits[:end]
	}
	if len(digits) <= 2 {
		digits += "00"
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > 1500 {
		return 0
	}
	east := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if zone[0] == '-' {
		return -east
	}
	return east
}

// placeOffset looks a place up in the time zone database (IANA).
func placeOffset(name string, day time.Time) time.Duration {
	place, err := time.LoadLocation(name)
	if err != nil {
		return 0
	}
	_, east := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, place).Zone()
	return time.Duration(east) * time.Second
}
