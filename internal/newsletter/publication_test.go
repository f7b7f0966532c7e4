package newsletter

import "testing"

func TestPublicationLocation(t *testing.T) {
	for zone, want := range map[string]string{"Europe/Berlin": "Europe/Berlin", "": "UTC", "Mars/Olympus": "UTC"} {
		if got := (Publication{Zone: zone}).Location().String(); got != want {
			t.Errorf("the location of %q is %s, want %s", zone, got, want)
		}
	}
}

func TestPublicationLinks(t *testing.T) {
	p := Publication{BaseURL: "https://mail.example.org"}
	if got := p.UnsubscribeURL("t.o-k_en"); got != "https://mail.example.org/unsubscribe/t.o-k_en" {
		t.Error(got)
	}
	if got := p.IssueURL("weekly-1"); got != "https://mail.example.org/issues/weekly-1" {
		t.Error(got)
	}
}

func TestAdoptFillsOnlyWhatNobodyHasSet(t *testing.T) {
	source := Source{URL: "https://mag.example.org/feed", Title: "The Lantern Post", Tagline: "light reading", Language: "en"}
	p := Publication{Name: "Ours"}
	if !p.Adopt(&source) {
		t.Error("nothing changed")
	}
	if want := (Publication{Name: "Ours", Tagline: "light reading", Site: "https://mag.example.org/feed", Language: "en"}); p != want {
		t.Errorf("%+v", p)
	}
	if p.Adopt(&Source{Title: "Another", URL: "https://other.example.org"}) {
		t.Errorf("a second source changed it: %+v", p)
	}
}
