package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
)

// What a reader agrees to by pressing the button, and the version that goes on
// record with it: a change of the words is a new version.
const (
	consentText    = "You get a mail to confirm your address first, then the digest. Every digest has a link to leave, and your address serves no other purpose."
	consentVersion = "2026-11"
)

// signUpForm is what the form shows.
type signUpForm struct {
	Email, Fault, Consent string
}

func newForm(typed, fault string) signUpForm { return signUpForm{typed, fault, consentText} }

// message is a page of a few words.
type message struct {
	Text   string
	ToForm bool // offer the sign-up form
}

const titleSubscribe = "Get the digest by mail"

func (s *Site) form(*http.Request) (answer, error) {
	return answer{page: "subscribe", title: titleSubscribe, body: newForm("", ""), public: true}, nil
}

// signUp takes the form or JSON.
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
		writeJSON(w, http.StatusAccepted, typeJSON, map[string]string{"message": checkInbox})
	})
}

const checkInbox = "If this address can get our mail, a message with a button is on its way. Press the button to confirm."

func (s *Site) signUpByForm(r *http.Request) (answer, error) {
	if err := parseForm(r); err != nil {
		return answer{}, err
	}
	typed := r.PostFormValue("email")
	err := s.ask(r, typed, r.PostFormValue("website"))
	if errors.Is(err, newsletter.ErrInvalid) {
		fault := "This does not look like an e-mail address. Type one like ada@example.org."
		return answer{status: http.StatusUnprocessableEntity, page: "subscribe", title: titleSubscribe, body: newForm(typed, fault)}, nil
	}
	return answer{page: "sent", title: "Check your inbox", body: message{Text: checkInbox}}, err
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
	}
	if err := readJSON(r, &body); err != nil {
		return err
	}
	return s.ask(r, body.Email, body.Website)
}

func readJSON(r *http.Request, v any) error {
	err := json.NewDecoder(r.Body).Decode(v)
	if large := (*http.MaxBytesError)(nil); err == nil || errors.As(err, &large) {
		return err
	}
	return fmt.Errorf("%w: %w", errJSON, err)
}

// ask passes the wish on. People do not see the field trap: whoever fills it in is
// a machine, and gets the answer that everybody gets.
func (s *Site) ask(r *http.Request, email, trap string) error {
	if trap != "" {
		return nil
	}
	return s.Subscribers.SignUp(r.Context(), subscribe.Request{Address: email, Network: network(r), Origin: "form", Wording: consentVersion})
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
		return s.welcome(r)
	case reader.Status != newsletter.Pending:
		return answer{}, newsletter.ErrConflict
	}
	return answer{page: "confirm", title: "One press, and you are in"}, nil
}

func (s *Site) confirm(r *http.Request) (answer, error) {
	if _, err := s.Subscribers.Confirm(r.Context(), r.PathValue("token")); err != nil {
		return answer{}, err
	}
	return s.welcome(r)
}

// welcome greets a reader with the latest issue, where there is one.
func (s *Site) welcome(r *http.Request) (answer, error) {
	latest, err := s.sent(r.Context(), 1)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "no latest issue for the welcome", "error", err) // confirmed all the same
	}
	return answer{page: "confirmed", title: "Welcome, you are subscribed", body: issues{latest}}, nil
}

func (s *Site) whichLink(*http.Request) (answer, error) {
	return answer{page: "notice", title: "How to unsubscribe", body: message{
		Text: "Every digest has its own link at the end, and most mail programs show an Unsubscribe button beside the sender. Use either of them: the link knows which address to take off, so there is nothing to type."}}, nil
}

// leaving is where a reader stands on the way out.
type leaving struct {
	Already bool
	Undo    string // where the way back is
}

func (s *Site) askUnsubscribe(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.Peek(r.Context(), r.PathValue("token"), token.Unsubscribe)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return answer{}, err
	}
	already := err != nil || reader.Status != newsletter.Active && reader.Status != newsletter.Pending
	return answer{page: "unsubscribe", title: "Leave the digest?", body: leaving{Already: already}}, nil
}

// unsubscribe is the button of the page and the one click of RFC 8058 alike. What
// the body says does not matter: the link is the whole request.
func (s *Site) unsubscribe(r *http.Request) (answer, error) {
	tok := r.PathValue("token")
	if err := s.Subscribers.Unsubscribe(r.Context(), tok); err != nil {
		return answer{}, err
	}
	return answer{page: "unsubscribed", title: "You are unsubscribed", body: leaving{Undo: newsletter.UnsubscribePath + tok + "/undo"}}, nil
}

func (s *Site) rejoin(r *http.Request) (answer, error) {
	if err := s.Subscribers.Rejoin(r.Context(), r.PathValue("token")); err != nil {
		return answer{}, err
	}
	return answer{page: "notice", title: "You are subscribed again", body: message{Text: "As if nothing had happened: the next digest comes to you."}}, nil
}
