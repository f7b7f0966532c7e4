package newsletter

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestCheckOfSettings(t *testing.T) {
	good := Publication{Logo: "https://example.org/l.png?w=2", LogoDark: "http://example.org/d.png", Site: "https://example.org", Theme: Modern, Accent: "#9a2c1e", Zone: "Europe/Berlin",
		Language: "de-AT", Languages: "en fr", Topics: "Sea, Bread", UTM: "source=mail campaign={issue}"}
	for _, p := range []Publication{{}, good} {
		if err := p.Check(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for field, spoil := range map[string]func(p *Publication){
		"logo":      func(p *Publication) { p.Logo = "javascript:alert(1)" },
		"logoDark":  func(p *Publication) { p.LogoDark = "https://" },
		"site":      func(p *Publication) { p.Site = "example.org" },
		"theme":     func(p *Publication) { p.Theme = "gothic" },
		"accent":    func(p *Publication) { p.Accent = "#ffdd00" }, // too light
		"zone":      func(p *Publication) { p.Zone = "Local" },
		"language":  func(p *Publication) { p.Language = "x" },
		"languages": func(p *Publication) { p.Languages = "de klingonisch" },
		"topics":    func(p *Publication) { p.Topics = "Sea" },
		"from":      func(p *Publication) { p.From = "nobody" },
		"replyTo":   func(p *Publication) { p.ReplyTo = "a@example.org, b@example.org" },
		"fromName":  func(p *Publication) { p.FromName = strings.Repeat("é", 121) },
		"tagline":   func(p *Publication) { p.Tagline = strings.Repeat("é", 301) },
		"utm":       func(p *Publication) { p.UTM = "colour=red" },
	} {
		p := good
		spoil(&p)
		fault := (*Fault)(nil)
		if err := p.Check(); !errors.As(err, &fault) || fault.Field != field || fault.Text == "" || !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestSettingsAreAllOfThePublication: each can be put and read, and there is no field that
// nobody can set but those that are not for people.
func TestSettingsAreAllOfThePublication(t *testing.T) {
	var p Publication
	for _, s := range Settings() {
		before := p
		if s.Put(&p, "  some \n thing "); p == before || s.Of(&p) != "some thing" && s.Of(&p) != "true" || s.Words() == "" {
			t.Errorf("%s: %q", s, s.Of(&p))
		}
		if Differences(&before, &p) == "" {
			t.Errorf("%s: no difference", s)
		}
	}
	own := map[string]bool{"BaseURL": true, "PepperPrint": true, "Rev": true}
	for i := range reflect.TypeFor[Publication]().NumField() {
		if f := reflect.TypeFor[Publication]().Field(i); reflect.ValueOf(p).Field(i).IsZero() != own[f.Name] {
			t.Errorf("%s is no setting", f.Name)
		}
	}
	for _, off := range []string{"", "false"} {
		if SettingClicks.Put(&p, off); p.Clicks || SettingClicks.Of(&p) != "" {
			t.Errorf("%q switches on", off)
		}
	}
}
