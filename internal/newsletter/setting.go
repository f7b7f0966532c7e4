package newsletter

import (
	"strconv"
	"strings"
)

// Setting is one thing of a Publication that an operator may set, by its name in the API.
type Setting string

// The settings, in the order in which people should read them.
const (
	SettingName          Setting = "name"
	SettingTagline       Setting = "tagline"
	SettingSite          Setting = "site"
	SettingPostalAddress Setting = "postalAddress"
	SettingTheme         Setting = "theme"
	SettingAccent        Setting = "accent"
	SettingLogo          Setting = "logo"
	SettingLogoDark      Setting = "logoDark"
	SettingFrom          Setting = "from"
	SettingFromName      Setting = "fromName"
	SettingReplyTo       Setting = "replyTo"
	SettingLanguage      Setting = "language"
	SettingLanguages     Setting = "languages"
	SettingZone          Setting = "zone"
	SettingTopics        Setting = "topics"
	SettingUTM           Setting = "utm"
	SettingClicks        Setting = "clicks"
)

// settings are what each is called among people, and where it is.
var settings = []struct {
	name  Setting
	words string
	at    func(p *Publication) any // *string, of whatever kind, or *bool
}{
	{SettingName, "name", func(p *Publication) any { return &p.Name }},
	{SettingTagline, "tagline", func(p *Publication) any { return &p.Tagline }},
	{SettingSite, "site", func(p *Publication) any { return &p.Site }},
	{SettingPostalAddress, "postal address", func(p *Publication) any { return &p.PostalAddress }},
	{SettingTheme, "theme", func(p *Publication) any { return (*string)(&p.Theme) }},
	{SettingAccent, "colour", func(p *Publication) any { return &p.Accent }},
	{SettingLogo, "logo", func(p *Publication) any { return &p.Logo }},
	{SettingLogoDark, "logo on dark", func(p *Publication) any { return &p.LogoDark }},
	{SettingFrom, "sender", func(p *Publication) any { return (*string)(&p.From) }},
	{SettingFromName, "sender's name", func(p *Publication) any { return &p.FromName }},
	{SettingReplyTo, "reply-to", func(p *Publication) any { return (*string)(&p.ReplyTo) }},
	{SettingLanguage, "language", func(p *Publication) any { return &p.Language }},
	{SettingLanguages, "languages", func(p *Publication) any { return &p.Languages }},
	{SettingZone, "time zone", func(p *Publication) any { return &p.Zone }},
	{SettingTopics, "topics", func(p *Publication) any { return &p.Topics }},
	{SettingUTM, "parameters of links", func(p *Publication) any { return &p.UTM }},
	{SettingClicks, "counting of clicks", func(p *Publication) any { return &p.Clicks }},
}

// Settings are all there are.
func Settings() (all []Setting) {
	for _, s := range settings {
		all = append(all, s.name)
	}
	return all
}

// Words is what people call it.
func (s Setting) Words() string {
	for _, one := range settings {
		if one.name == s {
			return one.words
		}
	}
	return string(s)
}

func (s Setting) at(p *Publication) any {
	for _, one := range settings {
		if one.name == s {
			return one.at(p)
		}
	}
	return new(string)
}

// Of is what the Publication has, as text; a switch that is off is empty.
func (s Setting) Of(p *Publication) string {
	switch v := s.at(p).(type) {
	case *string:
		return *v
	case *bool:
		if *v {
			return strconv.FormatBool(*v)
		}
	}
	return ""
}

// Put is Of the other way round, without the spaces that people leave. Whether it can be
// is for Check to say.
func (s Setting) Put(p *Publication, typed string) {
	switch v := s.at(p).(type) {
	case *string:
		*v = Line(typed)
	case *bool:
		*v = typed != "" && typed != "false"
	}
}

// Differences are the changes from one Publication to another, as the audit trail has
// them.
func Differences(before, after *Publication) string {
	var changes []string
	for _, s := range settings {
		changes = append(changes, Change(s.words, s.name.Of(before), s.name.Of(after)))
	}
	return strings.TrimSpace(Changes(changes...))
}
