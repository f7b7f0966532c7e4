package newsletter

import (
	"fmt"
	"strings"
	"time"
)

// What makes a source suspect though it can be read.
const (
	floodAtLeast  = 20                  // unknown articles at once are no flood
	quietFor      = 14 * 24 * time.Hour // without a new article
	bioWindow     = 20                  // article pages that are remembered
	bioless       = 12                  // of them, the newest, tell no bio
	biosHadBefore = 4                   // of those before that told one
)

// Floods tells whether a list in which unknown of all articles are new means that the
// source has renamed everything, as when a site moves: more than half and more than
// twenty. At a first visit everything is unknown.
func (s *Source) Floods(unknown, all int) bool {
	return s.Primed && unknown > floodAtLeast && 2*unknown > all
}

// Hold notes that the list is not taken in until somebody has looked at it.
func (s *Source) Hold(at time.Time, unknown, all int) {
	if s.HeldSince.IsZero() {
		s.HeldSince = at
	}
	s.Warning = fmt.Sprintf("%d of the %d articles that it lists are unknown all at once, as if the site had renamed everything; none of them is mailed until somebody releases the source", unknown, all)
}

// Release takes a held source in again: what it lists is the past, except the newest few,
// as at a first visit.
func (s *Source) Release() {
	s.HeldSince, s.Warning, s.Primed, s.NextAt, s.ETag, s.LastModified = time.Time{}, "", false, time.Time{}, "", ""
}

// SawPage notes whether the page of an article told an author's bio.
func (s *Source) SawPage(bio bool) {
	mark := "0"
	if bio {
		mark = "1"
	}
	s.Bios += mark
	s.Bios = s.Bios[max(0, len(s.Bios)-bioWindow):]
}

// Check notes what an editor should look at after a good visit at that time.
func (s *Source) Check(at time.Time) {
	switch {
	case !s.HeldSince.IsZero(): // the warning says so
	case s.lostBios():
		s.Warning = fmt.Sprintf("no author's bio was found on the last %d of %d article pages, but on earlier ones; has the site changed how it shows them?", bioless, bioWindow)
	case !s.LastNew.IsZero() && at.Sub(s.LastNew) >= quietFor:
		s.Warning = fmt.Sprintf("no new article for %d days", int(at.Sub(s.LastNew).Hours()/24))
	default:
		s.Warning = ""
	}
}

func (s *Source) lostBios() bool {
	if len(s.Bios) < bioWindow {
		return false
	}
	before, newest := s.Bios[:bioWindow-bioless], s.Bios[bioWindow-bioless:]
	return !strings.Contains(newest, "1") && strings.Count(before, "1") >= biosHadBefore
}

// Health says in a few words how the source is doing at that time.
func (s *Source) Health(at time.Time) string {
	switch {
	case s.Disabled:
		return "switched off"
	case s.Failures > 0 && at.Sub(s.FailingSince) >= time.Hour:
		return fmt.Sprintf("failing since %s: %s", s.FailingSince.UTC().Format("2 January 2006 15:04 UTC"), s.Reason)
	case s.Failures > 0:
		return "failing: " + s.Reason
	case s.Warning != "":
		return s.Warning
	case s.LastGood.IsZero():
		return "not visited yet"
	}
	return "good"
}
