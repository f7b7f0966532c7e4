package subscribe

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestSorted(t *testing.T) {
	for _, c := range []struct{ lines, limit, stretches int }{{0, 1, 0}, {1, 1 << 20, 0}, {500, 1 << 20, 0}, {500, 4000, 1}, {500, 1, 500}} {
		t.Run(fmt.Sprintf("%d lines, stretches of %d bytes", c.lines, c.limit), func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			s := sorter{limit: c.limit}
			want := scattered(c.lines)
			for i := range want {
				if err := s.add(&want[i]); err != nil {
					t.Fatal(err)
				}
			}
			if len(s.ends) < c.stretches || c.stretches == 0 && s.file != nil {
				t.Errorf("%d stretches in the file, want %d at least", len(s.ends), c.stretches)
			}
			slices.SortStableFunc(want, func(a, b line) int { return before(&a, &b) })
			var got []line
			if err := s.each(func(l *line) error { got = append(got, *l); return nil }); err != nil {
				t.Fatal(err)
			}
			if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%v\nwant %v", got, want)
			}
			if err := s.close(); err != nil {
				t.Error(err)
			}
			if left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// scattered are lines of a few ids only, with cells of all sizes.
func scattered(lines int) []line {
	dice := rand.New(rand.NewPCG(1, 2))
	var all []line
	for n := range lines {
		var id newsletter.SubscriberID
		id[0], id[15] = byte(dice.IntN(40)), byte(dice.IntN(2))
		all = append(all, line{id, n + 2, []string{"", strings.Repeat("ö", dice.IntN(200)), fmt.Sprint(n)}})
	}
	return all
}

func TestNoRoomToSort(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	s := sorter{limit: 1}
	if err := s.add(&scattered(1)[0]); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
		t.Error(err)
	}
}
