package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	if stored.Accent != "" {
		if err := newsletter.CheckAccent(stored.Accent); err != nil {
			return err
		}
	}
	for _, link := range []string{stored.Logo, stored.LogoDark} {
		if link != "" && !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
			return fmt.Errorf("%q is no address of a picture; write it like https://example.org/logo.png: %w", link, newsletter.ErrInvalid)
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
		newsletter.Change("logo on dark", before.LogoDark, stored.LogoDark), newsletter.Change("languages", before.Languages, stored.Languages), newsletter.Change("reply-to", string(before.ReplyTo), string(stored.ReplyTo))))
}
