package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// SettingsChangedError means that the settings are not any more as the person saw them.
// Nothing was saved.
type SettingsChangedError struct {
	Now newsletter.Publication // as it is stored
}

func (e *SettingsChangedError) Error() string { return "the settings were changed meanwhile" }

// Unwrap makes it a conflict.
func (e *SettingsChangedError) Unwrap() error { return newsletter.ErrConflict }

// SaveSettings changes what an operator may change of the publication; the rest of the
// record stays. It fails with a newsletter.Fault where a setting cannot be, or is not for
// the desk to change, and with a SettingsChangedError where somebody else was faster.
func (d *Desk) SaveSettings(ctx context.Context, p Person, wanted newsletter.Publication) error {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return err
	}
	stored, err := d.Store.Publication(ctx)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	if stored.Rev != wanted.Rev {
		return &SettingsChangedError{stored}
	}
	before := stored
	if err := d.put(ctx, &stored, &wanted); err != nil {
		return err
	}
	if err := d.Store.SavePublication(ctx, &stored); errors.Is(err, newsletter.ErrConflict) {
		if stored, err = d.Store.Publication(ctx); err == nil {
			err = &SettingsChangedError{stored}
		}
		return err
	} else if err != nil {
		return err
	}
	return d.note(ctx, p, "changed the settings", "", newsletter.Differences(&before, &stored))
}

// put makes the settings of a publication those that are wanted.
func (d *Desk) put(ctx context.Context, stored, wanted *newsletter.Publication) error {
	used, err := d.Publication(ctx)
	if err != nil {
		return err
	}
	before := *stored
	for _, s := range newsletter.Settings() {
		s.Put(stored, s.Of(wanted))
		by, fixed := d.Fixed[s]
		if !fixed || s.Of(stored) == s.Of(&before) {
			continue
		}
		if s.Of(stored) != s.Of(&used) {
			return &newsletter.Fault{Field: string(s), Text: fmt.Sprintf("the %s is set by %s, which stands above the desk; change it there, or take it away there", s.Words(), by)}
		}
		s.Put(stored, s.Of(&before)) // what is fixed was given back as it is
	}
	if stored.From == "" && before.From != "" {
		return &newsletter.Fault{Field: string(newsletter.SettingFrom), Text: "mails need a sender; type another address in its place"}
	}
	for _, a := range []*newsletter.Address{&stored.From, &stored.ReplyTo} {
		if known, err := address.Parse(string(*a)); err == nil {
			*a = known // its domain as DNS has it
		}
	}
	return stored.Check()
}

// TrySettings is the mail of the newest Issue, as it would be with settings that are typed
// and not saved. It stores nothing, and does not mind that somebody else has saved others
// meanwhile. It fails with a newsletter.Fault where saving would.
func (d *Desk) TrySettings(ctx context.Context, p Person, wanted newsletter.Publication) (newsletter.Mail, error) {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return newsletter.Mail{}, err
	}
	stored, err := d.Store.Publication(ctx)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return newsletter.Mail{}, err
	}
	before := stored
	if err := d.put(ctx, &stored, &wanted); err != nil {
		return newsletter.Mail{}, err
	}
	used, err := d.Publication(ctx)
	if err != nil {
		return newsletter.Mail{}, err
	}
	for _, s := range newsletter.Settings() {
		if s.Of(&stored) != s.Of(&before) { // what nobody has touched is as it is now
			s.Put(&used, s.Of(&stored))
		}
	}
	return d.Composer.Sample(ctx, used)
}
