package web

import (
	"errors"
	"maps"
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
	From          string `json:"from"`
	FromName      string `json:"fromName"`
	UTM           string `json:"utm"`
	Clicks        bool   `json:"clicks"`
}

func newSettingsBody(p *newsletter.Publication) settingsBody {
	return settingsBody{p.Name, p.Tagline, p.PostalAddress, p.Accent, p.Logo, p.LogoDark, p.Languages, string(p.ReplyTo), string(p.Theme), p.Site, p.Zone, p.Language, p.Topics,
		string(p.From), p.FromName, p.UTM, p.Clicks}
}

// settings are those that are stored. What the environment sets stands above them: used
// is what counts, and fixed says which of them are set where.
func (s *Site) settings(r *call) (reply, error) {
	stored, err := s.Store.Publication(r.Context())
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return reply{}, err
	}
	used, err := s.Publication(r.Context())
	return reply{status: http.StatusOK, etag: etag(stored.Rev), body: map[string]any{"stored": newSettingsBody(&stored), "used": newSettingsBody(&used), "fixed": s.fixed()}}, err
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
		Languages: body.Languages, ReplyTo: newsletter.Address(body.ReplyTo), Theme: newsletter.Theme(body.Theme), Site: body.Site, Zone: body.Zone, Language: body.Language, Topics: body.Topics,
		From: newsletter.Address(body.From), FromName: body.FromName, UTM: body.UTM, Clicks: body.Clicks, Rev: rev})
	if err != nil {
		return reply{}, changing(err)
	}
	return s.settings(r)
}

// fixed is never nil: JSON has no settings that are null.
func (s *Site) fixed() map[newsletter.Setting]string {
	fixed := map[newsletter.Setting]string{}
	maps.Copy(fixed, s.Office.Fixed)
	return fixed
}
