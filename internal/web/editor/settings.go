package editor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
)

// settingsPage is the publication as it is typed or stored, and as it is used: what the
// environment sets stands above what is stored.
type settingsPage struct {
	Typed, Used newsletter.Publication
	Fixed       map[newsletter.Setting]string
	Fault       *newsletter.Fault
	Theirs      []theirs // what somebody else has saved meanwhile
	Light, Dark string   // the colour on light and on dark surfaces
	Says        string   // of its contrast
	Surface     string   // that the colour must be readable on
	Least       float64
	MayEdit     bool
	Looked      bool // at the sender and the logo
	Findings    []newsletter.Finding
}

// theirs is a setting that is not what was typed.
type theirs struct{ Words, Value string }

// settingField is one setting on the page.
type settingField struct {
	Name  newsletter.Setting
	Value string // as typed
	Used  string // as it holds now
	Fixed string // where it is set, if not here
	Fault string // what is wrong with what was typed
	Off   bool   // it cannot be changed by this person, or here

	Label, Hint, Placeholder string
	Kind                     string // of its field
}

// Of is a setting by its name.
func (s settingsPage) Of(name newsletter.Setting) settingField {
	f := settingField{Name: name, Value: name.Of(&s.Typed), Used: name.Of(&s.Used), Fixed: s.Fixed[name]}
	if f.Fixed != "" {
		f.Value = f.Used
	}
	if s.Fault != nil && s.Fault.Field == string(name) {
		f.Fault = sentence(s.Fault.Text)
	}
	f.Off = f.Fixed != "" || !s.MayEdit
	return f
}

// Say words the field. Where it is empty, it shows what holds all the same.
func (f settingField) Say(label, hint, placeholder, kind string) settingField {
	f.Label, f.Hint, f.Placeholder, f.Kind = label, hint, cmp.Or(f.Used, placeholder), kind
	if f.Fixed != "" {
		f.Hint = "Set by " + f.Fixed + "; change it there."
	}
	return f
}

// Described names what is said of it.
func (f settingField) Described() string {
	var parts []string
	if f.Hint != "" || f.Name == newsletter.SettingAccent {
		parts = append(parts, string(f.Name)+"-hint")
	}
	if f.Fault != "" {
		parts = append(parts, string(f.Name)+"-fault")
	}
	return strings.Join(parts, " ")
}

// themeCard is a theme in words, to choose.
type themeCard struct {
	Name   newsletter.Theme
	Value  string // empty for what it is where nothing was chosen
	Look   string
	Chosen bool
}

var themeLooks = map[newsletter.Theme]string{newsletter.Editorial: "serif titles on paper", newsletter.Modern: "the name on a band of colour", newsletter.Compact: "a list with small pictures"}

// Themes are those to choose from.
func (s settingsPage) Themes() (cards []themeCard) {
	chosen := newsletter.Theme(cmp.Or(s.Of(newsletter.SettingTheme).Value, string(newsletter.Editorial)))
	for _, t := range newsletter.Themes() {
		card := themeCard{Name: t, Value: string(t), Look: themeLooks[t], Chosen: t == chosen}
		if t == newsletter.Editorial && s.Typed.Theme == "" {
			card.Value = ""
		}
		cards = append(cards, card)
	}
	return cards
}

func (p *Pages) settings(v *visit) (page, error) {
	stored, err := p.storedSettings(v)
	if err != nil {
		return page{}, err
	}
	return p.settingsWith(v, stored, nil)
}

func (p *Pages) storedSettings(v *visit) (newsletter.Publication, error) {
	stored, err := p.Store.Publication(v.Context())
	if errors.Is(err, newsletter.ErrNotFound) {
		err = nil
	}
	return stored, err
}

// settingsWith shows settings that may not be saved yet, with the reason.
func (p *Pages) settingsWith(v *visit, typed newsletter.Publication, why error) (page, error) {
	used, err := p.Publication(v.Context())
	if err != nil {
		return page{}, err
	}
	body := settingsPage{Typed: typed, Used: used, Fixed: p.Desk.Fixed, Surface: newsletter.CardSurface, Least: newsletter.MinContrast, MayEdit: v.person.May(newsletter.RoleOperator) == nil}
	accent := body.Of(newsletter.SettingAccent).Value
	body.Light, body.Dark = render.Accents(accent)
	body.Says = contrast(cmp.Or(accent, body.Light))
	shown := page{name: "settings", title: "Settings", frames: true}
	if changed := (*desk.SettingsChangedError)(nil); errors.As(why, &changed) {
		shown.status, body.Typed.Rev = http.StatusConflict, changed.Now.Rev
		for _, s := range newsletter.Settings() {
			if now := s.Of(&changed.Now); now != s.Of(&typed) {
				body.Theirs = append(body.Theirs, theirs{s.Words(), now})
			}
		}
	} else if errors.As(why, &body.Fault) {
		shown.status = http.StatusUnprocessableEntity
	}
	if body.Looked = v.Method == http.MethodGet && v.URL.Query().Get("look") != ""; body.Looked {
		body.Findings = p.Composer.Standing(v.Context(), &used)
	}
	if body.MayEdit {
		shown.scripts = []string{"contrast", "live", "keep"}
	}
	shown.body = body
	return shown, nil
}

// contrast says of a colour what contrast.js does; empty: it is none.
func contrast(accent string) string {
	ratio, err := newsletter.Contrast(accent, newsletter.CardSurface)
	if err != nil {
		return ""
	}
	verdict := "readable"
	if newsletter.CheckAccent(accent) != nil {
		verdict = "too light to be read"
	}
	return fmt.Sprintf("%.1f to 1: %s.", math.Floor(ratio*10)/10, verdict)
}

// typedSettings are the stored ones with those of the form over them.
func (p *Pages) typedSettings(v *visit) (newsletter.Publication, error) {
	rev, err := form(v)
	if err != nil {
		return newsletter.Publication{}, err
	}
	typed, err := p.storedSettings(v)
	typed.Rev = rev
	for _, s := range newsletter.Settings() {
		if values := v.PostForm[string(s)]; len(values) > 0 { // a switch that is on comes twice
			s.Put(&typed, values[len(values)-1])
		}
	}
	return typed, err
}

func (p *Pages) saveSettings(w http.ResponseWriter, v *visit) {
	typed, err := p.typedSettings(v)
	if err == nil {
		err = p.Desk.SaveSettings(v.Context(), v.person, typed)
	}
	if err == nil {
		http.Redirect(w, v.Request, "/desk/settings?done=saved&look=1", http.StatusSeeOther)
		return
	}
	p.answer(w, v, func(*visit) (page, error) {
		changed, fault := (*desk.SettingsChangedError)(nil), (*newsletter.Fault)(nil)
		if errors.As(err, &changed) || errors.As(err, &fault) {
			return p.settingsWith(v, typed, err)
		}
		return page{}, err
	})
}

// trySettings shows the mail with settings that are typed. It saves nothing.
func (p *Pages) trySettings(w http.ResponseWriter, v *visit) {
	typed, err := p.typedSettings(v)
	if err != nil {
		p.tell(w, v, tried{}, err)
		return
	}
	mail, err := p.Desk.TrySettings(v.Context(), v.person, typed)
	nobody := recipient(&newsletter.Subscriber{})
	t := tried{HTML: inScheme(newsletter.Splice(mail.HTML, nobody.Value), scheme(v)), Subject: newsletter.Splice(mail.Subject, nobody.Value), Preheader: senderOf(&typed)}
	t.KB, t.Share = weight(&mail)
	_, t.Dark = render.Accents(typed.Accent)
	p.tell(w, v, t, err)
}

// senderOf is how mailboxes show who mails.
func senderOf(p *newsletter.Publication) string { return "from " + cmp.Or(p.FromName, p.Name) }

func scheme(v *visit) string {
	if v.FormValue("look") == darkLook {
		return darkLook
	}
	return lightLook
}

// sampleFrame is the mail with the settings as they are, for a frame: live.js puts
// others in its place.
func (p *Pages) sampleFrame(w http.ResponseWriter, v *visit) {
	used, err := p.Publication(v.Context())
	mail := newsletter.Mail{}
	if err == nil {
		mail, err = p.Composer.Sample(v.Context(), used)
	}
	p.showSample(w, v, mail, err, " allow-same-origin")
}

// tryFrame answers the frame of a browser without script: the mail with the settings that
// are typed. It saves nothing.
func (p *Pages) tryFrame(w http.ResponseWriter, v *visit) {
	typed, err := p.typedSettings(v)
	mail := newsletter.Mail{}
	if err == nil {
		mail, err = p.Desk.TrySettings(v.Context(), v.person, typed)
	}
	p.showSample(w, v, mail, err, "")
}

func (p *Pages) showSample(w http.ResponseWriter, v *visit, mail newsletter.Mail, err error, also string) {
	html := inScheme(newsletter.Splice(mail.HTML, recipient(&newsletter.Subscriber{}).Value), scheme(v))
	if err != nil {
		found, typed := p.note(v, err), (*newsletter.Fault)(nil)
		text := found.title + ". " + found.text
		if errors.As(err, &typed) {
			text = sentence(typed.Text)
		}
		html = faultFrame(text)
	}
	frameHeaders(w, "http: https: data:", "sandbox allow-popups allow-popups-to-escape-sandbox"+also)
	_, _ = io.WriteString(w, html) // nobody is left to tell
}
