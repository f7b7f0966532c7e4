package editor

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// auditPage is a part of the audit trail, newest first.
type auditPage struct {
	Day     string // as a field for dates has it
	Actions []actionRow
	Older   string // where the earlier ones are
}

type actionRow struct {
	ISO, At, Who, What string
	Record             *link
	Detail             []string
}

const actionsOnPage = 50

func (p *Pages) audit(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	asked := v.URL.Query()
	before := asked.Get("before")
	if until, err := time.ParseInLocation(time.DateOnly, asked.Get("day"), zone); err == nil && before == "" {
		before = newsletter.ActionsUntil(until.AddDate(0, 0, 1).Add(-time.Microsecond))
	}
	actions, err := p.Store.Actions(v.Context(), before, actionsOnPage+1)
	if err != nil {
		return page{}, err
	}
	body := auditPage{Day: asked.Get("day")}
	if len(actions) > actionsOnPage {
		actions = actions[:actionsOnPage]
		body.Older = "/desk/audit?" + url.Values{"before": {actions[len(actions)-1].ID}}.Encode()
	}
	for _, a := range actions {
		body.Actions = append(body.Actions, newActionRow(&a, zone, v.person))
	}
	return page{name: "audit", title: "Audit trail", body: body}, nil
}

func newActionRow(a *newsletter.Action, zone *time.Location, p desk.Person) actionRow {
	row := actionRow{ISO: a.At.UTC().Format(time.RFC3339), At: moment(a.At, zone), Who: a.Who, What: a.What}
	if a.Record != "" {
		row.Record = &link{a.Record, recordURL(a.Record, p)}
	}
	if a.Detail != "" {
		row.Detail = strings.Split(a.Detail, "\n")
	}
	return row
}

// recordURL is where somebody finds a record of the trail; empty: nowhere.
func recordURL(record string, p desk.Person) string {
	kind, id, _ := strings.Cut(record, " ")
	room := map[string]string{"issue": "/desk/issues/", "run": "/desk/runs/", "schedule": "/desk/schedules/", "source": "/desk/sources/", "author": "/desk/authors/"}[kind]
	if p.May(newsletter.RoleOperator) == nil {
		room = cmp.Or(map[string]string{"reader": "/desk/subscribers/", "hook": "/desk/hooks/"}[kind], room)
	}
	if room == "" || id == "" {
		return ""
	}
	return room + url.PathEscape(id)
}
