package newsletter

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLinks(t *testing.T) {
	const sent, other = "https://magazine.example.org/lamps", "https://magazine.example.org/harbour"
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	l := Links{Issue: "weekly-1"}
	lamps := Link{ID: LinkID(sent), URL: sent, Title: "Lamps"}
	if !l.Add([]Link{lamps, lamps, {ID: LinkID(other), URL: other}}) || len(l.List) != 2 {
		t.Errorf("added %+v", l.List)
	}
	if len(lamps.ID) != 8 || strings.ContainsAny(lamps.ID, "./+=") || lamps.ID == LinkID(other) {
		t.Errorf("ids %q and %q", lamps.ID, LinkID(other))
	}
	for _, c := range []struct {
		name, id, to string
		want         error
		leads        string
		corrected    int
	}{
		{"elsewhere", lamps.ID, "https://magazine.example.org/lamps-2", nil, "https://magazine.example.org/lamps-2", 1},
		{"an unknown link", "nothing", other, ErrNotFound, "https://magazine.example.org/lamps-2", 1},
		{"no address", lamps.ID, "javascript:alert(1)", ErrInvalid, "https://magazine.example.org/lamps-2", 1},
		{"an address of no host", lamps.ID, "https:///x", ErrInvalid, "https://magazine.example.org/lamps-2", 1},
		{"back", lamps.ID, sent, nil, sent, 0},
	} {
		err := l.Retarget(c.id, c.to, now)
		found, _ := l.Find(lamps.ID)
		if !errors.Is(err, c.want) || found.Target() != c.leads || len(l.Corrected()) != c.corrected {
			t.Errorf("%s: %v, leads to %s, %d corrected", c.name, err, found.Target(), len(l.Corrected()))
		}
	}
	if err := l.Retarget(lamps.ID, other, now); err != nil || l.Add([]Link{lamps}) {
		t.Errorf("rendering again: %v", err)
	}
	if found, _ := l.Find(lamps.ID); found.To != other || found.Since != now {
		t.Errorf("rendering again forgot the correction: %+v", found)
	}
}
