package compose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// nobody is the token of a link to unsubscribe that is only tried.
const nobody = "v1.a.u.nobody.0.0.mac"

const (
	maraPage  = "https://magazine.example.org/author/mara"
	maraPhoto = "https://magazine.example.org/mara.jpg"
	typed     = "https://elsewhere.example/a?b=1&c=2" // in the intro
)

// answers are what links and pictures give.
type answers map[string]*fetch.Response

func (p answers) Get(_ context.Context, link string, _ fetch.Validators) (*fetch.Response, error) {
	switch resp := p[link]; {
	case resp == nil:
		return &fetch.Response{URL: link, Header: http.Header{}}, nil
	case resp.URL == "404":
		return nil, &fetch.StatusError{Code: 404, URL: link}
	case resp.URL == "403":
		return nil, &fetch.StatusError{Code: 403, URL: link}
	case resp.URL == "down":
		return nil, &fetch.Failure{Words: "down"}
	default:
		return resp, nil
	}
}

func headers(pairs ...string) *fetch.Response {
	r := &fetch.Response{URL: "https://magazine.example.org/i.jpg", Header: http.Header{}}
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	return r
}

// flight is a draft in which nothing is wrong, until a case spoils it.
type flight struct {
	*desk
	issue   newsletter.Issue
	article newsletter.Article
	author  newsletter.Author
	pages   answers
	noKeys  error
	sender  newsletter.Identity
	mail    func(m *newsletter.Mail)
	count   newsletter.Forecast
	home    newsletter.Publication
}

func (f *flight) Issue(c newsletter.IssueContent) (newsletter.Mail, error) {
	link := c.Publication.UnsubscribeURL("{{unsub}}")
	m := newsletter.Mail{HTML: link + c.Issue.Intro, Text: link}
	show := func(format, link string) {
		if link != "" {
			m.HTML += fmt.Sprintf(format, htmlLink(link))
		}
	}
	for _, a := range c.Articles {
		show(`<a href="%s">`, a.URL)
		show(`<img src="%s">`, a.Image.URL)
	}
	for _, a := range c.Authors {
		show(`<a style="x" href="%s">`, a.Profile().URL)
		show(`<img src="%s">`, a.Profile().Photo)
	}
	show(`<img src="%s">`, c.Publication.Logo)
	show(`<a href="%s">`, c.Publication.Site)
	f.mail(&m)
	return m, nil
}

func goodFlight(t *testing.T) *flight {
	f := &flight{desk: newDesk(t), pages: answers{}, mail: func(*newsletter.Mail) {}, count: newsletter.Forecast{Readers: 10, Days: 1},
		sender: newsletter.Identity{Verified: true, Signed: true, Policy: "v=DMARC1; p=none"},
		home:   newsletter.Publication{Name: "The Lantern Post", PostalAddress: "1 Wharf Lane", BaseURL: "https://news.example.org", Site: "https://magazine.example.org", Logo: "https://magazine.example.org/logo.png", From: "digest@news.example.org"}}
	f.article = newsletter.Article{URL: "https://magazine.example.org/1?a=1&b=2", Title: "Bread", Dek: "dek", Image: newsletter.Image{URL: "https://magazine.example.org/i.jpg", Alt: "A loaf"},
		Authors: []string{"mara"}, Published: monday.Add(-time.Hour), FirstSeen: monday.Add(-time.Minute)}
	f.article.ID = newsletter.ArticleID(f.article.URL)
	f.author = newsletter.Author{Key: "mara", Found: newsletter.Profile{Name: "Mara Quill", Bio: "Mara writes about bread, at the Lantern Post, and of lamps.", URL: maraPage, Photo: maraPhoto}}
	f.issue = newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueDraft, Subject: "Bread and lamplight", Preheader: "And the rest", Articles: []string{f.article.ID}, FireAt: monday, CreatedAt: monday}
	f.Composer.Render, f.Composer.Pages = f, f.pages
	f.Composer.Publication = func(context.Context) (newsletter.Publication, error) { return f.home, nil }
	f.Composer.Identity = func(context.Context, *newsletter.Publication) (newsletter.Identity, error) { return f.sender, nil }
	f.Composer.Nobody = func(context.Context) (string, error) { return nobody, f.noKeys }
	f.pages[f.home.UnsubscribeURL("v1.nobody")] = &fetch.Response{URL: "404"}
	f.Composer.Forecast = func(context.Context, string) (newsletter.Forecast, error) { return f.count, nil }
	return f
}

// TestPreflight spoils one thing after the other. The draft in which nothing is wrong
// passes every rule.
func TestPreflight(t *testing.T) {
	for _, c := range []struct {
		rule   string // empty: nothing is found
		blocks bool
		spoil  func(f *flight)
	}{
		{"", false, func(*flight) {}},
		{"no-articles", true, func(f *flight) { f.issue.Articles = nil }},
		{"empty-subject", true, func(f *flight) { f.issue.Subject = "" }},
		{"long-subject", false, func(f *flight) { f.issue.Subject = strings.Repeat("bread ", 12) }},
		{"empty-preheader", false, func(f *flight) { f.issue.Preheader = "" }},
		{"spam-like-subject", false, func(f *flight) { f.issue.Subject = "BREAD AND LAMPLIGHT" }},
		{"spam-like-subject", false, func(f *flight) { f.issue.Subject = "Bread!! And lamplight" }},
		{"spam-like-subject", false, func(f *flight) { f.issue.Subject = "You've won a loaf" }},
		{"spam-like-subject", false, func(f *flight) { f.issue.Subject = "Re: Bread" }},
		{"", false, func(f *flight) { f.issue.Subject = "NASA, UNESCO and a freedom that is free-standing? No." }},
		{"removed-article", true, func(f *flight) { f.article.Gone = true }},
		{"stale-article", false, func(f *flight) { f.article.Published = monday.AddDate(0, -2, 0) }},
		{"unshown-image", false, func(f *flight) { f.article.Unshown, f.article.Image = "https://x.example/i.webp", newsletter.Image{} }},
		{"webp-image", false, func(f *flight) { f.article.Image.URL = "https://magazine.example.org/i.webp?w=2" }},
		{"webp-image", false, func(f *flight) { f.pages[f.article.Image.URL] = headers("Content-Type", "image/webp") }},
		{"missing-alt", false, func(f *flight) { f.article.Image.Alt = "" }},
		{"missing-excerpt", false, func(f *flight) { f.article.Dek = "" }},
		{"missing-bio", false, func(f *flight) { f.author.Found.Bio = "" }},
		{"", false, func(f *flight) { f.author.Found.Bio, f.author.Override.Bio = "", "Mara bakes." }},
		{"bio-with-a-hole", false, func(f *flight) { f.author.Found.Bio = "As a content writer at, I love bread." }},
		{"bio-with-a-hole", false, func(f *flight) { f.author.Found.Bio = "Mara ( ) bakes." }},
		{"duplicate-article", true, func(f *flight) { f.earlier("Another subject", f.article.ID) }},
		{"same-subject", false, func(f *flight) { f.earlier("bread and lamplight") }},
		{"too-large", false, func(f *flight) { f.mail = func(m *newsletter.Mail) { m.HTML = m.Text } }},
		{"large", false, func(f *flight) { f.mail = func(m *newsletter.Mail) { m.HTML += strings.Repeat("x", largeMail) } }},
		{"no-unsubscribe-link", true, func(f *flight) { f.mail = func(m *newsletter.Mail) { m.Text = "" } }},
		{"broken-unsubscribe-link", true, func(f *flight) { f.pages[f.home.UnsubscribeURL(nobody)] = &fetch.Response{URL: "404"} }},
		{"broken-unsubscribe-link", true, func(f *flight) {
			f.pages[f.home.UnsubscribeURL(nobody)] = &fetch.Response{URL: "https://www.news.example.org/unsubscribe/" + nobody}
		}},
		{"broken-unsubscribe-link", true, func(f *flight) { delete(f.pages, f.home.UnsubscribeURL("v1.nobody")) }}, // any page is there, as at a parked domain
		{"untried-unsubscribe-link", false, func(f *flight) { f.pages[f.home.UnsubscribeURL(nobody)] = &fetch.Response{URL: "down"} }},
		{"untried-unsubscribe-link", false, func(f *flight) { f.noKeys = errors.New("the keys cannot be read") }},
		{"no-postal-address", false, func(f *flight) { f.home.PostalAddress = "" }},
		{"dead-link", true, func(f *flight) { f.pages[f.article.URL] = &fetch.Response{URL: "404"} }},
		{"refused-link", false, func(f *flight) { f.pages[f.article.URL] = &fetch.Response{URL: "403"} }},
		{"unreached-link", false, func(f *flight) { f.pages[f.article.URL] = &fetch.Response{URL: "down"} }},
		{"redirected-link", false, func(f *flight) {
			f.pages[f.article.URL] = &fetch.Response{URL: "https://magazine.example.org/elsewhere"}
		}},
		{"", false, func(f *flight) { f.pages[f.article.URL] = &fetch.Response{URL: f.article.URL + "#top"} }},
		{"dead-image", false, func(f *flight) { f.pages[f.article.Image.URL] = &fetch.Response{URL: "404"} }},
		{"large-image", false, func(f *flight) { f.pages[f.article.Image.URL] = headers("Content-Length", "1200000") }},
		{"large-image", false, func(f *flight) {
			f.pages[f.article.Image.URL] = headers("Content-Length", "4096", "Content-Range", "bytes 0-4095/1200000")
		}},
		{"dead-author-link", false, func(f *flight) { f.pages[maraPage] = &fetch.Response{URL: "404"} }},
		{"", false, func(f *flight) { f.pages[maraPage] = &fetch.Response{URL: "403"} }}, // as networks of people answer machines
		{"", false, func(f *flight) { f.pages[maraPage], f.author.Override.URL = &fetch.Response{URL: "404"}, "-" }},
		{"dead-image", false, func(f *flight) { f.pages[maraPhoto] = &fetch.Response{URL: "404"} }},
		{"webp-image", false, func(f *flight) { f.pages[maraPhoto] = headers("Content-Type", "image/webp") }},
		{"dead-image", false, func(f *flight) { f.pages[f.home.Logo] = &fetch.Response{URL: "404"} }},
		{"", false, func(f *flight) { f.types(typed, "") }},
		{"dead-link", true, func(f *flight) { f.types(typed, "404") }},
		{"refused-link", false, func(f *flight) { f.types(typed, "403") }},
		{"unreached-link", false, func(f *flight) { f.types(typed, "down") }},
		{"redirected-link", false, func(f *flight) { f.types(typed, "https://elsewhere.example/new") }},
		{"", false, func(f *flight) { f.types(f.home.BaseURL+"/issues/", "404") }}, // our own page may come with the issue
		{"", false, func(f *flight) { f.author.Found.Bio, f.author.Override.Bio = "", "-" }},
		{"heavy-images", false, func(f *flight) { f.pages[f.article.Image.URL] = headers("Content-Length", "3200000") }},
		{"unverified-sender", true, func(f *flight) { f.sender.Verified = false }},
		{"no-dkim", false, func(f *flight) { f.sender.Signed = false }},
		{"sandbox", false, func(f *flight) { f.sender.Sandbox = true }},
		{"no-dmarc", false, func(f *flight) { f.sender.Policy = "" }},
		{"trial", false, func(f *flight) { f.sender = newsletter.Identity{Trial: true} }},
		{"no-readers", false, func(f *flight) { f.count.Readers = 0 }},
		{"quota", false, func(f *flight) { f.count.Days, f.count.PerDay = 3, 200 }},
	} {
		f := goodFlight(t)
		c.spoil(f)
		f.keep(t)
		found, err := f.Preflight(t.Context(), &f.issue)
		must(t, err)
		var rules []string
		for _, one := range found.Findings {
			rules = append(rules, one.Rule)
			if one.Rule == c.rule && one.Blocks != c.blocks || one.Text == "" || one.Cure == "" {
				t.Errorf("%s: %+v", c.rule, one)
			}
		}
		also := map[string]string{"heavy-images": "large-image"}
		if c.rule == "" && len(rules) > 0 || c.rule != "" && !slices.Contains(rules, c.rule) ||
			len(rules) > 1 && !slices.Contains(rules, also[c.rule]) {
			t.Errorf("want %q alone, found %q", c.rule, rules)
		}
	}
}

// types puts a link into the intro; the page there answers like that.
func (f *flight) types(link, answer string) {
	f.issue.Intro = fmt.Sprintf(`<a style="x" href="%s">`, htmlLink(link))
	if answer != "" {
		f.pages[link] = &fetch.Response{URL: answer}
	}
}

// keep stores what the draft is made of.
func (f *flight) keep(t *testing.T) {
	t.Helper()
	must(t, f.store.AddArticle(t.Context(), &f.article))
	must(t, f.store.SaveAuthor(t.Context(), &f.author))
	must(t, f.store.SaveIssue(t.Context(), &f.issue))
}

// earlier stores an issue that was sent.
func (f *flight) earlier(subject string, articles ...string) {
	old := newsletter.Issue{ID: "weekly-0", Schedule: "weekly", State: newsletter.IssueApproved, Subject: subject, Articles: articles, FireAt: monday.AddDate(0, 0, -7), CreatedAt: monday.AddDate(0, 0, -7)}
	if err := f.store.SaveIssue(context.Background(), &old); err != nil {
		panic(err)
	}
}

func TestAGlanceLeavesNotTheHouse(t *testing.T) {
	f := goodFlight(t)
	f.pages[f.article.URL] = &fetch.Response{URL: "404"}
	f.count.Readers = 0
	f.keep(t)
	found, err := f.Glance(t.Context(), &f.issue)
	if err != nil || found.Thorough || len(found.Findings) > 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestTheSenderIsAskedAboutNowAndThen: not for every look at a draft, and always where
// somebody wants to know.
func TestTheSenderIsAskedAboutNowAndThen(t *testing.T) {
	f := goodFlight(t)
	f.keep(t)
	asked := 0
	f.Composer.Identity = func(context.Context, *newsletter.Publication) (newsletter.Identity, error) {
		if asked++; asked == 1 {
			return newsletter.Identity{}, errors.New("away")
		}
		return f.sender, nil
	}
	for i, step := range []struct {
		look   func(context.Context, *newsletter.Issue) (newsletter.Preflight, error)
		passed time.Duration
		asked  int
		finds  bool
	}{
		{f.Glance, 0, 1, true}, // it is away, which is not kept
		{f.Glance, 0, 2, false},
		{f.Glance, standingFor - 1, 2, false},
		{f.Preflight, 0, 3, false},
		{f.Glance, standingFor - 1, 3, false},
		{f.Glance, 1, 4, false},
	} {
		f.now = f.now.Add(step.passed)
		found, err := step.look(t.Context(), &f.issue)
		if must(t, err); asked != step.asked || (len(found.Findings) > 0) != step.finds {
			t.Errorf("step %d: asked %d times, want %d; %+v", i, asked, step.asked, found.Findings)
		}
	}
}

func TestWhatBlocksComesFirst(t *testing.T) {
	f := goodFlight(t)
	f.issue.Preheader, f.article.Gone = "", true
	f.keep(t)
	found, err := f.Preflight(t.Context(), &f.issue)
	if err != nil || len(found.Findings) != 2 || !found.Findings[0].Blocks || len(found.Blocking()) != 1 || len(found.Warnings()) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}
