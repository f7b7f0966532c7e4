package plain

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	const noon = "2026-11-24T12:00:00Z"
	for text, want := range map[string]string{
		"Tue, 24 Nov 2026 12:00:00 GMT": noon, "Tue, 24 Nov 2026 12:00:00 +0000": noon, "24 Nov 2026 12:00 UT": noon, "Tue, 24 Nov 26 12:00:00 Z": noon,
		"Tue, 24 Nov 2026 07:00:00 EST": noon, "Tue, 24 Nov 2026 13:00:00 MET": noon, "Tue, 24 Nov 2026 14:00:00 MEST": noon, "Tue, 24 Nov 2026 13:00:00 +01:00": noon,
		"Tuesday, November 24, 2026 12:00 PM": noon, "Nov 24, 2026 12:00pm": noon, "24-Nov-2026 12:00:00": noon, "Tue Nov 24 12:00:00 2026": noon, "Tue Nov 24 12:00:00 UTC 2026": noon,
		"Tue, 24  Nov  2026  12:00:00  GMT+0000 (UTC)": noon, "mar., 24 nov. 2026 13:00:00 +0100": noon, "Di, 24 November 2026 13:00 MEZ": noon, "24 de noviembre de 2026 12:00": noon,
		"2026-11-24T12:00:00Z": noon, "2026-11-24T13:00:00+01:00": noon, "2026-11-24 12:00:00": noon, "20261124T120000Z": noon, "2026-11-24T12:00Z": noon, "2026/11/24 12:00:00 +0000": noon,
		"2026-11-24T12:00:00.000Z": noon, "2026-11-24T07:00:00-0500": noon, "2026-328T12:00:00Z": noon, "1795521600": noon, "1795521600000": noon, "24.11.2026 12:00": noon, "11/24/2026 12:00": noon,
		"Tue, 24 Nov 2026 07:00:00 America/New_York": noon, "Tue, 24th Nov 2026 12:00:00 GMT": noon, "Tue Nov 24 2026 12:00:00 GMT+0000 (Coordinated Universal Time)": noon,
		"Τρι, 24 Νοέ 2026 12:00:00 GMT": noon, "Nov. 2026": "2026-11-01T00:00:00Z", "Thu, 01 Jan 0100 00:00:01 GMT": "", "24 listopada 2026 12:00": noon, "2026년 11월 24일 21:00": noon, "2026-11-24 오후 09:00:00": noon,
		"2026-november-24T12:00": noon, "26-11-24": "2026-11-24T00:00:00Z", "261124": "2026-11-24T00:00:00Z", "-26-11": "2026-11-01T00:00:00Z", "-2611": "2026-11-01T00:00:00Z", "26328": "2026-11-24T00:00:00Z",
		"2026-011-24T12:00:00Z": noon, "Tue, 24 Nov 2026 08:00:00 AT": noon, "24 Nov 2026 24:05 GMT": "2026-11-24T00:05:00Z", "2026-xx-24": "", "2026-11-24-01": "", "Tue, Nov x 2026 12:00:00 GMT": "", "Tue, 99 Nov 2026 12:00:00 GMT": "",
		"2026-11-24": "2026-11-24T00:00:00Z", "2026-11": "2026-11-01T00:00:00Z", "2026": "2026-01-01T00:00:00Z", "24 Nov 2026": "2026-11-24T00:00:00Z", "2026年11月24日": "2026-11-24T00:00:00Z",
		"Thu, 31 Dec 2026 23:59:60 GMT": "2027-01-01T00:00:00Z", "2026-11-24T24:00:00Z": "2026-11-25T00:00:00Z",
		"": "", "yesterday": "", "0000-00-00T00:00:00": "", "Tue, 31 Feb 2026 12:00:00 GMT": "", "-0001-11-30T00:00:00": "", "99999999999999999999": "",
	} {
		got := ""
		if at := ParseDate(text); !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"Tue, 24 Nov 2026 12:00:00 GMT", "2026-11-24T13:00:00+01:00", "24.11.26", ":", "T1:", "2026-11-24T1::+", "1:2:3:4:5", "2026 Nov 99 am"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		at := ParseDate(in)
		if at.IsZero() {
			return
		}
		if at.Location() != time.UTC || at.Year() < 1969 || at.Year() > 2101 {
			t.Errorf("%q is %v", in, at)
		}
		if again := ParseDate(at.Format(time.RFC3339)); at.Year() >= 1970 && at.Year() <= 2100 && !again.Equal(at.Truncate(time.Second)) {
			t.Errorf("%q: %v is read as %v", in, at, again)
		}
	})
}
