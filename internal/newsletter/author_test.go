package newsletter

import (
	"testing"
	"time"
)

func TestALoneDashLeavesItOut(t *testing.T) {
	a := Author{Found: Profile{Name: "Mara Quill", Bio: "Mara bakes.", BioHTML: "<b>Mara</b> bakes.", URL: "https://x.example/mara", Photo: "https://x.example/m.jpg"},
		Override: Profile{Bio: "-", URL: "-", Photo: "-"}}
	if got := a.Profile(); got != (Profile{Name: "Mara Quill"}) || a.NeedsLook() {
		t.Errorf("%+v, needs a look: %t", got, a.NeedsLook())
	}
}

func TestFillBio(t *testing.T) {
	for _, c := range []struct{ bio, want string }{
		{"As a content writer at, I’m always curious.", "As a content writer at The Lantern Post, I’m always curious."},
		{"She writes for . And bakes.", "She writes for The Lantern Post. And bakes."},
		{"Editor of: bread", "Editor of The Lantern Post: bread"},
		{"Mara ( ) bakes.", ""}, // nobody knows what stood there
		{"Mara bakes at home, and writes.", ""},
		{"", ""},
	} {
		got := Profile{Bio: c.bio}.FillBio("The Lantern Post")
		if got != c.want || got != "" && (Profile{Bio: got}).BioHole() != "" {
			t.Errorf("%q: %q, want %q", c.bio, got, c.want)
		}
	}
	if (Profile{Bio: "A writer at, I bake."}).FillBio("") != "" {
		t.Error("filled with nothing")
	}
}

func TestAuthorKey(t *testing.T) {
	page := AuthorKey("s", "Ada Lovelace", "https://www.example.org/authors/ada/")
	if page != AuthorKey("other", "A. Lovelace", "http://example.org/authors/ada") {
		t.Error("the page of an author does not identify her")
	}
	name := AuthorKey("s", "Ada Lovelace", "")
	if name != AuthorKey("s", "  ada   LOVELACE ", "") {
		t.Error("the name does not identify an author without a page")
	}
	if name == AuthorKey("other", "Ada Lovelace", "") || name == page {
		t.Error("two authors have the same key")
	}
}

func TestAuthorProfile(t *testing.T) {
	found := Profile{Name: "Ada", Bio: "found", BioHTML: "<b>found</b>", URL: "https://example.org/ada", Photo: "p.jpg"}
	for _, c := range []struct {
		name     string
		override Profile
		want     Profile
	}{
		{"nothing overridden", Profile{}, found},
		{"field by field", Profile{Name: "Ada L."}, Profile{"Ada L.", "found", "<b>found</b>", found.URL, found.Photo}},
		{"a plain bio replaces the HTML too", Profile{Bio: "mine"}, Profile{"Ada", "mine", "", found.URL, found.Photo}},
		{"everything", Profile{"N", "b", "<i>b</i>", "u", "q"}, Profile{"N", "b", "<i>b</i>", "u", "q"}},
	} {
		a := Author{Found: found, Override: c.override}
		if got := a.Profile(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestAuthorLearn(t *testing.T) {
	var a Author
	if !a.Learn(Profile{Name: "Ada", Bio: "writes", BioHTML: "<b>writes</b>"}, "box", noon) || a.BioFrom != "box" {
		t.Errorf("the first visit leaves %+v", a)
	}
	later := noon.Add(time.Hour)
	if a.Learn(Profile{Name: "Ada"}, "archive", later) || a.Found.Bio != "writes" || a.BioFrom != "box" || !a.CheckedAt.Equal(later) {
		t.Errorf("a visit that finds no bio leaves %+v", a)
	}
	if !a.Learn(Profile{Bio: "wrote"}, "archive", later) || a.Found != (Profile{Name: "Ada", Bio: "wrote"}) || a.BioFrom != "archive" {
		t.Errorf("a new bio leaves %+v", a)
	}
}

func TestProfileInitials(t *testing.T) {
	for name, want := range map[string]string{"Ada Lovelace": "AL", "ada": "A", "Émile de la Croix": "ÉC", "": "", "  ": "", "村上 春樹": "村春"} {
		if got := (Profile{Name: name}).Initials(); got != want {
			t.Errorf("the initials of %q are %q, want %q", name, got, want)
		}
	}
}

func TestBiosThatNeedALook(t *testing.T) {
	for bio, hole := range map[string]string{
		"": "", "Ada writes about lamps.": "", "A content writer at, I love lamps": "A content writer at,", "Ünder the lamps in the harbour she is a writer for .": "harbour she is a writer for .",
		"Editor of {{site}}": "Editor of {{", "undefined": "undefined",
	} {
		a := Author{Found: Profile{Name: "Ada", Bio: bio}}
		if got := a.Profile().BioHole(); got != hole {
			t.Errorf("%q: hole %q, want %q", bio, got, hole)
		}
		if got := a.NeedsLook(); got != (bio == "" || hole != "") {
			t.Errorf("%q needs a look: %v", bio, got)
		}
	}
	mended := Author{Found: Profile{Name: "Ada"}, Override: Profile{Bio: "Ada writes."}}
	if mended.NeedsLook() || (&Author{}).NeedsLook() {
		t.Error("a bio of ours, or nobody, needs a look")
	}
}
