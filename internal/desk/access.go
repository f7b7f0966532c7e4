// Package desk is what an editor may do to an Issue and a Run, and who an editor is.
// It knows no HTTP, no AWS and no SQL. Everything that changes something is noted in
// the audit trail.
package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// What keeps people out.
var (
	// ErrNobody means that whoever asks has not said who they are: no session that is
	// open, no token that is known.
	ErrNobody = errors.New("desk: nobody is signed in")
	// ErrForbidden means that we know who asks, and that this is not for them.
	ErrForbidden = errors.New("desk: not for this role")
	// ErrUsed means that a link or code to sign in with was used, has run out, was
	// mistyped too often, or was never ours.
	ErrUsed = errors.New("desk: the sign-in is used up or has run out")
	// ErrWrongCode means that other digits were mailed.
	ErrWrongCode = errors.New("desk: other digits were mailed")
	// ErrTooMany means that this network has asked too often in the last hour.
	ErrTooMany = errors.New("desk: too many attempts")
	// ErrNotMailed means that a link was made but could not be mailed. Whoever asked
	// must not be told: it would say that the address is listed.
	ErrNotMailed = errors.New("desk: the link could not be mailed")
)

// Person is who is asking: somebody at a browser, or a machine with a token.
type Person struct {
	Who     string // as the audit trail names them
	Role    newsletter.Role
	Session string // Session.ID; empty: a token
}

// May tells whether the person may do what needs the role.
func (p Person) May(need newsletter.Role) error {
	if p.Role.Holds(need) {
		return nil
	}
	return fmt.Errorf("%s has the role %q, and %q is needed: %w", p.Who, p.Role, need, ErrForbidden)
}

// AccessStore is what signing in needs of a store; storetest.Store is the contract of
// each method.
type AccessStore interface {
	Trail
	SignIn(ctx context.Context, id string) (newsletter.SignIn, error)
	SaveSignIn(ctx context.Context, s *newsletter.SignIn) error
	Session(ctx context.Context, id string) (newsletter.Session, error)
	SaveSession(ctx context.Context, s *newsletter.Session) error
	Sessions(ctx context.Context, now time.Time) ([]newsletter.Session, error)
	APIToken(ctx context.Context, id string) (newsletter.APIToken, error)
	SaveAPIToken(ctx context.Context, t *newsletter.APIToken) error
	APITokens(ctx context.Context) ([]newsletter.APIToken, error)
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
}

// Trail is the part of a store that holds the audit trail.
type Trail interface {
	AddAction(ctx context.Context, a *newsletter.Action) error
}

// Post sends one mail.
type Post interface {
	Post(ctx context.Context, m *newsletter.Message) error
}

// Notes lays out a mail to those who work at the desk.
type Notes interface {
	Note(p *newsletter.Publication, n *newsletter.Note) (newsletter.Message, error)
}

// Access tells who is asking, and lets them in. It may be used by several goroutines
// and processes at once.
type Access struct {
	Store       AccessStore
	Mail        Post
	Render      Notes
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Editors     []newsletter.Address
	Operators   []newsletter.Address
	Token       string // the first token of the API, from the settings; empty: none
	TokenOf     string // who is meant by it in the audit trail; empty: the setting
	Now         func() time.Time
	Show        func(a newsletter.Address, link, code string) // on a laptop, in the terminal; nil: nowhere
}

// The limits of asking and of guessing, an hour. A person stays far below them.
const (
	asksPerNetwork  = 30
	asksPerAddress  = 10
	codesPerNetwork = 30
)

// SignInPath is where the mailed links lead.
const SignInPath = "/desk/sign-in/"

// Role is what the settings let the address do; "" where it is not listed. It is
// looked up at every request: who is taken off the list is out at once.
func (a *Access) Role(address newsletter.Address) newsletter.Role {
	switch {
	case listed(a.Operators, address):
		return newsletter.RoleOperator
	case listed(a.Editors, address):
		return newsletter.RoleEditor
	}
	return ""
}

func listed(list []newsletter.Address, address newsletter.Address) bool {
	for _, one := range list {
		if one.Normal() == address.Normal() {
			return true
		}
	}
	return false
}

// Everybody are the addresses of all who work at the desk, each once.
func (a *Access) Everybody() []newsletter.Address {
	var all []newsletter.Address
	for _, one := range append(append([]newsletter.Address{}, a.Operators...), a.Editors...) {
		if !listed(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// Ask mails a link and a code to the address, if it is listed. The id that comes back
// names the sign-in on the page that asks for the code. It comes for every address,
// listed or not, and nothing about it tells which. ErrNotMailed comes with an id too.
func (a *Access) Ask(ctx context.Context, typed, network string) (id string, err error) {
	address, err := address.Parse(typed)
	if err != nil {
		return "", err
	}
	if err := a.count(ctx, "sign-in-network", network, asksPerNetwork); err != nil {
		return "", err
	}
	s, key, code := newsletter.NewSignIn(address, a.Now())
	if a.Role(address) == "" {
		return s.ID, nil
	}
	if err := a.count(ctx, "sign-in-address", address.Normal(), asksPerAddress); err != nil {
		return s.ID, fmt.Errorf("%w: %w", ErrNotMailed, err)
	}
	if err := a.invite(ctx, &s, key, code); err != nil {
		return s.ID, fmt.Errorf("%w: %w", ErrNotMailed, err)
	}
	return s.ID, nil
}

func (a *Access) count(ctx context.Context, kind, key string, limit int) error {
	ok, err := a.Store.Allow(ctx, kind, key, limit, time.Hour, a.Now())
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", kind, ErrTooMany)
	}
	return err
}

// invite stores the sign-in, shows it on a laptop, and mails it.
func (a *Access) invite(ctx context.Context, s *newsletter.SignIn, key, code string) error {
	p, err := a.Publication(ctx)
	if err != nil {
		return err
	}
	if err := a.Store.SaveSignIn(ctx, s); err != nil {
		return err
	}
	link := p.BaseURL + SignInPath + s.ID + "." + key
	if a.Show != nil {
		a.Show(s.Address, link, code)
	}
	m, err := a.Render.Note(&p, signInNote(p.Name, link, code))
	if err != nil {
		return err
	}
	m.To = s.Address
	return a.Mail.Post(ctx, &m)
}

func signInNote(site, link, code string) *newsletter.Note {
	return &newsletter.Note{
		Subject: "Sign in to the desk of " + site, Headline: "Sign in to the desk",
		Lines: []string{"Press the button on the device on which you want to work. On another device, type these six digits where you asked for them:"},
		Code:  code[:3] + " " + code[3:], Button: "Open the sign-in page", Link: link,
		Small: []string{"Both work once, for 15 minutes. Nobody from " + site + " will ever ask you for the digits.",
			"You did not ask for this? Then do nothing: nobody gets in without this mail."},
	}
}

// Link makes a link without mailing it: the first one of a new system, for whoever
// runs it. by is who asked for it, as the audit trail names them.
func (a *Access) Link(ctx context.Context, typed, by string) (link string, err error) {
	address, err := address.Parse(typed)
	if err != nil {
		return "", err
	}
	if a.Role(address) == "" {
		return "", fmt.Errorf("%s is in neither MASTHEAD_EDITORS nor MASTHEAD_OPERATORS; add it there first: %w", address, newsletter.ErrInvalid)
	}
	p, err := a.Publication(ctx)
	if err != nil {
		return "", err
	}
	s, key, _ := newsletter.NewSignIn(address, a.Now())
	if err := a.Store.SaveSignIn(ctx, &s); err != nil {
		return "", err
	}
	return p.BaseURL + SignInPath + s.ID + "." + key, a.note(ctx, by, "made a sign-in link", "for "+string(address), "")
}

// Peek tells whom a link would let in. It changes nothing. ErrUsed: nobody.
func (a *Access) Peek(ctx context.Context, link string) (newsletter.Address, error) {
	s, key, err := a.signIn(ctx, link)
	if err != nil {
		return "", err
	}
	if !s.Open(a.Now()) || !s.Fits(key) || a.Role(s.Address) == "" {
		return "", ErrUsed
	}
	return s.Address, nil
}

// ByLink lets in whoever pressed the button behind a mailed link, and returns what the
// cookie is to hold. ErrUsed: the link does not work, or not any more.
func (a *Access) ByLink(ctx context.Context, link, device string) (secret string, err error) {
	s, key, err := a.signIn(ctx, link)
	if err != nil {
		return "", err
	}
	if err := s.Use(key, a.Now()); err != nil {
		return "", fmt.Errorf("%w: %w", ErrUsed, err)
	}
	return a.admit(ctx, &s, device)
}

func (a *Access) signIn(ctx context.Context, link string) (s newsletter.SignIn, key string, err error) {
	id, key, _ := strings.Cut(link, ".")
	s, err = a.Store.SignIn(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) {
		err = fmt.Errorf("%w: %w", ErrUsed, err)
	}
	return s, key, err
}

// ByCode lets in whoever typed the digits that were mailed for the sign-in of that id.
// ErrWrongCode: others were; ErrUsed: it has come to its end.
func (a *Access) ByCode(ctx context.Context, id, code, network, device string) (secret string, err error) {
	if err := a.count(ctx, "sign-in-code", network, codesPerNetwork); err != nil {
		return "", err
	}
	s, err := a.Store.SignIn(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) { // nobody was mailed anything: the same answer
		return "", ErrWrongCode
	}
	if err != nil {
		return "", err
	}
	right, err := s.Try(code, a.Now())
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrUsed, err)
	case right:
		return a.admit(ctx, &s, device)
	}
	if err := a.Store.SaveSignIn(ctx, &s); err != nil && !errors.Is(err, newsletter.ErrConflict) {
		return "", err
	}
	return "", ErrWrongCode
}

// admit uses the sign-in up and begins a session. Of several at once one gets in.
func (a *Access) admit(ctx context.Context, s *newsletter.SignIn, device string) (secret string, err error) {
	if a.Role(s.Address) == "" {
		return "", ErrUsed
	}
	if err := a.Store.SaveSignIn(ctx, s); errors.Is(err, newsletter.ErrConflict) {
		return "", fmt.Errorf("%w: %w", ErrUsed, err)
	} else if err != nil {
		return "", err
	}
	session, secret := newsletter.NewSession(s.Address, device, a.Now())
	if err := a.Store.SaveSession(ctx, &session); err != nil {
		return "", err
	}
	return secret, a.note(ctx, string(s.Address), "signed in", "", session.Browser())
}

// Who tells who is asking: by the secret of a token of the API, where one was given,
// else by what the cookie holds. ErrNobody: we do not know them.
func (a *Access) Who(ctx context.Context, token, cookie string) (Person, error) {
	switch {
	case token != "":
		return a.machine(ctx, token)
	case cookie != "":
		return a.browser(ctx, cookie)
	}
	return Person{}, ErrNobody
}

func (a *Access) machine(ctx context.Context, secret string) (Person, error) {
	if a.Token != "" && newsletter.SameSecret(secret, a.Token) {
		return Person{Who: cmp.Or(a.TokenOf, "token MASTHEAD_EDITOR_TOKEN"), Role: newsletter.RoleOperator}, nil
	}
	id, ok := newsletter.APITokenID(secret)
	if !ok {
		return Person{}, ErrNobody
	}
	t, err := a.Store.APIToken(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) || err == nil && !t.Lets(secret) {
		return Person{}, ErrNobody
	}
	if err == nil && t.Use(a.Now()) {
		_ = a.Store.SaveAPIToken(ctx, &t) // whoever was faster has noted it, or revoked the token; and nobody is kept out because it is not noted
	}
	return Person{Who: "token " + t.Name, Role: t.Role}, err
}

func (a *Access) browser(ctx context.Context, cookie string) (Person, error) {
	s, err := a.Store.Session(ctx, newsletter.HashSecret(cookie))
	if errors.Is(err, newsletter.ErrNotFound) {
		return Person{}, ErrNobody
	}
	if err != nil {
		return Person{}, err
	}
	role := a.Role(s.Address)
	if !s.Open(a.Now()) || role == "" {
		return Person{}, ErrNobody
	}
	return Person{Who: string(s.Address), Role: role, Session: s.ID}, nil
}

// Machines tells whether any token of the API is there.
func (a *Access) Machines(ctx context.Context) (bool, error) {
	if a.Token != "" {
		return true, nil
	}
	tokens, err := a.Store.APITokens(ctx)
	for i := range tokens {
		if tokens[i].Revoked.IsZero() {
			return true, err
		}
	}
	return false, err
}

// Note writes down what somebody did by other ways than this stage's.
func (a *Access) Note(ctx context.Context, p Person, what, record, detail string) error {
	return a.note(ctx, p.Who, what, record, detail)
}

// note writes an entry of the audit trail.
func (a *Access) note(ctx context.Context, who, what, record, detail string) error {
	action := newsletter.NewAction(who, what, record, detail, a.Now())
	return a.Store.AddAction(ctx, &action)
}
