package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/words"
)

// choices are what the page of a reader's preferences shows.
type choices struct {
	Reader      *newsletter.Subscriber
	Active      bool   // else there is nothing to choose, only another address
	Address     string // as much of it as its owner needs
	Path        string // of the page
	Seen        string
	Unsubscribe string // where the link to leave leads

	Schedules, Topics, Languages, Pauses []option
	Zones                                []string

	Said             string // what was saved
	Fault, MoveFault string // keys in words
	ZoneFault        bool
	NewAddress       string // as it was typed
}

// option is one of several that a reader may choose.
type option struct {
	Value, Label string
	On           bool
}

// pauses are those that are offered, in weeks.
var pauses = []int{1, 2, 3, 4, 8, 12, 26}

// someZones are offered while typing: one or two for each hour, where many people live. Any
// other name is taken, too.
var someZones = strings.Fields(`Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi America/Anchorage America/Argentina/Buenos_Aires America/Bogota
	America/Chicago America/Denver America/Halifax America/Los_Angeles America/Mexico_City America/New_York America/Sao_Paulo America/Toronto Asia/Bangkok Asia/Dubai
	Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kolkata Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Tehran Asia/Tokyo Australia/Perth
	Australia/Sydney Europe/Athens Europe/Berlin Europe/Istanbul Europe/Kyiv Europe/London Europe/Madrid Europe/Moscow Europe/Paris Europe/Rome Pacific/Auckland Pacific/Honolulu UTC`)

func (s *Site) preferences(r *http.Request) (answer, error) {
	p, err := s.Subscribers.Preferences(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	return s.choices(r, &p, func(*choices, *words.Words) {})
}

// choices makes the page, with what change adds to it.
func (s *Site) choices(r *http.Request, p *subscribe.Preferences, change func(*choices, *words.Words)) (answer, error) {
	switch p.Reader.Status {
	case newsletter.Unsubscribed, newsletter.Complained:
		return alreadyLeft(&p.Reader), nil
	case newsletter.Pending:
		return answer{}, newsletter.ErrConflict
	}
	publication, err := s.Publication(r.Context())
	if err != nil {
		return answer{}, err
	}
	w := s.speak(r, &publication, p.Reader.Language)
	c := choices{Reader: &p.Reader, Active: p.Reader.Status == newsletter.Active, Address: p.Reader.Address.Masked(), Path: newsletter.PreferencesPath + r.PathValue("token"),
		Seen: p.Seen, Unsubscribe: newsletter.UnsubscribePath + p.Links.Unsubscribe, Zones: someZones}
	c.offer(p, w)
	c.Pauses = s.pauses(p, &publication, w)
	change(&c, w)
	a := answer{page: "preferences", title: "preferencesTitle", body: c, language: p.Reader.Language}
	if c.Fault != "" || c.MoveFault != "" || c.ZoneFault {
		a.status = http.StatusUnprocessableEntity
	}
	return a, nil
}

// offer lists what there is to choose from. Where there is one schedule, there is no
// choice; a reader who has named no topics sees none ticked.
func (c *choices) offer(p *subscribe.Preferences, w *words.Words) {
	reader := &p.Reader
	for i := range p.Schedules {
		schedule := &p.Schedules[i]
		label := w.Say("often-" + string(schedule.Cadence))
		if schedule.Name != "" && schedule.Name != string(schedule.Cadence) {
			label = schedule.Name + " (" + label + ")"
		}
		c.Schedules = append(c.Schedules, option{schedule.ID, label, reader.Wants(schedule.ID)})
	}
	if len(p.Schedules) < 2 {
		c.Schedules = nil
	}
	for _, topic := range p.Offer.Topics {
		c.Topics = append(c.Topics, option{topic, topic, slices.Contains(reader.Topics, topic)})
	}
	for _, tag := range p.Offer.Languages {
		c.Languages = append(c.Languages, option{tag, words.For(tag).Name(), reader.Language != "" && words.Has(reader.Language) && words.For(reader.Language).Tag == tag})
	}
}

// untilAsBefore leaves a pause alone.
const untilAsBefore = "as-before"

func (s *Site) pauses(p *subscribe.Preferences, publication *newsletter.Publication, w *words.Words) []option {
	options := []option{{"0", w.Say("pauseNone"), true}}
	if until := p.Reader.PausedUntil; until.After(s.Subscribers.Now()) {
		options[0].On = false
		options = append(options, option{untilAsBefore, w.Say("pauseUntil", "date", w.Date(until.In(p.Reader.Location(publication)))), true})
	}
	for _, weeks := range pauses {
		options = append(options, option{strconv.Itoa(weeks), w.Count("pauseWeeks", weeks), false})
	}
	return options
}

// choose saves what the form says, and shows the page as it is then.
func (s *Site) choose(r *http.Request) (answer, error) {
	if err := parseForm(r); err != nil {
		return answer{}, err
	}
	p, err := s.Subscribers.Preferences(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	wishes, err := s.wishes(r, &p)
	if err != nil {
		return answer{}, err
	}
	if len(p.Schedules) > 1 && len(r.PostForm["schedule"]) == 0 {
		return s.refused(r, &p, wishes, "noneFault")
	}
	changed, err := s.Subscribers.Choose(r.Context(), r.PathValue("token"), r.PostFormValue("seen"), wishes)
	switch {
	case errors.Is(err, subscribe.ErrStale):
		return s.stale(r)
	case errors.Is(err, newsletter.ErrInvalid) && newsletter.CheckZone(wishes.Zone) != nil:
		return s.refused(r, &p, wishes, "")
	case errors.Is(err, newsletter.ErrInvalid):
		return s.refused(r, &p, wishes, "wishFault")
	case err != nil:
		return answer{}, err
	}
	if p, err = s.Subscribers.Preferences(r.Context(), r.PathValue("token")); err != nil {
		return answer{}, err
	}
	return s.choices(r, &p, func(c *choices, w *words.Words) { c.Said = said(changed, w) })
}

// wishes reads the form. What it does not offer stays as it is.
func (s *Site) wishes(r *http.Request, p *subscribe.Preferences) (newsletter.Wishes, error) {
	publication, err := s.Publication(r.Context())
	if err != nil {
		return newsletter.Wishes{}, err
	}
	f := r.PostForm
	w := newsletter.Wishes{Topics: f["topic"], Name: f.Get("name"), Language: f.Get("language"), Zone: strings.TrimSpace(f.Get("zone")), PausedUntil: p.Reader.PausedUntil}
	if w.Schedules = f["schedule"]; len(p.Schedules) < 2 {
		w.Schedules = p.Reader.Schedules
	}
	if pause := f.Get("pause"); pause != untilAsBefore {
		weeks, err := strconv.Atoi(pause)
		if err != nil || weeks < 0 || weeks > newsletter.MaxPause {
			return w, newsletter.ErrInvalid
		}
		w.PausedUntil = time.Time{}
		if weeks > 0 {
			w.PausedUntil = newsletter.PauseEnd(s.Subscribers.Now(), weeks, p.Reader.Location(&publication))
		}
	}
	return w, nil
}

// refused shows the form with what was typed.
func (s *Site) refused(r *http.Request, p *subscribe.Preferences, typed newsletter.Wishes, fault string) (answer, error) {
	p.Reader.Name, p.Reader.Zone = typed.Name, typed.Zone
	return s.choices(r, p, func(c *choices, _ *words.Words) {
		c.Fault, c.ZoneFault = fault, newsletter.CheckZone(typed.Zone) != nil
	})
}

func (s *Site) stale(r *http.Request) (answer, error) {
	p, err := s.Subscribers.Preferences(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	a, err := s.choices(r, &p, func(c *choices, _ *words.Words) { c.Fault = "staleFault" })
	a.status = http.StatusConflict
	return a, err
}

// said says what was saved.
func said(changed []newsletter.Wish, w *words.Words) string {
	if len(changed) == 0 {
		return w.Say("savedNothing")
	}
	names := make([]string, len(changed))
	for i, wish := range changed {
		names[i] = w.Say("wish-" + string(wish))
	}
	return w.Say("savedChanges", "list", strings.Join(names, w.Say("listComma")))
}

// askMove takes the new address. The answer is the same, and comes after the same
// time, whoever it belongs to.
func (s *Site) askMove(r *http.Request) (answer, error) {
	if err := parseForm(r); err != nil {
		return answer{}, err
	}
	p, err := s.Subscribers.Preferences(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	wait := s.even(r)
	err = s.Subscribers.AskMove(r.Context(), r.PathValue("token"), s.request(r, r.PostFormValue("email"), "change of address"))
	wait()
	if fault := addressFault(err); fault != "" {
		return s.choices(r, &p, func(c *choices, _ *words.Words) { c.MoveFault, c.NewAddress = fault, r.PostFormValue("email") })
	}
	return answer{page: "sent", title: "sentTitle", body: sent{"moveSentLead", newsletter.PreferencesPath + r.PathValue("token")}, language: p.Reader.Language}, err
}
