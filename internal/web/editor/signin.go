package editor

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// signInURL leads to the form, and from there back to where somebody wanted to go.
func signInURL(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == Path {
		return "/desk/sign-in"
	}
	return "/desk/sign-in?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
}

// within lets only pages of the desk through: a link must not lead away from here.
func within(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, Path) || strings.HasPrefix(u.Path, "/desk/sign-") ||
		strings.ContainsAny(to, "\\\r\n") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "..") {
		return Path
	}
	return to
}

type signInForm struct{ Email, Fault, To, Hint string }

type codeForm struct{ ID, Fault, To string }

const (
	titleSignIn = "Sign in to the desk"
	titleCode   = "Look into your mail"
)

func (p *Pages) signInForm(v *visit) (page, error) {
	return page{name: "sign-in", title: titleSignIn, narrow: true, body: signInForm{To: v.URL.Query().Get("to"), Hint: p.Hint}}, nil
}

// answerAfter is how long the answer to a wish to sign in takes at least: a mail
// that is sent or not sent shall not be heard.
const answerAfter = 800 * time.Millisecond

func (p *Pages) askForLink(v *visit) (page, error) {
	if err := v.ParseForm(); err != nil {
		return page{}, fmt.Errorf("%w: %w", errForm, err)
	}
	began := p.Now()
	typed, to := v.PostFormValue("email"), v.PostFormValue("to")
	id, err := p.Access.Ask(v.Context(), typed, network(v.Request))
	switch {
	case errors.Is(err, newsletter.ErrInvalid):
		return page{status: http.StatusUnprocessableEntity, name: "sign-in", title: titleSignIn, narrow: true,
			body: signInForm{typed, "This does not look like an e-mail address. Type one like ada@example.org.", to, p.Hint}}, nil
	case errors.Is(err, desk.ErrNotMailed):
		p.Log.ErrorContext(v.Context(), "a sign-in link was not mailed", "error", err) // whoever asked must not learn it
	case err != nil:
		return page{}, err
	}
	if rest := answerAfter - p.Now().Sub(began); rest > 0 {
		if err := p.Sleep(v.Context(), rest); err != nil {
			return page{}, err
		}
	}
	return page{name: "code", title: titleCode, narrow: true, body: codeForm{ID: id, To: to}}, nil
}

func (p *Pages) signInByCode(w http.ResponseWriter, r *http.Request) {
	id, code, to := r.PostFormValue("id"), r.PostFormValue("code"), r.PostFormValue("to")
	secret, err := p.Access.ByCode(r.Context(), id, code, network(r), r.UserAgent())
	if errors.Is(err, desk.ErrWrongCode) {
		p.write(w, &visit{Request: r}, page{status: http.StatusUnprocessableEntity, name: "code", title: titleCode, narrow: true,
			body: codeForm{id, "These are not the digits of the newest mail. Check them, or ask for another mail.", to}})
		return
	}
	p.enter(w, r, secret, to, err)
}

// askPress shows the button. Mail scanners open links; they press no buttons.
func (p *Pages) askPress(v *visit) (page, error) {
	who, err := p.Access.Peek(v.Context(), v.PathValue("link"))
	return page{name: "link", title: titleSignIn, narrow: true, body: who}, err
}

func (p *Pages) signInByLink(w http.ResponseWriter, r *http.Request) {
	secret, err := p.Access.ByLink(r.Context(), r.PathValue("link"), r.UserAgent())
	p.enter(w, r, secret, Path, err)
}

// enter hands out the cookie.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, secret, to string, err error) {
	if err == nil {
		err = p.setCookie(w, r, secret)
	}
	if err != nil {
		p.answer(w, &visit{Request: r}, func(*visit) (page, error) { return page{}, err })
		return
	}
	http.Redirect(w, r, within(to), http.StatusSeeOther)
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	person, err := p.who(r)
	if err == nil {
		err = p.Access.Leave(r.Context(), person)
	}
	if err == nil || isNobody(err) {
		err = p.setCookie(w, r, "")
	}
	if err != nil {
		p.answer(w, &visit{r, person}, func(*visit) (page, error) { return page{}, err })
		return
	}
	http.Redirect(w, r, "/desk/sign-in", http.StatusSeeOther)
}

// network is whom to count an attempt for: the address, of IPv6 the /64 that one
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
