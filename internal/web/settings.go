package web

import (
	"errors"
	"net/http"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// settingsBody is what an operator may change of the publication.
type settingsBody struct {
	Name          string `json:"name"`
	Tagline       string `json:"tagline"`
	PostalAddress string `json:"postalAddress"`
	Accent        string `json:"accent"`
	Logo          string `json:"logo"`
	LogoDark      string `json:"logoDark"`
	Languages     string `json:"languages"`
	ReplyTo       string `json:"replyTo"`
	Theme         string `json:"theme"`
	Site          string `json:"site"`
	Zone          string `json:"zone"`
	Language      string `json:"language"`
	Topics        string `json:"topics"`
}

func newSettingsBody(p *newsletter.Publication) settingsBody {
	return settingsBody{p.Name, p.Tagline, p.PostalAddress, p.Accent, p.Logo, p.LogoDark, p.Languages, string(p.ReplyTo), string(p.Theme), p.Site, p.Zone, p.Language, p.Topics}
}

// settings are those that are stored. What the environment sets stands above them: used
// is what counts.
func (s *Site) settings(r *call) (reply, error) {
	stored, err := s.Store.Publication(r.Context())
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return reply{}, err
	}
	used, err := s.Publication(r.Context())
	return reply{status: http.StatusOK, etag: etag(stored.Rev), body: map[string]any{"stored": newSettingsBody(&stored), "used": newSettingsBody(&used)}}, err
}

// changeSettings takes {"name": "…"}; what is left out stays.
func (s *Site) changeSettings(r *call) (reply, error) {
	rev, err := version(r)
	if err != nil {
		return reply{}, err
	}
	stored, err := s.Store.Publication(r.Context())
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return reply{}, err
	}
	body := newSettingsBody(&stored)
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	err = s.Office.SaveSettings(r.Context(), r.by, newsletter.Publication{Name: body.Name, Tagline: body.Tagline, PostalAddress: body.PostalAddress, Accent: body.Accent, Logo: body.Logo, LogoDark: body.LogoDark,
		Languages: body.Languages, ReplyTo: newsletter.Address(body.ReplyTo), Theme: newsletter.Theme(body.Theme), Site: body.Site, Zone: body.Zone, Language: body.Language, Topics: body.Topics, Rev: rev})
	if err != nil {
		return reply{}, changing(err)
	}
	return s.settings(r)
}
