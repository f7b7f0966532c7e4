package render

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Override takes files of mail/ in dir in place of the built-in templates of the same
// name. Each is tried on sample mails first; one that fails there is refused, and the
// template that was there before it stays. The errors say which file, where and why. It
// must be called before the Renderer is used.
func (r *Renderer) Override(dir fs.FS) (taken []string, refused []error) {
	files, err := fs.Glob(dir, "mail/*")
	if err != nil {
		return nil, []error{fmt.Errorf("templates: %w", err)}
	}
	for _, file := range files {
		if err := r.override(dir, file); err != nil {
			refused = append(refused, fmt.Errorf("template %s is refused, the one before stays: %w", file, err))
			continue
		}
		taken = append(taken, file)
	}
	return taken, refused
}

func (r *Renderer) override(dir fs.FS, file string) error {
	name := strings.TrimPrefix(file, "mail/")
	if r.templates.Lookup(name) == nil {
		return fmt.Errorf("there is no template %s to replace", name)
	}
	content, err := fs.ReadFile(dir, file)
	if err != nil {
		return err
	}
	all, err := r.templates.Clone()
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(content)) == "" {
		return errors.New("it is empty")
	}
	if _, err := all.New(name).Parse(string(content)); err != nil {
		return err // it names file and line
	}
	if err := try(all); err != nil {
		return err
	}
	r.templates = all
	return nil
}

// try makes sample mails in every theme and demands what no mail may lack.
func try(all *template.Template) error {
	r := &Renderer{templates: all, blocks: map[string]*block{}}
	for _, theme := range newsletter.Themes() {
		for n, language := range map[int]string{sectionsFrom - 1: "en", rowsAfter + 3: "ar"} { // without and with contents, sections, rows
			c := sample(n, theme, language)
			m, err := r.Issue(c)
			if err == nil {
				err = complete(&c, &m)
			}
			if err != nil {
				return err
			}
		}
	}
	c := sample(1, newsletter.Editorial, "en")
	const link = "https://news.example.org/confirm/TOKEN"
	m, err := r.Letter(&c.Publication, newsletter.LetterConfirm, "", link)
	if err == nil && (!strings.Contains(m.HTML, link) || !strings.Contains(m.Text, link)) {
		err = errors.New("the confirmation mail has no link to confirm; it needs {{.Link}} in HTML and in text")
	}
	if err != nil {
		return err
	}
	m, err = r.Note(&c.Publication, &newsletter.Note{Subject: "Sign in", Headline: "Sign in", Lines: []string{"One"}, Code: "123456", Button: "Sign in", Link: link,
		Items: []newsletter.NoteItem{{Title: "Item", Text: "Text", Link: link}}, Small: []string{"Small", "print"}})
	if err == nil && (!strings.Contains(m.HTML, link) || !strings.Contains(m.Text, link) || !strings.Contains(m.Text, "123456")) {
		err = errors.New("the mail to the desk lacks its link or its code; it needs {{.Link}} and {{.Code}} in HTML and in text")
	}
	return err
}

// complete tells whether a mail has what it must.
func complete(c *newsletter.IssueContent, m *newsletter.Mail) error {
	const leave = "{{" + newsletter.PlaceholderUnsubscribe + "}}"
	if len(m.HTML) > MaxHTML {
		return fmt.Errorf("the HTML has %d bytes, whatever is left out; Gmail clips it above %d", len(m.HTML), MaxHTML)
	}
	for form, content := range map[string]string{"HTML": m.HTML, "text": m.Text} {
		if !strings.Contains(content, newsletter.UnsubscribePath+leave) {
			return fmt.Errorf("the %s has no link to unsubscribe; it needs {{.UnsubURL}}", form)
		}
		for i := range c.Articles {
			if !strings.Contains(content, c.Articles[i].URL) {
				return fmt.Errorf("the %s lacks the link to an article; a digest needs {{range .Blocks}}{{.}}{{end}}, an article {{.URL}}", form)
			}
		}
	}
	return nil
}
