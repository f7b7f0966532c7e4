package newsletter

import (
	"errors"
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
