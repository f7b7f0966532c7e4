package plain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Picture is where an img element's picture is, given its attributes: pages that load
// pictures late hide it, and show a stand-in. It may be relative; empty is none.
func Picture(attribute func(name string) string) string {
	for _, name := range []string{"data-src", "data-lazy-src", "data-original", "src"} {
		if at := strings.TrimSpace(attribute(name)); at != "" && !standIn.MatchString(at) {
			return at
		}
	}
	for _, name := range []string{"data-srcset", "data-lazy-srcset", "srcset"} {
		if at := widest(attribute(name)); at != "" {
			return at
		}
	}
	return ""
}

var standIn = regexp.MustCompile(`(?i)^(data|about|blob):|[/_-](blank|spacer|lazy|placeholder|transparent|grey|gray|1x1|pixel)[\w-]*\.(gif|png|svg)`)

// sharpest is as many pixels wide as a picture need be for a mail.
const sharpest = 1600

// Renditions are the pictures of a srcset, the widest first.
func Renditions(srcset string) []string {
	type rendition struct {
		at    string
		width int
	}
	var all []rendition
	for _, candidate := range strings.Split(srcset, ", ") {
		fields := strings.Fields(strings.TrimRight(candidate, ","))
		if len(fields) == 0 || standIn.MatchString(fields[0]) {
			continue
		}
		wide := 0
		if len(fields) > 1 {
			wide, _ = strconv.Atoi(strings.TrimSuffix(fields[1], "w")) // of a density it is 0
		}
		all = append(all, rendition{fields[0], wide})
	}
	slices.SortStableFunc(all, func(a, b rendition) int { return b.width - a.width })
	var list []string
	for _, r := range all {
		list = append(list, r.at)
	}
	return list
}

// widest is the widest picture of a srcset that is not wider than it need be.
func widest(srcset string) string {
	best, width := "", 0
	for _, candidate := range strings.Split(srcset, ", ") {
		fields := strings.Fields(strings.TrimRight(candidate, ","))
		if len(fields) == 0 || standIn.MatchString(fields[0]) {
			continue
		}
		wide := 1
		if len(fields) > 1 {
			wide, _ = strconv.Atoi(strings.TrimSuffix(fields[1], "w")) // of a density it is 0
		}
		if best == "" || wide > width && wide <= sharpest || width > sharpest && wide < width {
			best, width = fields[0], wide
		}
	}
	return best
}
