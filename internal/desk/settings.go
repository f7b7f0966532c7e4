package desk

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// SaveSettings changes what an operator may change of the publication. What the
// environment sets stands above it all the same. The rest of the record stays.
func (d *Desk) SaveSettings(ctx context.Context, p Person, wanted newsletter.Publication) error {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return err
	}
	stored, err := d.Store.Publication(ctx)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	if stored.Rev != wanted.Rev {
		return fmt.Errorf("the settings were changed meanwhile: %w", newsletter.ErrConflict)
	}
	before := stored
	stored.Name, stored.Tagline, stored.PostalAddress = newsletter.Line(wanted.Name), newsletter.Line(wanted.Tagline), newsletter.Line(wanted.PostalAddress)
	stored.Accent, stored.Logo, stored.LogoDark = strings.TrimSpace(wanted.Accent), strings.TrimSpace(wanted.Logo), strings.TrimSpace(wanted.LogoDark)
	stored.Languages, stored.ReplyTo = strings.Join(strings.Fields(wanted.Languages), " "), ""
	stored.Theme, stored.Site, stored.Zone = wanted.Theme, strings.TrimSpace(wanted.Site), strings.TrimSpace(wanted.Zone)
	stored.Language, stored.Topics = strings.TrimSpace(wanted.Language), newsletter.Line(wanted.Topics)
	if err := checkSettings(&stored); err != nil {
		return err
	}
	if stored.Accent != "" {
		if err := newsletter.CheckAccent(stored.Accent); err != nil {
			return err
		}
	}
	if wanted.ReplyTo != "" {
		if stored.ReplyTo, err = newsletter.ParseAddress(string(wanted.ReplyTo)); err != nil {
			return err
		}
	}
	if err := d.Store.SavePublication(ctx, &stored); err != nil {
		return err
	}
	return d.note(ctx, p, "changed the settings", "", newsletter.Changes(newsletter.Change("name", before.Name, stored.Name), newsletter.Change("tagline", before.Tagline, stored.Tagline),
		newsletter.Change("postal address", before.PostalAddress, stored.PostalAddress), newsletter.Change("colour", before.Accent, stored.Accent), newsletter.Change("logo", before.Logo, stored.Logo),
		newsletter.Change("logo on dark", before.LogoDark, stored.LogoDark), newsletter.Change("languages", before.Languages, stored.Languages), newsletter.Change("reply-to", string(before.ReplyTo), string(stored.ReplyTo)),
		newsletter.Change("theme", string(before.Theme), string(stored.Theme)), newsletter.Change("site", before.Site, stored.Site), newsletter.Change("time zone", before.Zone, stored.Zone),
		newsletter.Change("language", before.Language, stored.Language), newsletter.Change("topics", before.Topics, stored.Topics)))
}

// languageTag is the form of one (RFC 5646), whether there are words in it or not: a folder of
// templates may bring them.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// checkSettings looks at each by itself. An empty one is what the publication has without
// it.
func checkSettings(p *newsletter.Publication) error {
	for what, link := range map[string]string{"logo": p.Logo, "logo on dark surfaces": p.LogoDark, "site": p.Site} {
		if link != "" && !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
			return fmt.Errorf("the %s %q is no web address; write it like https://example.org/logo.png: %w", what, link, newsletter.ErrInvalid)
		}
	}
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
		return fmt.Errorf("there is no time zone %q; write it like Europe/Berlin: %w", p.Zone, newsletter.ErrInvalid)
	}
	if p.Theme != "" && !slices.Contains(newsletter.Themes(), p.Theme) {
		return fmt.Errorf("there is no theme %q; use editorial, modern or compact: %w", p.Theme, newsletter.ErrInvalid)
	}
	for _, tag := range strings.Fields(p.Language + " " + p.Languages) {
		if !languageTag.MatchString(tag) {
			return fmt.Errorf("%q is no language; write them like de fr: %w", tag, newsletter.ErrInvalid)
		}
	}
	if languages := 1 + len(strings.Fields(p.Languages)); p.Topics != "" && p.TopicSets(languages) == nil {
		return fmt.Errorf("%d topics in %d languages; name 2 at least, with commas between, and %d at most in one language, 4 in two, 3 in up to four: %w",
			len(p.TopicList()), languages, newsletter.MaxTopics, newsletter.ErrInvalid)
	}
	return nil
}
