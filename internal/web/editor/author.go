package editor

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// authorForm is what an editor may say of an author: the template author-form.
type authorForm struct {
	newsletter.Author
	N       int    // of the form on its page
	Back    string // where it leads
	MayEdit bool
}

// authorsPage lists authors by name.
type authorsPage struct {
	Asked   string // a part of the name
	Look    bool   // only those that need a look
	Authors []authorRow
	More    string // where the next ones are
}

type authorRow struct {
	Key, Name, Photo, Initials, Bio string
	State                           badge
}

// How many authors a page shows, and how many it looks through for them: where few match,
// it is short and leads on.
const (
	authorsShown = 30
	authorsRead  = 200
	authorsMost  = 2000
)

func (p *Pages) authors(v *visit) (page, error) {
	asked := v.URL.Query()
	body := authorsPage{Asked: newsletter.Line(asked.Get("name")), Look: asked.Get("look") != ""}
	after, more := asked.Get("after"), true
	for looked := 0; more && len(body.Authors) < authorsShown && looked < authorsMost; {
		some, err := p.Store.Authors(v.Context(), after, authorsRead)
		if err != nil {
			return page{}, err
		}
		more = len(some) == authorsRead
		for i := range some {
			if len(body.Authors) == authorsShown {
				more = true
				break
			}
			looked, after = looked+1, some[i].Place()
			if body.wants(&some[i]) {
				body.Authors = append(body.Authors, newAuthorRow(&some[i]))
			}
		}
	}
	if more {
		asked.Set("after", after)
		body.More = "/desk/authors/?" + asked.Encode()
	}
	return page{name: "authors", title: "Authors", body: body}, nil
}

func (b *authorsPage) wants(a *newsletter.Author) bool {
	return (!b.Look || a.NeedsLook()) && strings.Contains(strings.ToLower(a.Profile().Name), strings.ToLower(b.Asked))
}

func newAuthorRow(a *newsletter.Author) authorRow {
	p := a.Profile()
	row := authorRow{Key: a.Key, Name: cmp.Or(p.Name, "(no name)"), Photo: p.Photo, Initials: p.Initials(), Bio: newsletter.Shorten(p.Bio, 160)}
	switch {
	case p.Bio == "":
		row.State = badge{"warn", "no bio"}
	case p.BioHole() != "":
		row.State = badge{"warn", "a word is missing"}
	case a.Override.Bio != "":
		row.State = badge{"good", "our words"}
	}
	return row
}

// authorPage is one author: what readers see, what was found, and the form.
type authorPage struct {
	authorRow
	Issue                         string // from which somebody has come to mend the author
	Bio, Hole, From, Checked, URL string
	Filled, Word                  string // the bio with the word put into its hole; empty: nobody knows one
	Own                           bool   // something is overridden
	Form                          authorForm
}

// bioWays are the ways that lead to a bio, in words.
var bioWays = map[string]string{"wordpress": "the site's WordPress", "ghost": "the site's Ghost", "json-ld": "what an article's page says to search engines", "box": "the box of its author on an article's page",
	"archive": "the author's own page"}

func (p *Pages) author(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	a, err := p.Store.Author(v.Context(), v.PathValue("key"))
	if err != nil {
		return page{}, err
	}
	shown, issue := a.Profile(), v.URL.Query().Get("back")
	if issue != "" {
		issue = within(issue)
	}
	body := authorPage{authorRow: newAuthorRow(&a), Issue: issue, Bio: shown.Bio, Hole: shown.BioHole(), Checked: day(a.CheckedAt, zone), URL: shown.URL, Own: a.Override != newsletter.Profile{},
		Form: authorForm{a, 0, cmp.Or(issue, "/desk/authors/"+url.PathEscape(a.Key)), v.person.May(newsletter.RoleEditor) == nil}}
	publication, err := p.Publication(v.Context())
	if err != nil {
		return page{}, err
	}
	body.Filled, body.Word = shown.FillBio(publication.Name), publication.Name
	if a.Found.Bio != "" {
		body.From = cmp.Or(bioWays[a.BioFrom], a.BioFrom)
	}
	return page{name: "author", title: body.Name, body: body}, nil
}

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
