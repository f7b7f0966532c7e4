package web

import (
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// authorBody is an Author as the API tells it.
type authorBody struct {
	Key       string            `json:"key"`
	Shown     profileBody       `json:"shown"`    // what readers see
	Found     profileBody       `json:"found"`    // on the magazine's pages
	Override  profileBody       `json:"override"` // an editor's words; an empty field says nothing
	BioFrom   string            `json:"bioFrom,omitempty"`
	CheckedAt time.Time         `json:"checkedAt,omitzero"`
	NeedsLook bool              `json:"needsLook"`
	Links     map[string]string `json:"links"`
}

type profileBody struct {
	Name  string `json:"name"`
	Bio   string `json:"bio"`
	URL   string `json:"url"`
	Photo string `json:"photo"`
}

func newProfileBody(p *newsletter.Profile) profileBody {
	return profileBody{p.Name, p.Bio, p.URL, p.Photo}
}

func newAuthorBody(a *newsletter.Author) authorBody {
	shown := a.Profile()
	return authorBody{Key: a.Key, Shown: newProfileBody(&shown), Found: newProfileBody(&a.Found), Override: newProfileBody(&a.Override), BioFrom: a.BioFrom, CheckedAt: a.CheckedAt,
		NeedsLook: a.NeedsLook(), Links: map[string]string{"self": "/api/authors/" + a.Key}}
}

func authorReply(a *newsletter.Author, err error) (reply, error) {
	return reply{status: http.StatusOK, etag: etag(a.Rev), body: newAuthorBody(a)}, err
}

// authorsMost is how many authors one request looks through for those that need a look:
// where few do, the answer is short and leads on.
const authorsMost = 2000

// listAuthors lists them by name, from ?after= on; with ?needsLook=true only those that do.
func (s *Site) listAuthors(r *call) (reply, error) {
	q := r.URL.Query()
	limit, err := partOf(q)
	if err != nil {
		return reply{}, err
	}
	body := struct {
		Authors []authorBody `json:"authors"`
		Next    string       `json:"next,omitempty"`
	}{Authors: []authorBody{}}
	after, more, look := q.Get("after"), true, q.Get("needsLook") == "true"
	for looked := 0; more && len(body.Authors) < limit && looked < authorsMost; {
		found, err := s.Store.Authors(r.Context(), after, mostListed+1)
		if err != nil {
			return reply{}, err
		}
		more = false
		for i := range found {
			if len(body.Authors) == limit || i == mostListed {
				more = true
				break
			}
			looked, after = looked+1, found[i].Place()
			if !look || found[i].NeedsLook() {
				body.Authors = append(body.Authors, newAuthorBody(&found[i]))
			}
		}
	}
	if more {
		body.Next = further(r, q, "after", after)
	}
	return reply{status: http.StatusOK, body: body}, nil
}

func (s *Site) oneAuthor(r *call) (reply, error) {
	a, err := s.Store.Author(r.Context(), r.PathValue("key"))
	return authorReply(&a, err)
}

// changeAuthor takes {"bio": "…"}: what an editor says instead of what was found. What is
// left out stays; "" goes back to what was found.
func (s *Site) changeAuthor(r *call) (reply, error) {
	rev, err := version(r)
	if err != nil {
		return reply{}, err
	}
	a, err := s.Store.Author(r.Context(), r.PathValue("key"))
	if err != nil {
		return reply{}, err
	}
	body := newProfileBody(&a.Override)
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	a, err = s.Office.Override(r.Context(), r.by, a.Key, rev, newsletter.Profile{Name: body.Name, Bio: body.Bio, URL: body.URL, Photo: body.Photo})
	return authorReply(&a, changing(err))
}
