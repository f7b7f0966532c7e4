package editor

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// errCall means that a call has come to its end.
var errCall = errors.New("editor: no call to try again")

// eventWords say when each event comes.
var eventWords = map[string]string{
	newsletter.EventDrafted: "an issue is drafted", newsletter.EventApproved: "an issue is approved", newsletter.EventSent: "an issue is sent, with how many got it",
	newsletter.EventConfirmed: "a reader confirms, or comes back", newsletter.EventUnsubscribed: "a reader unsubscribes, complains, moves to another address or is erased", newsletter.EventTest: "a test",
}

// eventChoice is a box to tick.
type eventChoice struct {
	Name, Words string
	Chosen      bool
}

func choices(chosen []string) (list []eventChoice) {
	for _, e := range newsletter.EventTypes() {
		list = append(list, eventChoice{e, eventWords[e], slices.Contains(chosen, e)})
	}
	return list
}

// hooksPage lists the hooks, and makes one.
type hooksPage struct {
	Hooks    []hookRow
	Loopback bool
	Events   []eventChoice
}

type hookRow struct {
	ID, Host string
	State    badge
	Events   []string
	Made     string
}

func newHookRow(h *newsletter.Hook, zone *time.Location) hookRow {
	row := hookRow{ID: h.ID, Host: hostOf(h.URL), State: badge{"good", "on"}, Events: h.Events, Made: day(h.Since, zone) + " by " + h.By}
	if h.Off != "" {
		row.State = badge{"warn", "off"}
	}
	return row
}

// hostOf is what names a hook: the rest of its address is often a secret, and long.
func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.Host
}

func (p *Pages) hooks(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	list, err := p.Hooks.List(v.Context(), v.person)
	body := hooksPage{Loopback: p.Hooks.Loopback, Events: choices(nil)}
	for i := range list {
		body.Hooks = append(body.Hooks, newHookRow(&list[i], zone))
	}
	return page{name: "hooks", title: "Hooks", body: body}, err
}

// makeHook answers with the hook's page itself, which shows the secret this once.
func (p *Pages) makeHook(v *visit) (page, error) {
	if err := v.ParseForm(); err != nil {
		return page{}, fmt.Errorf("%w: %w", errForm, err)
	}
	h, err := p.Hooks.New(v.Context(), v.person, v.PostFormValue("url"), v.PostForm["event"])
	if err != nil {
		return page{}, err
	}
	return p.hookWith(v, &h, h.Secret)
}

// hookPage is one hook: what it is told, and what became of that.
type hookPage struct {
	hookRow
	URL, Off string
	Rev      int64
	Secret   string // just made; else empty
	OldUntil string // the secret before signs as well
	Choices  []eventChoice
	Calls    []callRow
	Older    string
}

type callRow struct {
	ID, Event, Words, At string
	State                badge
	Tries                int
	Answer, Next         string
	Retry                bool
}

// callsOnPage is how many calls are shown at once.
const callsOnPage = 25

func (p *Pages) hook(v *visit) (page, error) {
	h, err := p.Hooks.One(v.Context(), v.person, v.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	return p.hookWith(v, &h, "")
}

func (p *Pages) hookWith(v *visit, h *newsletter.Hook, secret string) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	calls, err := p.Hooks.Calls(v.Context(), v.person, h.ID, v.URL.Query().Get("before"), callsOnPage+1)
	if err != nil {
		return page{}, err
	}
	body := hookPage{hookRow: newHookRow(h, zone), URL: h.URL, Off: h.Off, Rev: h.Rev, Secret: secret, Choices: choices(h.Events)}
	if h.OldUntil.After(p.Now()) {
		body.OldUntil = moment(h.OldUntil, zone)
	}
	if len(calls) > callsOnPage {
		calls = calls[:callsOnPage]
		body.Older = hookURL(h.ID) + "?" + url.Values{"before": {calls[len(calls)-1].ID}}.Encode()
	}
	for i := range calls {
		body.Calls = append(body.Calls, p.newCallRow(&calls[i], h, zone))
	}
	return page{status: http.StatusOK, name: "hook", title: body.Host, body: body}, nil
}

var callBadges = map[newsletter.CallState]badge{newsletter.CallWaiting: {"warn", "waits"}, newsletter.CallDone: {"good", "taken"}, newsletter.CallGivenUp: {"bad", "given up"}, newsletter.CallDropped: {"", "dropped"}}

func (p *Pages) newCallRow(c *newsletter.Call, h *newsletter.Hook, zone *time.Location) callRow {
	row := callRow{ID: c.ID, Event: c.Event, At: moment(c.At, zone), State: callBadges[c.State], Tries: c.Tries, Answer: c.Answer,
		Retry: h.Off == "" && (c.State == newsletter.CallGivenUp || c.State == newsletter.CallWaiting)}
	if c.State == newsletter.CallWaiting {
		row.Next = next(c.NextTry, p.Now(), zone)
	}
	return row
}

func hookURL(id string) string { return "/desk/hooks/" + url.PathEscape(id) }

// replaceSecret answers with the page itself, as makeHook does.
func (p *Pages) replaceSecret(v *visit) (page, error) {
	rev, err := form(v)
	if err != nil {
		return page{}, err
	}
	h, err := p.Hooks.Rotate(v.Context(), v.person, v.PathValue("id"), rev)
	if err != nil {
		return page{}, err
	}
	return p.hookWith(v, &h, h.Secret)
}

func (p *Pages) changeHook(v *visit) (to string, err error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	id, step := v.PathValue("id"), v.PathValue("step")
	switch step {
	case "changed":
		_, err = p.Hooks.Change(v.Context(), v.person, id, rev, v.PostFormValue("url"), v.PostForm["event"])
	case "on", "off":
		_, err = p.Hooks.Switch(v.Context(), v.person, id, rev, step == "on")
	case "test":
		_, err = p.Hooks.Test(v.Context(), v.person, id)
	case "deleted":
		return "/desk/hooks/?done=hook-deleted", p.Hooks.Delete(v.Context(), v.person, id, rev)
	default:
		err = errNoPage
	}
	return hookURL(id) + "?done=hook-" + step, err
}

func (p *Pages) retryCall(v *visit) (to string, err error) {
	id := v.PathValue("id")
	if _, err = p.Hooks.Retry(v.Context(), v.person, id, v.PathValue("call")); errors.Is(err, newsletter.ErrConflict) {
		err = fmt.Errorf("%w: %w", errCall, err)
	}
	return hookURL(id) + "?done=call-tried", err
}
