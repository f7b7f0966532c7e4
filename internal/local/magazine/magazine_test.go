package magazine

import (
	"strings"
	"testing"
	"time"
)

func TestMorningIsFreshAndStaysAllDay(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, time.UTC) }
	for _, test := range []struct {
		name      string
		now, want time.Time
	}{
		{"in the afternoon it is this morning", at(2, 15, 0), at(2, 6, 0)},
		{"late at night too", at(2, 23, 59), at(2, 6, 0)},
		{"before the comments are in it is yesterday", at(2, 7, 59), at(1, 6, 0)},
		{"two hours later it is today", at(2, 8, 0), at(2, 6, 0)},
		{"over the end of a month", at(1, 3, 0), time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)},
		{"wherever the clock is", at(2, 15, 0).In(time.FixedZone("", 14*3600)), at(2, 6, 0)},
	} {
		if got := Morning(test.now); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestIdentityOutlivesThePort: two runs on two ports, one set of guids and paths.
func TestIdentityOutlivesThePort(t *testing.T) {
	first, second := serve(t).URL, serve(t).URL
	was, is := parseFeed(t, expect(t, first+"/feed/", 200)), parseFeed(t, expect(t, second+"/feed/", 200))
	for i := range was.Items {
		if was.Items[i].GUID != is.Items[i].GUID || strings.TrimPrefix(was.Items[i].Link, first) != strings.TrimPrefix(is.Items[i].Link, second) {
			t.Errorf("%s became %s (%s, %s)", was.Items[i].GUID, is.Items[i].GUID, was.Items[i].Link, is.Items[i].Link)
		}
	}
}
