package editor

import (
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
)

// settingsPage is the publication as it is stored, and as it is used: what the
// environment sets stands above what is stored.
type settingsPage struct {
	Stored, Used newsletter.Publication
	Dark         string // the colour on dark surfaces
	Surface      string // that the colour must be readable on
	Least        float64
	MayEdit      bool
	Themes       []themeRow
}

// themeRow is a theme in words.
type themeRow struct {
	Name newsletter.Theme
	Look string
}

var themes = []themeRow{{newsletter.Editorial, "serif titles on paper"}, {newsletter.Modern, "the name on a band of colour"}, {newsletter.Compact, "a list with small pictures"}}

func (p *Pages) settings(v *visit) (page, error) {
	stored, err := p.Store.Publication(v.Context())
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return page{}, err
	}
	used, err := p.Publication(v.Context())
	_, dark := render.Accents(used.Accent)
	return page{name: "settings", title: "Settings", body: settingsPage{stored, used, dark, newsletter.CardSurface, newsletter.MinContrast, v.person.May(newsletter.RoleOperator) == nil, themes}, scripts: []string{"contrast", "keep"}}, err
}

func (p *Pages) saveSettings(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	err = p.Desk.SaveSettings(v.Context(), v.person, newsletter.Publication{Name: v.PostFormValue("name"), Tagline: v.PostFormValue("tagline"), PostalAddress: v.PostFormValue("postal"),
		Accent: v.PostFormValue("accent"), Logo: v.PostFormValue("logo"), LogoDark: v.PostFormValue("logo-dark"), Languages: v.PostFormValue("languages"),
		ReplyTo: newsletter.Address(v.PostFormValue("reply-to")), Theme: newsletter.Theme(v.PostFormValue("theme")), Site: v.PostFormValue("site"),
		Zone: v.PostFormValue("zone"), Language: v.PostFormValue("language"), Topics: v.PostFormValue("topics"), Rev: rev})
	if errors.Is(err, newsletter.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errSettings, err)
	}
	return "/desk/settings?done=saved", err
}

var errSettings = errors.New("editor: settings that cannot be")
