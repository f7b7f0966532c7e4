// Package config reads the settings, once, at the start of a program: from the
// environment, and locally also from flags of the same meaning. It reports every
// fault at once, with the name of the setting and what would be right. No setting
// is needed to try Masthead on a laptop.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// Settings are what an operator may set. The comment of each field is its
// documentation; Variables lists them with the names of their variables.
type Settings struct {
	Name          string             // of the publication; else what the first source calls itself
	Tagline       string             // one line under the name; else the source's
	Site          string             // home page; else the source's
	From          newsletter.Address // sender of the mails
	ReplyTo       newsletter.Address // where replies go; else From
	PostalAddress string             // shown at the end of each mail, as anti-spam laws ask
	Language      string             // BCP 47, as en or de-AT; else the source's
	Zone          string             // IANA time zone of the schedule, as Europe/Berlin
	Languages     string             // in which the mail's own words are offered as well
	Theme         newsletter.Theme   // look of the mails
	Logo          string             // picture in place of the name
	LogoDark      string             // the same for dark surfaces
	Accent        string             // colour of the mails, #rrggbb, dark enough to be read
	Clicks        *bool              // links of mails lead by way of our own redirect, which counts; nil: as it is set at the desk
	UTM           string             // of the links to the sources' own sites, as newsletter.ParseUTM reads it
	BaseURL       string             // public address of Masthead's own pages; links in mails lead there

	Sources     []string // sites or feeds to collect from
	Cadence     newsletter.Cadence
	Weekday     time.Weekday // of a weekly schedule
	Hour        int
	Minute      int
	Review      bool                 // an editor must approve each issue
	Rate        float64              // messages per second at most; 0: no limit of ours
	Workers     int                  // that may send at once
	Canary      newsletter.Canary    // a few readers first
	Welcome     bool                 // who confirms is mailed the latest issue
	Topics      string               // categories that readers may choose among, with commas between
	Unlisted    bool                 // search engines are kept away from the archive
	BackupDays  int                  // for which backups of the readers are kept
	Spread      bool                 // a run that the day's quota does not hold may take days
	Editors     []newsletter.Address // who may sign in to the desk and make issues
	Operators   []newsletter.Address // the same, and settings, sources, tokens, readers
	EditorToken string               // first token of the API, with the role operator; empty: only those made at the desk

	Challenge newsletter.Challenge // before a sign-up; none: the form needs no script
	Proxies   []netip.Prefix       // networks of reverse proxies whose header X-Forwarded-For is believed; none: nobody's

	// On a laptop.
	RemoteToken  string             // of the API of a deployed stack, for commands with -remote
	Data         string             // folder of the SQLite file
	Readers      []string           // subscribed by a digest pass
	Listen       string             // address of the local server
	SMTP         string             // mail server, smtp://user:password@host:port; empty: the outbox
	BounceFrom   newsletter.Address // what mail that comes back is addressed to, behind a + and a token for each reader; empty: the sender, and nothing is known
	BounceBox    string             // mailbox that it arrives in, imaps://user:password@host:port/folder; empty: none is read
	Templates    string             // folder of templates and words that take the place of the built-in ones
	DKIM         string             // keys that sign, as selector:file, separated by spaces; empty: nothing is signed here
	Out          string             // folder of the outbox; empty: outbox in Data
	AllowPrivate bool               // the sources' own host:port may be a private address

	// On AWS, set by template.yaml.
	Table            string // DynamoDB table
	Queue            string // URL of the lane queue
	ConfigurationSet string // of Amazon SES
	Secrets          string // path in SSM Parameter Store under which token-keys and pepper lie
}

// Variable is a setting as an environment variable.
type Variable struct {
	Name  string
	Help  string
	Value string // the default
	set   func(s *Settings, value string) error
}

// Variables are all settings, in the order in which people should read them.
var Variables = []Variable{
	{"MASTHEAD_NAME", "name of the publication; else what the first source calls itself", "", text(func(s *Settings) *string { return &s.Name })},
	{"MASTHEAD_TAGLINE", "one line under the name; else the source's", "", text(func(s *Settings) *string { return &s.Tagline })},
	{"MASTHEAD_SITE", "home page; else the source's", "", webAddress(func(s *Settings) *string { return &s.Site })},
	{"MASTHEAD_FROM", "sender of the mails; else " + string(placeholderFrom) + ", which only suits a trial", "", mailAddress(func(s *Settings) *newsletter.Address { return &s.From })},
	{"MASTHEAD_REPLY_TO", "where replies go; else the sender", "", mailAddress(func(s *Settings) *newsletter.Address { return &s.ReplyTo })},
	{"MASTHEAD_POSTAL_ADDRESS", "shown at the end of each mail, as anti-spam laws ask", "", text(func(s *Settings) *string { return &s.PostalAddress })},
	{"MASTHEAD_LANGUAGE", "language of the publication, as en or de-AT; else the source's", "", checked(func(s *Settings) *string { return &s.Language }, func(p *newsletter.Publication, v string) { p.Language = v })},
	{"MASTHEAD_LANGUAGES", "languages in which the mail's own words are offered as well, as de fr: a reader gets theirs", "", checked(func(s *Settings) *string { return &s.Languages }, func(p *newsletter.Publication, v string) { p.Languages = v })},
	{"MASTHEAD_ZONE", "time zone of the schedule, as Europe/Berlin; else UTC", "", checked(func(s *Settings) *string { return &s.Zone }, func(p *newsletter.Publication, v string) { p.Zone = v })},
	{"MASTHEAD_ACCENT", "colour of the mails, #rrggbb, dark enough to be read; else brick red", "", checked(func(s *Settings) *string { return &s.Accent }, func(p *newsletter.Publication, v string) { p.Accent = v })},
	{"MASTHEAD_THEME", "look of the mails: editorial, modern or compact; else what is set at the desk, or editorial", "", checked(func(s *Settings) *string { return (*string)(&s.Theme) }, func(p *newsletter.Publication, v string) { p.Theme = newsletter.Theme(v) })},
	{"MASTHEAD_LOGO", "picture in place of the name in mails, shown 40 px high", "", checked(func(s *Settings) *string { return &s.Logo }, func(p *newsletter.Publication, v string) { p.Logo = v })},
	{"MASTHEAD_LOGO_DARK", "the same for dark surfaces", "", checked(func(s *Settings) *string { return &s.LogoDark }, func(p *newsletter.Publication, v string) { p.LogoDark = v })},
	{"MASTHEAD_UTM", "what links to the sources' own sites tell their statistics, as source=newsletter medium=email campaign={issue}; else what is set at the desk, or links stay clean", "", checked(func(s *Settings) *string { return &s.UTM }, func(p *newsletter.Publication, v string) { p.UTM = v })},
	{"MASTHEAD_CLICKS", "true: links of mails lead by way of Masthead's own pages, which count how often each is followed, not by whom; false: they do not; else what is set at the desk, or they do not", "", clicks},
	{"MASTHEAD_BASE_URL", "public address of Masthead's own pages; links in mails lead there", "", webAddress(func(s *Settings) *string { return &s.BaseURL })},
	{"MASTHEAD_SOURCES", "sites or feeds to collect from, separated by spaces", "", list(func(s *Settings) *[]string { return &s.Sources })},
	{"MASTHEAD_SCHEDULE", "when issues are sent: daily 07:00, or monday 07:00", "monday 07:00", schedule},
	{"MASTHEAD_REVIEW", "true: an editor must approve each issue", "false", boolean(func(s *Settings) *bool { return &s.Review })},
	{"MASTHEAD_RATE", "messages per second at most; 0: no limit", "0", rate},
	{"MASTHEAD_WORKERS", "workers that may send at once: deliver functions on AWS", "1", workers},
	{"MASTHEAD_SPREAD", "true: an issue that the day's quota of the mail provider does not hold is spread over days; else it waits for a resume", "false", boolean(func(s *Settings) *bool { return &s.Spread })},
	{"MASTHEAD_CANARY", "mail a few readers first and wait for what comes back: 2% 30m, and the bounces and complaints up to which it goes on, as 2% 30m 4% 0.1%; empty: no", "", canary},
	{"MASTHEAD_EDITORS", "addresses of those who make issues at the desk, separated by spaces", "", addresses(func(s *Settings) *[]newsletter.Address { return &s.Editors })},
	{"MASTHEAD_OPERATORS", "addresses of those who look after settings, sources and readers as well", "", addresses(func(s *Settings) *[]newsletter.Address { return &s.Operators })},
	{"MASTHEAD_WELCOME", "false: who confirms is not mailed the latest issue", "true", boolean(func(s *Settings) *bool { return &s.Welcome })},
	{"MASTHEAD_TOPICS", "categories of the articles that readers may choose among, as Science, Food & Drink; empty: no choice", "", checked(func(s *Settings) *string { return &s.Topics }, func(p *newsletter.Publication, v string) { p.Topics = v })},
	{"MASTHEAD_UNLISTED", "true: search engines are asked to leave the archive and all pages alone", "false", boolean(func(s *Settings) *bool { return &s.Unlisted })},
	{"MASTHEAD_BACKUP_DAYS", "for how many days backups are kept; readers who are erased are told", "35", backupDays},
	{"MASTHEAD_EDITOR_TOKEN", "first bearer token of the API, 16 characters at least; more, with roles, are made at the desk", "", editorToken},
	{"MASTHEAD_CHALLENGE", "what the sign-up form asks of browsers, against machines: altcha (a puzzle, asks no service), or turnstile or hcaptcha with SITEKEY SECRET; empty: nothing, and the form needs no script", "", challenge},
	{"MASTHEAD_PROXY", "reverse proxies whose X-Forwarded-For is believed, as 127.0.0.1 10.0.0.0/8: limits then count the networks of readers; empty: none", "", proxies},
	{"MASTHEAD_REMOTE_TOKEN", "token of the API of a deployed stack, for readers import and export with -remote (laptop)", "", text(func(s *Settings) *string { return &s.RemoteToken })},
	{"MASTHEAD_DATA", "folder of the SQLite file (laptop)", "./.masthead", text(func(s *Settings) *string { return &s.Data })},
	{"MASTHEAD_TO", "readers to subscribe at a digest pass, separated by spaces (laptop)", "", list(func(s *Settings) *[]string { return &s.Readers })},
	{"MASTHEAD_LISTEN", "address of the local server (laptop)", "127.0.0.1:8080", text(func(s *Settings) *string { return &s.Listen })},
	{"MASTHEAD_SMTP", "mail server, smtp://user:password@host:port; empty: the outbox (laptop)", "", text(func(s *Settings) *string { return &s.SMTP })},
	{"MASTHEAD_BOUNCE_ADDRESS", "where mail that cannot be delivered comes back to, as bounce@news.example.org: each reader's has a signed token behind a +, so its server must take bounce+…@; empty: to the sender (laptop)", "", mailAddress(func(s *Settings) *newsletter.Address { return &s.BounceFrom })},
	{"MASTHEAD_BOUNCE_MAILBOX", "mailbox in which it arrives, imaps://user:password@mail.example.org:993; read every five minutes, and by nothing else; empty: none (laptop)", "", text(func(s *Settings) *string { return &s.BounceBox })},
	{"MASTHEAD_TEMPLATES", "folder with files mail/… and words/… that take the place of the built-in ones of the same name (laptop)", "", text(func(s *Settings) *string { return &s.Templates })},
	{"MASTHEAD_DKIM", "keys that sign the mails (DKIM), as mail1:path/to/key.pem, separated by spaces; local dkim new makes one; empty: the mail server signs (laptop)", "", text(func(s *Settings) *string { return &s.DKIM })},
	{"MASTHEAD_OUT", "folder of the outbox; empty: outbox in the data folder (laptop)", "", text(func(s *Settings) *string { return &s.Out })},
	{"MASTHEAD_ALLOW_PRIVATE", "true: the sources' own host:port may be a private address (laptop)", "false", boolean(func(s *Settings) *bool { return &s.AllowPrivate })},
	{"MASTHEAD_TABLE", "DynamoDB table (AWS, set by template.yaml)", "", text(func(s *Settings) *string { return &s.Table })},
	{"MASTHEAD_QUEUE", "URL of the lane queue (AWS, set by template.yaml)", "", text(func(s *Settings) *string { return &s.Queue })},
	{"MASTHEAD_CONFIGURATION_SET", "Amazon SES configuration set (AWS, set by template.yaml)", "", text(func(s *Settings) *string { return &s.ConfigurationSet })},
	{"MASTHEAD_SECRETS", "path in SSM Parameter Store of token-keys and pepper (AWS, set by template.yaml)", "", text(func(s *Settings) *string { return &s.Secrets })},
}

// Load reads the settings through getenv, as os.Getenv. The error joins all
// faults; each wraps newsletter.ErrInvalid.
func Load(getenv func(string) string) (Settings, error) {
	var s Settings
	var faults []error
	for _, v := range Variables {
		value := strings.TrimSpace(getenv(v.Name))
		if value == "" {
			value = v.Value
		}
		if value == "" {
			continue
		}
		if err := v.set(&s, value); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", v.Name, err))
		}
	}
	return s, errors.Join(faults...)
}

// Require reports which of the named variables are empty.
func Require(getenv func(string) string, names ...string) error {
	var faults []error
	for _, name := range names {
		if strings.TrimSpace(getenv(name)) == "" {
			faults = append(faults, fmt.Errorf("%s is not set: %w", name, newsletter.ErrInvalid))
		}
	}
	return errors.Join(faults...)
}

// placeholderFrom is the sender of a trial (RFC 2606 keeps its domain free).
const placeholderFrom newsletter.Address = "digest@news.example.org"

// Apply puts the settings over the stored publication: what is set wins.
func (s *Settings) Apply(p newsletter.Publication) newsletter.Publication {
	for _, field := range []struct {
		to   *string
		with string
	}{
		{&p.Name, s.Name}, {&p.Tagline, s.Tagline}, {&p.Site, s.Site}, {&p.PostalAddress, s.PostalAddress}, {&p.Language, s.Language},
		{&p.Languages, s.Languages}, {(*string)(&p.Theme), string(s.Theme)}, {&p.Logo, s.Logo}, {&p.LogoDark, s.LogoDark},
		{&p.Topics, s.Topics}, {&p.Zone, s.Zone}, {&p.Accent, s.Accent}, {&p.UTM, s.UTM}, {&p.BaseURL, s.BaseURL},
	} {
		if field.with != "" {
			*field.to = field.with
		}
	}
	if s.Clicks != nil {
		p.Clicks = *s.Clicks
	}
	p.From = cmp.Or(s.From, p.From, placeholderFrom)
	if s.ReplyTo != "" {
		p.ReplyTo = s.ReplyTo
	}
	return p
}

// fixing are the variables of what can be set at the desk, too.
var fixing = map[newsletter.Setting]string{
	newsletter.SettingName: "MASTHEAD_NAME", newsletter.SettingTagline: "MASTHEAD_TAGLINE", newsletter.SettingSite: "MASTHEAD_SITE", newsletter.SettingPostalAddress: "MASTHEAD_POSTAL_ADDRESS",
	newsletter.SettingTheme: "MASTHEAD_THEME", newsletter.SettingAccent: "MASTHEAD_ACCENT", newsletter.SettingLogo: "MASTHEAD_LOGO", newsletter.SettingLogoDark: "MASTHEAD_LOGO_DARK",
	newsletter.SettingFrom: "MASTHEAD_FROM", newsletter.SettingReplyTo: "MASTHEAD_REPLY_TO", newsletter.SettingLanguage: "MASTHEAD_LANGUAGE", newsletter.SettingLanguages: "MASTHEAD_LANGUAGES",
	newsletter.SettingZone: "MASTHEAD_ZONE", newsletter.SettingTopics: "MASTHEAD_TOPICS", newsletter.SettingUTM: "MASTHEAD_UTM", newsletter.SettingClicks: "MASTHEAD_CLICKS",
}

// Fixed are the settings of the publication that stand above what is stored, with the
// names of their variables.
func (s *Settings) Fixed() map[newsletter.Setting]string {
	fixed := map[newsletter.Setting]string{}
	p := s.Apply(newsletter.Publication{})
	for setting, variable := range fixing {
		if setting.Of(&p) != "" {
			fixed[setting] = variable
		}
	}
	if s.From == "" { // the one of a trial gives way
		delete(fixed, newsletter.SettingFrom)
	}
	if s.Clicks != nil { // not to count is a choice, too
		fixed[newsletter.SettingClicks] = fixing[newsletter.SettingClicks]
	}
	return fixed
}

// MainSchedule is the schedule that the settings describe. It fires for the
// first time after now.
func (s *Settings) MainSchedule(now time.Time) newsletter.Schedule {
	return newsletter.Schedule{
		ID: string(s.Cadence), Name: string(s.Cadence), Cadence: s.Cadence, Weekday: s.Weekday, Hour: s.Hour, Minute: s.Minute,
		Zone: s.Zone, Review: s.Review, LastFire: now,
		Seed: fmt.Sprintf("%s %s %02d:%02d %s review=%t", s.Cadence, s.Weekday, s.Hour, s.Minute, s.Zone, s.Review),
	}
}

func challenge(s *Settings, value string) (err error) {
	s.Challenge, err = newsletter.ParseChallenge(value)
	return err
}

// proxies reads addresses and networks.
func proxies(s *Settings, value string) error {
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' }) {
		prefix, err := netip.ParsePrefix(word)
		if addr, err2 := netip.ParseAddr(word); err2 == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network; write them like 127.0.0.1 10.0.0.0/8: %w", word, newsletter.ErrInvalid)
		}
		s.Proxies = append(s.Proxies, prefix.Masked())
	}
	return nil
}

func text(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		*field(s) = value
		return nil
	}
}

func webAddress(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		u, err := url.Parse(value)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("%q is no web address; write it like https://news.example.org: %w", value, newsletter.ErrInvalid)
		}
		*field(s) = strings.TrimRight(value, "/")
		return nil
	}
}

func mailAddress(field func(*Settings) *newsletter.Address) func(*Settings, string) error {
	return func(s *Settings, value string) (err error) {
		*field(s), err = address.Parse(value)
		return err
	}
}

func addresses(field func(*Settings) *[]newsletter.Address) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		for _, one := range strings.FieldsFunc(value, separates) {
			parsed, err := address.Parse(one)
			if err != nil {
				return err
			}
			*field(s) = append(*field(s), parsed)
		}
		return nil
	}
}

// checked reads a setting of the publication by the publication's own rule.
func checked(field func(*Settings) *string, set func(p *newsletter.Publication, value string)) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		p := newsletter.Publication{Languages: s.Languages} // the number of topics depends on them
		set(&p, value)
		*field(s) = value
		return p.Check()
	}
}

func clicks(s *Settings, value string) error {
	counted := false
	s.Clicks = &counted
	return boolean(func(s *Settings) *bool { return s.Clicks })(s, value)
}

func boolean(field func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, value string) (err error) {
		if *field(s), err = strconv.ParseBool(value); err != nil {
			return fmt.Errorf("%q; use true or false: %w", value, newsletter.ErrInvalid)
		}
		return nil
	}
}

func list(field func(*Settings) *[]string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		*field(s) = strings.FieldsFunc(value, separates)
		return nil
	}
}

// separates tells what stands between the words of a list.
func separates(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' }

func rate(s *Settings, value string) (err error) {
	if s.Rate, err = strconv.ParseFloat(value, 64); err != nil || s.Rate < 0 || s.Rate > 100_000 {
		return fmt.Errorf("%q; use messages per second, as 14 or 0.5: %w", value, newsletter.ErrInvalid)
	}
	return nil
}

// canary reads "2% 30m", or "2% 30m 4% 0.1%".
func canary(s *Settings, value string) error {
	words := strings.Fields(value)
	fault := fmt.Errorf("%q; write it like 2%% 30m: the share of the readers, up to 50%%, and how long to wait for what comes back of these, up to 72h; "+
		"then, if you like, the shares of bounces and complaints up to which it goes on, as 4%% 0.1%%: %w", value, newsletter.ErrInvalid)
	if len(words) != 2 && len(words) != 4 {
		return fault
	}
	shares := []*float64{&s.Canary.Share, &s.Canary.MaxBounced, &s.Canary.MaxComplained}
	s.Canary.MaxBounced, s.Canary.MaxComplained = 0.04, 0.001
	for i, word := range slices.Delete(slices.Clone(words), 1, 2) {
		percent, err := strconv.ParseFloat(strings.TrimSuffix(word, "%"), 64)
		if err != nil || !strings.HasSuffix(word, "%") || !(percent >= 0 && percent <= 50) {
			return fault
		}
		*shares[i] = percent / 100
	}
	var err error
	if s.Canary.Hold, err = time.ParseDuration(words[1]); err != nil || s.Canary.Hold <= 0 || s.Canary.Hold > 72*time.Hour || s.Canary.Share == 0 {
		return fault
	}
	return nil
}

func backupDays(s *Settings, value string) (err error) {
	if s.BackupDays, err = strconv.Atoi(value); err != nil || s.BackupDays < 1 || s.BackupDays > 3650 {
		return fmt.Errorf("%q; use a number of days, as 35: %w", value, newsletter.ErrInvalid)
	}
	return nil
}

func workers(s *Settings, value string) (err error) {
	if s.Workers, err = strconv.Atoi(value); err != nil || s.Workers < 1 || s.Workers > 1000 {
		return fmt.Errorf("%q; use a number from 1 to 1000: %w", value, newsletter.ErrInvalid)
	}
	return nil
}

func editorToken(s *Settings, value string) error {
	if s.EditorToken = value; len(value) < 16 {
		return fmt.Errorf("%d characters are too easy to guess; use at least 16, as openssl rand -hex 16 makes them: %w", len(value), newsletter.ErrInvalid)
	}
	return nil
}

// schedule reads "daily 07:00" or "monday 07:00".
func schedule(s *Settings, value string) error {
	day, clock, _ := strings.Cut(strings.ToLower(value), " ")
	at, err := time.Parse("15:04", strings.TrimSpace(clock))
	if err != nil {
		return fmt.Errorf("%q; write it like daily 07:00 or monday 07:00: %w", value, newsletter.ErrInvalid)
	}
	s.Hour, s.Minute = at.Hour(), at.Minute()
	if day == "daily" {
		s.Cadence = newsletter.Daily
		return nil
	}
	for weekday := time.Sunday; weekday <= time.Saturday; weekday++ {
		if day == strings.ToLower(weekday.String()) {
			s.Cadence, s.Weekday = newsletter.Weekly, weekday
			return nil
		}
	}
	return fmt.Errorf("%q; write it like daily 07:00 or monday 07:00: %w", value, newsletter.ErrInvalid)
}

// ParseKeys reads signing keys as id:secret, separated by commas; the first one
// signs, all verify. A secret has 16 characters at least.
func ParseKeys(value string) ([]token.Key, error) {
	var keys []token.Key
	for part := range strings.SplitSeq(value, ",") {
		id, secret, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok || id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || len(secret) < 16 {
			return nil, fmt.Errorf("token keys: write them like a1:secret of 16 characters or more, the newest first, separated by commas: %w", newsletter.ErrInvalid)
		}
		keys = append(keys, token.Key{ID: id, Secret: []byte(secret)})
	}
	return keys, nil
}
