package editor

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// maxList is the largest list that a page takes over, in bytes: it comes twice, the
// second time as text (base64), within web.MaxChunk.
const maxList = 700 << 10

// importPage is what would become of a list, or what has.
type importPage struct {
	Name   string
	Done   bool
	Update bool
	List   string // in base64, for the button that takes it over
	subscribe.Imported
	Told []subscribe.Verdict // of rows that were not taken as they are
	More int                 // of those that are not shown
}

// toldMost is how many rows the page names.
const toldMost = 100

// importList shows what a list would do, and takes it over where the person has seen
// that. The list itself goes along with the page: nothing is kept in between, and what
// is taken over is what was seen.
func (p *Pages) importList(v *visit) (page, error) {
	list, name, seen, err := uploaded(v.Request)
	if err != nil {
		return page{}, err
	}
	body := importPage{Name: name, Done: seen, Update: v.PostFormValue("update") != ""}
	tell := func(row subscribe.Verdict) error {
		switch {
		case row.What != "suppressed" && row.What != "rejected" && row.What != "different":
		case len(body.Told) < toldMost:
			body.Told = append(body.Told, row)
		default:
			body.More++
		}
		return nil
	}
	if seen {
		if err := p.Subscribers.NoteTransfer(v.Context(), v.person.Who, "imported readers", "from "+name); err != nil {
			return page{}, err
		}
	} else {
		body.List = base64.StdEncoding.EncodeToString(list)
	}
	body.Imported, err = p.Subscribers.Import(v.Context(), bytes.NewReader(list), subscribe.Import{Origin: "import of " + name, DryRun: !seen, Update: body.Update, Report: tell})
	if errors.Is(err, newsletter.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errList, err)
	}
	return page{name: "import", title: "Take over a list", body: body}, err
}

// uploaded is the list that a form brings: a file, or, where the person has seen what it
// would do, the text of it.
func uploaded(r *http.Request) (list []byte, name string, seen bool, err error) {
	if err := r.ParseMultipartForm(maxList * 2); err != nil {
		return nil, "", false, fmt.Errorf("%w: %w", errForm, err)
	}
	if text := r.PostFormValue("list"); text != "" {
		list, err = base64.StdEncoding.DecodeString(text)
		name, seen = r.PostFormValue("name"), true
	} else {
		list, name, err = file(r)
	}
	if err != nil || len(list) > maxList || len(list) == 0 {
		err = errors.Join(errList, err)
	}
	if name = newsletter.Shorten(newsletter.Line(name), 100); name == "" {
		name = "a list"
	}
	return list, name, seen, err
}

func file(r *http.Request) (list []byte, name string, err error) {
	f, header, err := r.FormFile("file")
	if err != nil {
		return nil, "", err
	}
	list, err = io.ReadAll(io.LimitReader(f, maxList+1))
	return list, header.Filename, errors.Join(err, f.Close())
}
