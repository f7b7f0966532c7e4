package desk

import (
	"context"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Trial is what an editor has typed and not saved; nil and none: nothing of that kind.
type Trial struct {
	Words *Words
	Edit  *newsletter.Edit
	Order []string
}

// Try is a draft with what is typed and not saved, as it would be mailed. It stores
// nothing, and does not mind that somebody else has saved the Issue meanwhile. It fails
// with a newsletter.Fault where saving would.
func (d *Desk) Try(ctx context.Context, p Person, id string, t Trial) (newsletter.Issue, newsletter.Mail, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Issue{}, newsletter.Mail{}, err
	}
	issue, err := d.Store.Issue(ctx, id)
	if err == nil {
		err = t.on(&issue)
	}
	if err != nil {
		return issue, newsletter.Mail{}, err
	}
	mail, err := d.Composer.Proof(ctx, &issue, "")
	return issue, mail, err
}

// on makes the changes of an Issue that is only a copy.
func (t *Trial) on(i *newsletter.Issue) error {
	if w := t.Words; w != nil {
		if err := i.Write(w.Subject, w.Preheader, w.Intro, w.Notice); err != nil {
			return err
		}
	}
	if t.Edit != nil {
		if err := i.Amend(*t.Edit); err != nil {
			return err
		}
	}
	if len(t.Order) > 0 {
		_ = i.Arrange(t.Order) // of articles that are others by now: the order that is saved shows
	}
	return nil
}
