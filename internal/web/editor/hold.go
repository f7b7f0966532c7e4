package editor

import (
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// holdPage asks whoever has the mail about a draft whether to hold it.
type holdPage struct {
	Subject, When string
	Done          bool
}

// heldFrom says in the trail who held it: a mail may have been forwarded.
var heldFrom = desk.Person{Who: "whoever had the draft's mail", Role: newsletter.RoleEditor}

func (p *Pages) askHold(v *visit) (page, error) {
	issue, err := p.heldIssue(v)
	if err != nil {
		return page{}, err
	}
	return p.holdOf(v, &issue)
}

func (p *Pages) heldIssue(v *visit) (newsletter.Issue, error) {
	err := p.Tokens.VerifyHold(v.PathValue("token"), v.PathValue("id"), p.Now())
	switch {
	case errors.Is(err, token.ErrExpired):
		return newsletter.Issue{}, fmt.Errorf("%w: %w", errHoldOver, err)
	case err != nil:
		return newsletter.Issue{}, fmt.Errorf("%w: %w", newsletter.ErrNotFound, err)
	}
	return p.issueOf(v)
}

func (p *Pages) holdOf(v *visit, issue *newsletter.Issue) (page, error) {
	if issue.State != newsletter.IssueDraft || issue.Approving() {
		return page{}, errHoldOver
	}
	zone, err := p.zone(v)
	return page{name: "hold", title: "Hold the issue?", narrow: true, body: holdPage{issue.Subject, moment(issue.FireAt, zone), issue.Held}}, err
}

func (p *Pages) hold(v *visit) (page, error) {
	issue, err := p.heldIssue(v)
	if err == nil {
		issue, err = p.Desk.Hold(v.Context(), heldFrom, issue.ID, "from the draft's mail")
	}
	if errors.Is(err, newsletter.ErrConflict) {
		err = fmt.Errorf("%w: %w", errHoldOver, err)
	}
	if err != nil {
		return page{}, err
	}
	return p.holdOf(v, &issue)
}

var errHoldOver = errors.New("editor: there is nothing left to hold")
