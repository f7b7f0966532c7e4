package render

import "strings"

// rightToLeft are the languages whose script runs that way.
var rightToLeft = map[string]bool{"ar": true, "he": true, "fa": true, "ur": true, "ps": true, "yi": true, "ckb": true, "dv": true, "ug": true, "sd": true}

// sides are where lines start and end in a language (BCP 47), and its dir
// attribute.
func sides(lang string) (start, end, dir string) {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if rightToLeft[primary] {
		return "right", "left", "rtl"
	}
	return "left", "right", "ltr"
}
