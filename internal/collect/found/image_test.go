package found

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestWhichPicturesSuit(t *testing.T) {
	at := func(link string, width, height int) newsletter.Image {
		return newsletter.Image{URL: "https://example.org/" + link, Width: width, Height: height}
	}
	for name, tt := range map[string]struct {
		image newsletter.Image
		want  bool
	}{
		"of unknown size":     {at("a.jpg", 0, 0), true},
		"large":               {at("a.jpg", 1200, 630), true},
		"a portrait":          {at("a.jpg", 600, 900), true},
		"none":                {newsletter.Image{}, false},
		"a logo":              {at("site-logo.png", 0, 0), false},
		"a face":              {at("avatar/ada.jpg", 0, 0), false},
		"a pixel":             {at("a.gif", 1, 1), false},
		"a pixel by its name": {at("t/pixel.gif", 0, 0), false},
		"about a logo":        {at("new-logo-of-the-harbour.jpg", 0, 0), true},
		"about tracking":      {at("tracking-storms.jpg", 0, 0), true},
		"a logo by its name":  {at("logo-white.svg", 0, 0), false},
		"an icon":             {at("a.png", 96, 96), false},
		"a banner":            {at("a.jpg", 970, 90), false},
		"a wide banner":       {at("a.jpg", 970, 200), false},
		"a column":            {at("a.jpg", 200, 700), false},
		"small by its name":   {Sized(at("a-150x150.jpg", 0, 0)), false},
		"large by its name":   {Sized(at("a-1024x683.jpg?x=1", 0, 0)), true},
	} {
		if got := Suits(tt.image); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatIsShownEverywhere(t *testing.T) {
	for link, want := range map[string]bool{
		"https://example.org/a.jpg": true, "https://example.org/a.PNG?x=1": true, "https://example.org/a": true, "https://example.org/a.gif": true, "https://example.org/a?format=jpg": true,
		"https://example.org/a.webp": false, "https://example.org/a.jpg.webp?x": false, "https://example.org/a.AVIF": false, "https://example.org/a.svg": false,
		"https://example.org/a.jpg?fm=webp": false, "https://example.org/a.jpg?w=1&format=avif": false, "https://example.org/w_600,f_webp/a.jpg": false,
	} {
		if got := ShownEverywhere(link); got != want {
			t.Errorf("%s: %v", link, got)
		}
	}
}
