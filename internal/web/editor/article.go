package editor

import (
	"net/url"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// articlePage is one article of an Issue: as it was found, and what this Issue shows
// instead.
type articlePage struct {
	issueHead
	Found   newsletter.Article
	Edit    newsletter.Edit
	Authors []newsletter.Author
}

func (p *Pages) article(v *visit) (page, error) {
	issue, err := p.issueOf(v)
	if err != nil {
		return page{}, err
	}
	h, err := p.head(v, &issue, "")
	if err != nil {
		return page{}, err
	}
	found, err := p.Store.Article(v.Context(), v.PathValue("article"))
	if err != nil {
		return page{}, err
	}
	body := articlePage{issueHead: h, Found: found, Edit: issue.EditOf(found.ID)}
	for _, key := range found.Authors {
		author, err := p.Store.Author(v.Context(), key)
		if err != nil {
			continue // the page is of use without it
		}
		body.Authors = append(body.Authors, author)
	}
	a := page{name: "article", title: found.Title, body: body}
	a.liven(&h, "live", "keep")
	return a, nil
}

// Form is that of the author with the number.
func (a articlePage) Form(n int) authorForm {
	return authorForm{a.Authors[n], n, issueURL(a.ID) + "/articles/" + url.PathEscape(a.Found.ID), a.MayEdit}
}

func (p *Pages) saveArticle(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	id := v.PathValue("id")
	_, err = p.Desk.Amend(v.Context(), v.person, id, rev, editOf(v, v.PathValue("article")))
	return issueURL(id) + "?done=saved#articles", err
}

// editOf reads the form.
func editOf(v *visit, article string) newsletter.Edit {
	return newsletter.Edit{Article: article, Title: v.PostFormValue("title"), Dek: v.PostFormValue("dek"),
		Excerpt: v.PostFormValue("excerpt"), Image: v.PostFormValue("image"), ImageAlt: v.PostFormValue("alt"),
		NoAuthors: v.PostFormValue("authors") == "", NoComments: v.PostFormValue("reply") == ""}
}
