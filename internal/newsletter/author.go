package newsletter

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Profile is what is known of an Author. Every field may be empty.
type Profile struct {
	Name    string
	Bio     string // plain text
	BioHTML string // sanitised: links and emphasis only
	URL     string // the author's own page; the target of "Learn More →"
	Photo   string // URL of a square picture
}

// Author is one writer of the magazine. What was found and what an editor wrote
// are kept side by side; the editor's word wins, field by field.
type Author struct {
	Key       string
	Found     Profile
	Override  Profile
	BioFrom   string // which way led to the bio: wordpress, json-ld, box, archive …
	CheckedAt time.Time
	Rev       int64
}

// AuthorKey identifies an author by the address of the author's page, or by
// name within the source where there is none.
func AuthorKey(source, name, page string) string {
	id := "page " + CleanURL(page)
	if page == "" {
		id = "name " + source + " " + strings.ToLower(strings.Join(strings.Fields(name), " "))
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// Profile is what readers see: the override where there is one, else what was
// found; a lone "-" leaves a bio, a page or a photo out. An overridden Bio also
// replaces the BioHTML.
func (a *Author) Profile() Profile {
	p := a.Found
	if a.Override.Bio != "" || a.Override.BioHTML != "" {
		p.Bio, p.BioHTML = a.Override.Bio, a.Override.BioHTML
	}
	p.Name = cmp.Or(a.Override.Name, p.Name)
	p.URL = cmp.Or(a.Override.URL, p.URL)
	p.Photo = cmp.Or(a.Override.Photo, p.Photo)
	for _, left := range []*string{&p.Bio, &p.URL, &p.Photo} {
		if *left == nothing {
			*left = ""
		}
	}
	return p
}

// Bioless tells whether an editor wants no bio shown.
func (a *Author) Bioless() bool { return a.Override.Bio == nothing }

// Place is where the author stands in the list of all: by the name that readers see, in
// small letters, then by key.
func (a *Author) Place() string {
	name := strings.ToLower(strings.Join(strings.Fields(a.Profile().Name), " "))
	return Shorten(name, maxPlace) + "\t" + a.Key
}

// maxPlace is how much of a name counts for its place, in characters.
const maxPlace = 100

// hole is a bio from which a template has lost a word: "a content writer at, I".
var hole = regexp.MustCompile(`(?i)\b(at|for|of|from|with)\s*[,.;:]|\(\s*\)|\{\{|\[\s*\]|\b(lorem ipsum|undefined|null)\b`)

// BioHole is where the bio lacks a word, with a few words before it; empty: nowhere.
func (p Profile) BioHole() string {
	at := hole.FindStringIndex(p.Bio)
	if at == nil {
		return ""
	}
	from := max(0, at[0]-24)
	for from > 0 && !utf8.RuneStart(p.Bio[from]) {
		from--
	}
	return strings.TrimSpace(p.Bio[from:at[1]])
}

// lostName is a hole in which the name of a place or a magazine has stood.
var lostName = regexp.MustCompile(`(?i)\b(?:at|for|of|from|with)(\s*)[,.;:]`)

// FillBio is the bio with the word put where a name was lost: "a content writer at, I"
// becomes "a content writer at The Lantern Post, I". Empty: no name was lost.
func (p Profile) FillBio(word string) string {
	at := lostName.FindStringSubmatchIndex(p.Bio)
	if at == nil || word == "" {
		return ""
	}
	return p.Bio[:at[2]] + " " + word + p.Bio[at[3]:]
}

// NeedsLook tells whether an editor should look at the author: readers see no bio, though
// nobody wants it so, or one that lacks a word.
func (a *Author) NeedsLook() bool {
	p := a.Profile()
	return p.Name != "" && (p.Bio == "" && !a.Bioless() || p.BioHole() != "")
}

// Learn takes over what a visit found. A field that the visit did not find keeps
// its earlier value: bios are rare, and a page that lost its box is no reason to
// forget one. It tells whether anything changed.
func (a *Author) Learn(p Profile, from string, at time.Time) bool {
	old := a.Found
	if p.Bio != "" {
		a.Found.Bio, a.Found.BioHTML, a.BioFrom = p.Bio, p.BioHTML, from
	}
	a.Found.Name = cmp.Or(p.Name, old.Name)
	a.Found.URL = cmp.Or(p.URL, old.URL)
	a.Found.Photo = cmp.Or(p.Photo, old.Photo)
	a.CheckedAt = at
	return a.Found != old
}

// Initials stand in for a photo: the first letters of the first and last name.
func (p Profile) Initials() string {
	words := strings.Fields(p.Name)
	if len(words) == 0 {
		return ""
	}
	initials := firstLetter(words[0])
	if len(words) > 1 {
		initials += firstLetter(words[len(words)-1])
	}
	return strings.ToUpper(initials)
}

func firstLetter(word string) string {
	for _, r := range word {
		return string(r)
	}
	return ""
}
