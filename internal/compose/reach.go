package compose

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup" // bounded concurrency without a pool of our own

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// How links and pictures are looked at.
const (
	reachTime    = 15 * time.Second // for all of them together
	reachAtOnce  = 6
	heavyImage   = 1_000_000 // bytes
	heavyAll     = 3_000_000
	firstOfImage = 4 << 10 // that are asked for
)

// sight is what came of one look: what is wrong, and what a picture weighs in bytes.
type sight struct {
	found  []newsletter.Finding
	weight int
}

// reach asks for all that the mail leads to and shows: the articles, their authors' pages
// and photos, the logo, and every other link, which an editor has typed. What cannot be
// asked for now is told as a warning: a site may be down for a moment. weight is that of
// all pictures, in bytes, as far as servers say.
func (c *Composer) reach(ctx context.Context, content *newsletter.IssueContent, mail *newsletter.Mail) (found []newsletter.Finding, weight int) {
	if c.Pages == nil {
		return nil, 0
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	looks := c.looks(content, mail)
	sights := make([]sight, len(looks))
	var group errgroup.Group
	group.SetLimit(reachAtOnce)
	for i, look := range looks {
		group.Go(func() error {
			sights[i] = look(ctx)
			return nil
		})
	}
	_ = group.Wait() // nothing fails: it is found
	for _, s := range sights {
		found, weight = append(found, s.found...), weight+s.weight
	}
	if weight > heavyAll {
		found = append(found, newsletter.Finding{Rule: "heavy-images", Text: fmt.Sprintf("The pictures weigh %.1f MB together.", float64(weight)/1e6),
			Cure: "Name smaller ones: 1,200 pixels wide are enough for any screen."})
	}
	return found, weight
}

// looks are one for each link and picture of the mail. The mail itself is the judge of
// what is in it; whoever is known to have a link says how it is called.
func (c *Composer) looks(content *newsletter.IssueContent, mail *newsletter.Mail) (looks []func(context.Context) sight) {
	m := &shown{html: mail.HTML, seen: map[string]bool{}}
	for i := range content.Articles {
		a := &content.Articles[i]
		if m.has(a.URL) {
			looks = append(looks, func(ctx context.Context) sight { return sight{found: c.link(ctx, a)} })
		}
		m.known(a.CommentURL) // most sites have it on the article's page
		if m.has(a.Image.URL) {
			picture := picture{a.Image.URL, "The picture of “" + called(a) + "”", "under Change, or - for none", newsletter.Finding{Article: a.ID}}
			looks = append(looks, func(ctx context.Context) sight { return c.picture(ctx, picture) })
		}
	}
	for _, key := range writers(content) {
		author := content.Authors[key]
		p := author.Profile()
		if m.has(p.URL) {
			looks = append(looks, func(ctx context.Context) sight { return sight{found: c.authorLink(ctx, key, &p)} })
		}
		if m.has(p.Photo) {
			photo := picture{p.Photo, "The photo of " + p.Name, "under Authors, or - for none", newsletter.Finding{Author: key}}
			looks = append(looks, func(ctx context.Context) sight { return c.picture(ctx, photo) })
		}
	}
	for _, logo := range []string{content.Publication.Logo, content.Publication.LogoDark} {
		if m.has(logo) {
			looks = append(looks, func(ctx context.Context) sight {
				return c.picture(ctx, picture{logo, "The logo", "under Settings", newsletter.Finding{}})
			})
		}
	}
	m.known(content.Publication.Site)
	for _, link := range m.others(content.Publication.BaseURL) {
		looks = append(looks, func(ctx context.Context) sight { return sight{found: c.typed(ctx, link)} })
	}
	return looks
}

// shown are the links and pictures of a mail.
type shown struct {
	html string
	seen map[string]bool // by newsletter.CleanURL
}

// has tells whether the mail has it, and notes that it is known.
func (m *shown) has(link string) bool {
	if link == "" || m.seen[newsletter.CleanURL(link)] || !strings.Contains(m.html, htmlLink(strings.SplitN(link, "#", 2)[0])) {
		return false
	}
	m.known(link)
	return true
}

func (m *shown) known(link string) { m.seen[newsletter.CleanURL(link)] = true }

// leads finds a link in a mail of ours, whose attributes have double quotes.
var leads = regexp.MustCompile(`<a\b[^>]*?\shref="(https?://[^"]+)"`)

// others are the links that nobody is known to have, each once: those of the words that
// were typed. Our own pages are not among them, nor what is different for each reader.
func (m *shown) others(own string) (links []string) {
	for _, found := range leads.FindAllStringSubmatch(m.html, -1) {
		link := html.UnescapeString(found[1])
		if clean := newsletter.CleanURL(link); m.seen[clean] || strings.Contains(link, "{{") || own != "" && strings.HasPrefix(link, own+"/") {
			continue
		}
		m.known(link)
		links = append(links, link)
	}
	return links
}

// page is how the address of a page answered.
type page struct {
	dead    int    // 404 or 410: it is gone
	refused int    // another status that is no page
	down    bool   // nobody has answered
	leadsTo string // another page, by redirects
}

func (c *Composer) visit(ctx context.Context, link string) page {
	resp, err := c.Pages.Get(fetch.With(ctx, fetch.Manner{First: 1}), link, fetch.Validators{})
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && (status.Code == http.StatusNotFound || status.Code == http.StatusGone):
		return page{dead: status.Code}
	case errors.As(err, &status):
		return page{refused: status.Code}
	case err != nil:
		return page{down: true}
	case newsletter.CleanURL(resp.URL) != newsletter.CleanURL(link):
		return page{leadsTo: resp.URL}
	}
	return page{}
}

func (c *Composer) link(ctx context.Context, a *newsletter.Article) []newsletter.Finding {
	f := newsletter.Finding{Article: a.ID}
	switch p := c.visit(ctx, a.URL); {
	case p.dead != 0:
		f.Rule, f.Blocks, f.Text, f.Cure = "dead-link", true, fmt.Sprintf("The link of “%s” is dead (%d).", called(a), p.dead), "Drop the article, or have the site bring it back."
	case p.refused != 0:
		f.Rule, f.Text, f.Cure = "refused-link", fmt.Sprintf("The site answers %d where “%s” should be.", p.refused, called(a)), "Open the link yourself: a site may refuse machines and still serve readers."
	case p.down:
		f.Rule, f.Text, f.Cure = "unreached-link", fmt.Sprintf("The page of “%s” could not be reached.", called(a)), "Look again in a few minutes; hold the issue if the site stays down."
	case p.leadsTo != "":
		f.Rule, f.Text, f.Cure = "redirected-link", fmt.Sprintf("The link of “%s” leads on to %s.", called(a), p.leadsTo), "That works, but costs readers time; have the site name the new address."
	default:
		return nil
	}
	return []newsletter.Finding{f}
}

// authorLink looks where "Learn More" leads. Networks of people refuse machines and lead
// them about: only a page that is gone is told.
func (c *Composer) authorLink(ctx context.Context, key string, profile *newsletter.Profile) []newsletter.Finding {
	p := c.visit(ctx, profile.URL)
	if p.dead == 0 {
		return nil
	}
	return []newsletter.Finding{{Rule: "dead-author-link", Author: key, Text: fmt.Sprintf("“Learn More” of %s leads to a page that is gone (%d).", profile.Name, p.dead),
		Cure: "Name another page, under Authors, or - for none."}}
}

// typed looks at a link of the intro or the notice.
func (c *Composer) typed(ctx context.Context, link string) []newsletter.Finding {
	var f newsletter.Finding
	called := newsletter.Shorten(link, 100)
	switch p := c.visit(ctx, link); {
	case p.dead != 0:
		f = newsletter.Finding{Rule: "dead-link", Blocks: true, Text: fmt.Sprintf("The link %s in the words is dead (%d).", called, p.dead), Cure: "Mend it in the intro or the notice."}
	case p.refused != 0:
		f = newsletter.Finding{Rule: "refused-link", Text: fmt.Sprintf("The site answers %d at %s, a link in the words.", p.refused, called), Cure: "Open the link yourself: a site may refuse machines and still serve readers."}
	case p.down:
		f = newsletter.Finding{Rule: "unreached-link", Text: fmt.Sprintf("The link %s in the words could not be reached.", called), Cure: "See whether it is spelled right, in the intro or the notice; else look again in a few minutes."}
	case p.leadsTo != "":
		f = newsletter.Finding{Rule: "redirected-link", Text: fmt.Sprintf("The link %s in the words leads on to %s.", called, newsletter.Shorten(p.leadsTo, 100)), Cure: "That works, but costs readers time; put the new address in its place."}
	default:
		return nil
	}
	return []newsletter.Finding{f}
}

// picture is one of a mail, by the name that people know it under.
type picture struct {
	url, name string
	where     string             // another one is named
	about     newsletter.Finding // whom it belongs to
}

func (p *picture) finding(rule, text, cure string) newsletter.Finding {
	f := p.about
	f.Rule, f.Text, f.Cure = rule, p.name+" "+text, cure
	return f
}

// picture tells what is wrong with one, and what it weighs as far as its server says.
func (c *Composer) picture(ctx context.Context, p picture) (s sight) {
	resp, err := c.Pages.Get(fetch.With(ctx, fetch.Manner{First: firstOfImage}), p.url, fetch.Validators{})
	if err != nil {
		return sight{found: []newsletter.Finding{p.finding("dead-image", "could not be fetched.", "Name another one, "+p.where+".")}}
	}
	s.weight = whole(resp.Header)
	if kind := resp.Header.Get("Content-Type"); !unshowable(p.url) && (strings.HasPrefix(kind, "image/webp") || strings.HasPrefix(kind, "image/avif") || strings.HasPrefix(kind, "image/svg")) {
		s.found = append(s.found, p.finding("webp-image", "is sent as "+kind+", which Outlook does not show.", "Name a JPEG or PNG for it, "+p.where+"."))
	}
	if s.weight > heavyImage {
		s.found = append(s.found, p.finding("large-image", fmt.Sprintf("weighs %.1f MB.", float64(s.weight)/1e6), "Name a smaller one, "+p.where+": 1,200 pixels wide are enough for any screen."))
	}
	return s
}

// whole is the size of what a server has sent a part of (RFC 9110, 14.4), or all; 0 where
// it does not say.
func whole(h http.Header) int {
	size := h.Get("Content-Length")
	if _, all, partial := strings.Cut(h.Get("Content-Range"), "/"); partial {
		size = all
	}
	n, _ := strconv.Atoi(size) // "*" is unknown
	return max(0, n)
}

// standing is what was found out about a sender.
type standing struct {
	mu   sync.Mutex
	from newsletter.Address
	id   newsletter.Identity
	at   time.Time
}

// standingFor is how long that is good enough for a glance: on AWS it takes two calls of
// SES and one of a name server, longer than all the rest of a page.
const standingFor = 5 * time.Minute

// identity asks how the sender stands. Nobody waits for another's question.
func (c *Composer) identity(ctx context.Context, p *newsletter.Publication, afresh bool) (newsletter.Identity, error) {
	s, now := &c.standing, c.Now()
	s.mu.Lock()
	known, good := s.id, s.from == p.From && !s.at.IsZero() && now.Sub(s.at) < standingFor
	s.mu.Unlock()
	if good && !afresh {
		return known, nil
	}
	id, err := c.Identity(ctx, p)
	if err == nil {
		s.mu.Lock()
		s.from, s.id, s.at = p.From, id, now
		s.mu.Unlock()
	}
	return id, err
}

// sender looks at how far mailbox providers may trust the sender.
func (c *Composer) sender(ctx context.Context, p *newsletter.Publication, afresh bool) (found []newsletter.Finding) {
	warn := func(blocks bool, rule, text, cure string) {
		found = append(found, newsletter.Finding{Rule: rule, Blocks: blocks, Text: text, Cure: cure})
	}
	if c.Identity == nil {
		return nil
	}
	id, err := c.identity(ctx, p, afresh)
	switch {
	case err != nil:
		warn(false, "unknown-sender", "How the sender stands could not be found out.", "Look again in a few minutes.")
		return found
	case id.Trial:
		warn(false, "trial", "Nothing leaves this machine: messages go to the outbox.", "Set MASTHEAD_SMTP when you want to mail.")
		return found
	case !id.Verified:
		warn(true, "unverified-sender", "The mail provider does not know "+p.From.Domain()+" as yours.", "Publish the DNS records that it asks for.")
	}
	if !id.Signed {
		warn(false, "no-dkim", "Messages of "+p.From.Domain()+" are not signed here (DKIM).", "Set MASTHEAD_DKIM, unless your mail server signs them.")
	}
	if id.Sandbox {
		warn(false, "sandbox", "The mail provider still holds the account in its sandbox: only verified addresses are mailed.", "Ask for production access.")
	}
	if id.Policy == "" {
		warn(false, "no-dmarc", "The domain "+p.From.Domain()+" has no DMARC record, which Gmail and Yahoo ask of whoever mails much.", "Publish a TXT record at _dmarc."+p.From.Domain()+": v=DMARC1; p=none.")
	}
	return found
}

// quota looks at how many would get it, and whether the provider takes so many today.
func (c *Composer) quota(ctx context.Context, schedule string) (found []newsletter.Finding) {
	if c.Forecast == nil {
		return nil
	}
	f, err := c.Forecast(ctx, schedule)
	switch {
	case err != nil:
		found = append(found, newsletter.Finding{Rule: "no-forecast", Text: "How many would get it could not be counted.", Cure: "Look again in a few minutes."})
	case f.Readers == 0:
		found = append(found, newsletter.Finding{Rule: "no-readers", Text: "Nobody would get it: no reader is subscribed to this schedule.", Cure: "Subscribe at /subscribe, or import readers."})
	case !f.Fits():
		found = append(found, newsletter.Finding{Rule: "quota", Text: fmt.Sprintf("%d readers, but the provider takes %d a day: it would need %d days.", f.Readers, f.PerDay, f.Days),
			Cure: "Ask the provider for a higher quota, or let it be spread over days."})
	}
	return found
}
