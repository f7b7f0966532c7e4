package editor

import (
	"net/url"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// saveAuthor keeps what an editor says of an author, for always.
func (p *Pages) saveAuthor(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	_, err = p.Desk.Override(v.Context(), v.person, v.PathValue("key"), rev, newsletter.Profile{Name: v.PostFormValue("name"), Bio: v.PostFormValue("bio"),
		URL: v.PostFormValue("url"), Photo: v.PostFormValue("photo")})
	return back(v.PostFormValue("back"), "saved"), err
}

// back leads to a page of the desk, and says there what was done.
func back(to, done string) string {
	to = within(to)
	u, err := url.Parse(to)
	if err != nil {
		return Path
	}
	q := u.Query()
	q.Set("done", done)
	u.RawQuery = q.Encode()
	return strings.TrimSuffix(u.String(), "#")
}
