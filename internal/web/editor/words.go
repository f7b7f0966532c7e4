package editor

import (
	"time"
)

// zone is the publication's, in which the desk tells the time.
func (p *Pages) zone(v *visit) (*time.Location, error) {
	publication, err := p.Publication(v.Context())
	return publication.Location(), err
}

// moment is a time as people write it; empty where there is none.
func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("Mon 2 January 2006, 15:04 MST")
}

// day is a date as people write it; empty where there is none.
func day(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2 January 2006")
}
