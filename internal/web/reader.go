package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/words"
)

// consentVersion is of the message consent, which a reader agrees to by pressing the
// button: it goes on record with its language. A change of the words is a new version.
const consentVersion = "2026-11"

// signUpForm is what the form shows.
type signUpForm struct {
	Email string
	Fault string // key in words
	Made  string // says when it was made
	Often string // key in words; empty: nobody knows
}

// newForm is a fresh form, or the same one once more with what is wrong with it.
func (s *Site) newForm(r *http.Request, typed, fault, made string) signUpForm {
	f := signUpForm{Email: typed, Fault: fault, Made: made}
	if made == "" {
		f.Made = s.Subscribers.FormStamp()
	}
	if schedule, err := s.Composer.Store.Schedule(r.Context(), s.Schedule); err == nil {
		f.Often = "often-" + string(schedule.Cadence)
	}
	return f
}

// notice is a page of a few words.
type notice struct {
	Done bool   // it tells of something that was done
	Text string // key in words
	Days int    // for which backups are kept; 0: not of interest
	Link *link
}

// link leads on.
type link struct {
	URL, Label string // Label is a key in words
}

func toForm(label string) *link { return &link{newsletter.SubscribePath, label} }

// ask is a page with one button, which does what the page's link is for.
type ask struct {
	Lead, Button, Small string // keys in words
	Days                int    // as of notice
	Grave               bool   // there is no way back
}

func (s *Site) form(r *http.Request) (answer, error) {
	return answer{page: "subscribe", title: "subscribeTitle", body: s.newForm(r, "", "", ""), path: newsletter.SubscribePath}, nil
}

// embedding shows the form for another site.
type embedding struct{ HTML string }

func (s *Site) embed(r *http.Request) (answer, error) {
	p, err := s.Publication(r.Context())
	if err != nil {
		return answer{}, err
	}
	html, err := s.look.snippet(&p, s.speak(r, &p, ""))
	return answer{page: "embed", title: "embedTitle", body: embedding{html}}, err
}

// signUp takes the form or JSON. Whatever the address is known for, the answer comes
// after the same time.
func (s *Site) signUp() http.Handler {
	people := s.people(s.signUpByForm)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mediaType(r) != typeJSON {
			people.ServeHTTP(w, r)
			return
		}
		if err := s.signUpByJSON(r); err != nil {
			s.problem(w, r, err)
			return
		}
		writeJSON(w, http.StatusAccepted, typeJSON, map[string]string{"message": words.For("en").Say("sentLead")})
	})
}

// sent is what everybody reads who has left an address.
type sent struct {
	Text  string // key in words
	Again string // where the form is
}

func (s *Site) signUpByForm(r *http.Request) (answer, error) {
	if err := parseForm(r); err != nil {
		return answer{}, err
	}
	typed, made := r.PostFormValue("email"), r.PostFormValue("made")
	err := s.ask(r, typed, r.PostFormValue("website"), made, r.PostFormValue(s.Challenge.field()))
	if fault := addressFault(err); fault != "" {
		return answer{status: http.StatusUnprocessableEntity, page: "subscribe", title: "subscribeTitle", body: s.newForm(r, typed, fault, made)}, nil
	}
	return answer{page: "sent", title: "sentTitle", body: sent{"sentLead", newsletter.SubscribePath}}, err
}

// addressFault says what is wrong with an address that was typed; empty: nothing.
func addressFault(err error) string {
	switch {
	case errors.Is(err, errUnproved):
		return "proofFault"
	case errors.Is(err, subscribe.ErrNotASCII):
		return "asciiFault"
	case errors.Is(err, newsletter.ErrInvalid):
		return "addressFault"
	case errors.Is(err, subscribe.ErrSameAddress):
		return "sameAddress"
	}
	return ""
}

// parseForm reads both ways in which browsers send forms.
func parseForm(r *http.Request) error {
	switch mediaType(r) {
	case "application/x-www-form-urlencoded":
		return broken(r.ParseForm())
	case "multipart/form-data":
		return broken(r.ParseMultipartForm(maxBody))
	}
	return errMedia
}

// broken makes of a body that cannot be read an error of whoever sent it.
func broken(err error) error {
	if large := (*http.MaxBytesError)(nil); err == nil || errors.As(err, &large) {
		return err
	}
	return fmt.Errorf("%w: %w", newsletter.ErrInvalid, err)
}

func (s *Site) signUpByJSON(r *http.Request) error {
	var body struct {
		Email   string `json:"email"`
		Website string `json:"website"`
		Made    string `json:"made"`
		Proof   string `json:"proof"` // of the challenge, where one is set
	}
	if err := readJSON(r, &body); err != nil {
		return err
	}
	return s.ask(r, body.Email, body.Website, body.Made, body.Proof)
}

func readJSON(r *http.Request, v any) error {
	err := json.NewDecoder(r.Body).Decode(v)
	if large := (*http.MaxBytesError)(nil); err == nil || errors.As(err, &large) {
		return err
	}
	return fmt.Errorf("%w: %w", errJSON, err)
}

// ask passes the wish on. People do not see the field trap, and take a while to type:
// whoever does not is a machine, and gets the answer that everybody gets.
func (s *Site) ask(r *http.Request, email, trap, made, proof string) error {
	defer s.even(r)()
	if trap != "" || s.Subscribers.Hasty(made) {
		return nil
	}
	if err := s.check(r, proof); err != nil {
		return err
	}
	return s.Subscribers.SignUp(r.Context(), s.request(r, email, "form"))
}

// request is what a reader types, and who asks.
func (s *Site) request(r *http.Request, email, origin string) subscribe.Request {
	language := asked(r)
	return subscribe.Request{Address: email, Network: network(r), Origin: origin, Language: language, Wording: s.wording(r, language)}
}

// wording is the version of what the reader agreed to, and the language they read it in.
func (s *Site) wording(r *http.Request, language string) string {
	if language == "" {
		p, _ := s.Publication(r.Context()) // else it was English
		language = words.For(p.Language).Tag
	}
	return consentVersion + " " + language
}

// evenly is the measure of time that an answer takes a whole number of: longer than a
// mail takes to be handed over, or not, so that the time tells nothing of an address.
const evenly = 700 * time.Millisecond

// even begins to measure, and returns what waits for the rest.
func (s *Site) even(r *http.Request) (wait func()) {
	began := s.Subscribers.Now()
	return func() {
		took := s.Subscribers.Now().Sub(began)
		_ = s.Sleep(r.Context(), evenly-took%evenly) // whoever has gone waits for nothing
	}
}

// network is whom to count the request for: the address, of IPv6 the /64 that one
// household gets.
func network(r *http.Request) string {
	addr, err := netip.ParseAddr(r.RemoteAddr)
	if withPort, err2 := netip.ParseAddrPort(r.RemoteAddr); err2 == nil {
		addr, err = withPort.Addr(), nil
	}
	if err != nil {
		return ""
	}
	bits := 64
	if addr = addr.Unmap(); addr.Is4() {
		bits = 32
	}
	return netip.PrefixFrom(addr.WithZone(""), bits).Masked().String()
}

func (s *Site) askConfirm(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.Peek(r.Context(), r.PathValue("token"), token.Confirm)
	switch {
	case err != nil:
		return answer{}, err
	case reader.Status == newsletter.Active:
		return s.welcome(r, &reader, "confirmedTitle", "confirmedLead")
	case reader.Status != newsletter.Pending:
		return answer{}, newsletter.ErrConflict
	}
	return answer{page: "ask", title: "confirmTitle", body: ask{Lead: "confirmLead", Button: "confirmButton", Small: "confirmSmall"}, language: reader.Language}, nil
}

func (s *Site) confirm(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.Confirm(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	return s.welcome(r, &reader, "confirmedTitle", "confirmedLead")
}

// greeting is the page of a reader who has just come.
type greeting struct {
	issues
	Lead        string // key in words
	Preferences string // where they are
}

// welcome greets a reader with the latest issue, where there is one.
func (s *Site) welcome(r *http.Request, reader *newsletter.Subscriber, title, lead string) (answer, error) {
	latest, err := s.sent(r, 1)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "no latest issue for the welcome", "error", err) // confirmed all the same
	}
	return answer{page: "confirmed", title: title, language: reader.Language,
		body: greeting{issues{latest}, lead, newsletter.PreferencesPath + s.Subscribers.Links(reader).Preferences}}, nil
}

func (s *Site) whichLink(*http.Request) (answer, error) {
	return answer{page: "notice", title: "whichTitle", body: notice{Text: "whichLead"}}, nil
}

func (s *Site) whichPreferences(*http.Request) (answer, error) {
	return answer{page: "notice", title: "whichPreferencesTitle", body: notice{Text: "whichPreferencesLead"}}, nil
}

// leaving is the page of a reader who has just left.
type leaving struct {
	Undo, Why string // where the way back is, and where reasons go
	Reasons   []newsletter.LeaveReason
}

func (s *Site) askUnsubscribe(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.Peek(r.Context(), r.PathValue("token"), token.Unsubscribe)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return answer{}, err
	}
	if err != nil || reader.Status != newsletter.Active && reader.Status != newsletter.Pending {
		return alreadyLeft(&reader), nil
	}
	return answer{page: "ask", title: "unsubscribeTitle", body: ask{Lead: "unsubscribeLead", Button: "unsubscribe", Small: "unsubscribeSmall"}, language: reader.Language}, nil
}

func alreadyLeft(reader *newsletter.Subscriber) answer {
	return answer{page: "notice", title: "alreadyLeftTitle", body: notice{Done: true, Text: "alreadyLeftLead", Link: toForm("subscribeAgain")}, language: reader.Language}
}

// unsubscribe is the button of the page and the one click of RFC 8058 alike. What
// the body says does not matter: the link is the whole request.
func (s *Site) unsubscribe(r *http.Request) (answer, error) {
	tok := r.PathValue("token")
	if err := s.Subscribers.Unsubscribe(r.Context(), tok); err != nil {
		return answer{}, err
	}
	at := newsletter.UnsubscribePath + tok
	return answer{page: "unsubscribed", title: "unsubscribedTitle", body: leaving{at + "/undo", at + "/why", newsletter.LeaveReasons()}, language: s.tongue(r, tok)}, nil
}

// tongue is the language of the reader whom the link to leave belongs to.
func (s *Site) tongue(r *http.Request, tok string) string {
	reader, err := s.Subscribers.Peek(r.Context(), tok, token.Unsubscribe)
	if err != nil {
		return "" // erased: then the browser's will do
	}
	return reader.Language
}

func (s *Site) because(r *http.Request) (answer, error) {
	if err := parseForm(r); err != nil {
		return answer{}, err
	}
	tok := r.PathValue("token")
	if err := s.Subscribers.Because(r.Context(), tok, newsletter.LeaveReason(r.PostFormValue("why"))); err != nil {
		return answer{}, err
	}
	return answer{page: "notice", title: "reasonThanksTitle", body: notice{Done: true, Text: "reasonThanksLead", Link: toForm("subscribeAgain")}, language: s.tongue(r, tok)}, nil
}

func (s *Site) rejoin(r *http.Request) (answer, error) {
	tok := r.PathValue("token")
	if err := s.Subscribers.Rejoin(r.Context(), tok); err != nil {
		return answer{}, err
	}
	return answer{page: "notice", title: "rejoinedTitle", body: notice{Done: true, Text: "rejoinedLead"}, language: s.tongue(r, tok)}, nil
}
