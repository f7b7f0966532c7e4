package editor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// tried answers live.js: the mail with what is typed and not saved, or why there is
// none.
type tried struct {
	HTML      string `json:"html,omitempty"`
	Subject   string `json:"subject,omitempty"`
	Preheader string `json:"preheader,omitempty"`
	KB        int    `json:"kb,omitempty"`    // of the HTML
	Share     int    `json:"share,omitempty"` // of what Gmail shows, in percent
	Rev       int64  `json:"rev,omitempty"`   // of the Issue as it is stored now
	By        string `json:"by,omitempty"`    // who saved it last
	Dark      string `json:"dark,omitempty"`  // the colour on dark surfaces, of settings
	Why       string `json:"why,omitempty"`
}

// try shows a draft as it would be mailed with the words of the form. It saves nothing.
func (p *Pages) try(w http.ResponseWriter, v *visit) {
	t, err := trial(v)
	if err != nil {
		p.tell(w, v, tried{}, err)
		return
	}
	issue, mail, err := p.Desk.Try(v.Context(), v.person, v.PathValue("id"), t)
	if errors.Is(err, newsletter.ErrConflict) {
		err = fmt.Errorf("%w: %w", errNoDraft, err)
	}
	p.tell(w, v, told(&issue, &mail), err)
}

// trial reads the form: that of the words, or that of an article.
func trial(v *visit) (t desk.Trial, err error) {
	if err := v.ParseForm(); err != nil {
		return t, errForm
	}
	if v.PostForm.Has("subject") {
		words := wordsOf(v)
		t.Words = &words
	}
	if article := v.PostFormValue("article"); article != "" {
		edit := editOf(v, article)
		t.Edit = &edit
	}
	t.Order = v.PostForm["order"]
	return t, nil
}

func told(issue *newsletter.Issue, mail *newsletter.Mail) tried {
	nobody := recipient(&newsletter.Subscriber{})
	t := tried{HTML: inScheme(newsletter.Splice(mail.HTML, nobody.Value), lightLook), Subject: newsletter.Splice(mail.Subject, nobody.Value), Preheader: issue.Preheader, Rev: issue.Rev, By: issue.By}
	t.KB, t.Share = weight(mail)
	return t
}

// tell answers a script of ours. What a person typed wrongly is said in the rule's own
// words.
func (p *Pages) tell(w http.ResponseWriter, v *visit, t tried, err error) {
	status := http.StatusOK
	if err != nil {
		found := p.note(v, err)
		status, t = found.status, tried{Why: found.title + ". " + found.text}
		if typed := (*newsletter.Fault)(nil); errors.As(err, &typed) {
			t.Why = sentence(typed.Text)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(t) // nobody is left to tell
}

// sentence is a Fault's text as it stands by itself.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
