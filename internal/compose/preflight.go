package compose

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// What preflight warns of.
const (
	largeMail = 90_000              // bytes of HTML; Gmail clips at about 102,000
	staleFrom = 45 * 24 * time.Hour // since an article was published
	earlier   = 12                  // issues among which it looks for the same article
)

// Proof is an Issue as it would be mailed, in a language; empty: the publication's.
func (c *Composer) Proof(ctx context.Context, issue *newsletter.Issue, language string) (newsletter.Mail, error) {
	content, err := c.Content(ctx, issue)
	if err != nil {
		return newsletter.Mail{}, err
	}
	content.Language = language
	content.Issue.State = newsletter.IssueDraft // who looks at a proof is not counted
	return c.Render.Issue(content)
}

// Preflight looks for everything that is wrong with a draft: at links, pictures and the
// quota as well, which takes seconds.
func (c *Composer) Preflight(ctx context.Context, issue *newsletter.Issue) (newsletter.Preflight, error) {
	return c.preflight(ctx, issue, true)
}

// Glance is what preflight finds without leaving the house.
func (c *Composer) Glance(ctx context.Context, issue *newsletter.Issue) (newsletter.Preflight, error) {
	return c.preflight(ctx, issue, false)
}

func (c *Composer) preflight(ctx context.Context, issue *newsletter.Issue, thorough bool) (newsletter.Preflight, error) {
	found := newsletter.Preflight{At: c.Now(), Thorough: thorough}
	content, err := c.Content(ctx, issue)
	if err != nil {
		return found, err
	}
	if found.Findings, err = c.duplicates(ctx, &content); err != nil {
		return found, err
	}
	found.Findings = append(found.Findings, wording(&content.Issue)...)
	for i := range content.Articles {
		found.Findings = append(found.Findings, article(&content.Articles[i], c.Now())...)
	}
	found.Findings = append(found.Findings, bios(&content)...)
	found.Findings = append(found.Findings, c.sender(ctx, &content.Publication, thorough)...)
	if len(content.Articles) > 0 {
		content.Issue.State = newsletter.IssueDraft // its links lead straight to where they lead
		mail, err := c.Render.Issue(content)
		if err != nil {
			return found, err
		}
		found.Bytes = len(mail.HTML)
		found.Findings = append(found.Findings, size(&content, &mail)...)
		found.Findings = append(found.Findings, leaving(&content.Publication, &mail)...)
		if thorough {
			reached, weight := c.reach(ctx, &content, &mail)
			found.Findings, found.Images = append(found.Findings, reached...), weight
		}
	}
	if thorough {
		found.Findings = append(found.Findings, c.followLeaving(ctx, &content.Publication)...)
		found.Findings = append(found.Findings, c.quota(ctx, issue.Schedule)...)
	}
	slices.SortStableFunc(found.Findings, func(a, b newsletter.Finding) int { return rank(a) - rank(b) })
	return found, nil
}

func rank(f newsletter.Finding) int {
	if f.Blocks {
		return 0
	}
	return 1
}

// wording looks at what stands around the articles.
func wording(i *newsletter.Issue) (found []newsletter.Finding) {
	stop := func(rule, text, cure string) {
		found = append(found, newsletter.Finding{Rule: rule, Blocks: true, Text: text, Cure: cure})
	}
	warn := func(rule, text, cure string) {
		found = append(found, newsletter.Finding{Rule: rule, Text: text, Cure: cure})
	}
	if len(i.Articles) == 0 {
		stop("no-articles", "The issue has no articles.", "Take one in, or discard the draft: an issue without news is never mailed.")
	}
	switch n := utf8.RuneCountInString(i.Subject); {
	case n == 0:
		stop("empty-subject", "The subject is empty.", "Write one that names the lead.")
	case n > maxSubject:
		warn("long-subject", fmt.Sprintf("The subject has %d characters; phones show about %d.", n, maxSubject), "Say the most telling words first, or shorten it.")
	}
	if i.Preheader == "" {
		warn("empty-preheader", "The preheader is empty.", "Write what makes the subject worth opening: mailboxes show it beside it.")
	}
	if why := spammy(i.Subject); why != "" {
		warn("spam-like-subject", "The subject "+why+", as spam often does.", "Say it plainly: filters and readers trust that more.")
	}
	return found
}

var (
	shouting = regexp.MustCompile(`[!?]{2,}|!.*!`)
	bait     = regexp.MustCompile(`(?i)\b(100 ?%|act now|buy now|cash|click here|congratulations|earn money|for free|guaranteed?|limited time|no obligation|risk[- ]free|urgent|winner|you(’|')?ve won)\b|\${2,}|€{2,}`)
)

// spammy says what of a subject spam filters would dislike; empty: nothing.
func spammy(subject string) string {
	letters, upper := 0, 0
	for _, r := range subject {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	switch {
	case letters >= 8 && upper*10 > letters*7:
		return "is in capitals"
	case shouting.MatchString(subject):
		return "shouts"
	case bait.MatchString(subject):
		return "has the words “" + bait.FindString(subject) + "”"
	case strings.HasPrefix(strings.ToLower(subject), "re:") || strings.HasPrefix(strings.ToLower(subject), "fwd:"):
		return "pretends to be an answer"
	}
	return ""
}

// called is the title as findings name it: they are read at a glance.
func called(a *newsletter.Article) string { return newsletter.Shorten(a.Title, 80) }

// article looks at one article.
func article(a *newsletter.Article, now time.Time) (found []newsletter.Finding) {
	add := func(blocks bool, rule, text, cure string) {
		found = append(found, newsletter.Finding{Rule: rule, Blocks: blocks, Text: fmt.Sprintf(text, called(a)), Cure: cure, Article: a.ID})
	}
	if a.Gone {
		add(true, "removed-article", "The site has taken “%s” away.", "Drop it.")
	}
	if !a.Published.IsZero() && now.Sub(a.Published) > staleFrom {
		add(false, "stale-article", "“%s” is more than six weeks old.", "Drop it, or say in the intro why it is there.")
	}
	if a.Image.URL == "" && a.Unshown != "" {
		add(false, "unshown-image", "The picture of “%s” has a form that Outlook does not show (WebP or AVIF), and is left out.", "Name a JPEG or PNG for it, under Change.")
	}
	if unshowable(a.Image.URL) {
		add(false, "webp-image", "The picture of “%s” has a form that Outlook does not show.", "Name a JPEG or PNG for it, under Change.")
	}
	if a.Image.URL != "" && a.Image.Alt == "" {
		add(false, "missing-alt", "The picture of “%s” has no words for who cannot see it; its title stands in.", "Write what is to be seen, under Change.")
	}
	if a.Excerpt == "" && a.Dek == "" {
		add(false, "missing-excerpt", "“%s” has neither a dek nor an excerpt.", "Write one, under Change.")
	}
	return found
}

// unshowable tells whether a picture's address says that Outlook does not show it.
func unshowable(picture string) bool {
	path := strings.ToLower(strings.SplitN(picture, "?", 2)[0])
	return strings.HasSuffix(path, ".webp") || strings.HasSuffix(path, ".avif") || strings.HasSuffix(path, ".svg")
}

// writers are the authors whose cards are shown, each once, in reading order.
func writers(c *newsletter.IssueContent) (keys []string) {
	for i := range c.Articles {
		for _, key := range c.Articles[i].Authors {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// bios looks at what readers are told of them.
func bios(c *newsletter.IssueContent) (found []newsletter.Finding) {
	for _, key := range writers(c) {
		author := c.Authors[key]
		profile := author.Profile()
		if profile.Name == "" {
			continue
		}
		f := newsletter.Finding{Author: key}
		switch {
		case author.Bioless():
			continue
		case profile.Bio == "":
			f.Rule, f.Text = "missing-bio", "There is no bio of "+profile.Name+"."
			f.Cure = "Write one, under Authors, or - for none; it holds for all issues to come."
		case profile.BioHole() != "":
			f.Rule, f.Text = "bio-with-a-hole", fmt.Sprintf("The bio of %s lacks a word: “…%s…”.", profile.Name, profile.BioHole())
			f.Cure = fmt.Sprintf("Mend it, under Authors; perhaps “%s” belongs there.", c.Publication.Name)
		default:
			continue
		}
		found = append(found, f)
	}
	return found
}

// duplicates finds articles that an earlier issue of the schedule has shown.
func (c *Composer) duplicates(ctx context.Context, content *newsletter.IssueContent) (found []newsletter.Finding, err error) {
	issues, err := c.Store.Issues(ctx, earlier)
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for i := range issues {
		old := &issues[i]
		if old.ID == content.Issue.ID || old.Schedule != content.Issue.Schedule || old.State != newsletter.IssueApproved {
			continue
		}
		for _, a := range content.Articles {
			if slices.Contains(old.Articles, a.ID) && !told[a.ID] {
				told[a.ID] = true
				found = append(found, newsletter.Finding{Rule: "duplicate-article", Blocks: true, Article: a.ID,
					Text: fmt.Sprintf("“%s” was in the issue of %s.", called(&a), old.FireAt.In(content.Publication.Location()).Format("2 January")), Cure: "Drop it: readers have it."})
			}
		}
		if old.Subject != "" && strings.EqualFold(old.Subject, content.Issue.Subject) && !told[old.Subject] {
			told[old.Subject] = true
			found = append(found, newsletter.Finding{Rule: "same-subject", Text: "An earlier issue has the same subject.", Cure: "Write another: mailboxes would show both as one."})
		}
	}
	return found, nil
}

// size looks at what Gmail would clip.
func size(content *newsletter.IssueContent, mail *newsletter.Mail) (found []newsletter.Finding) {
	left := 0
	for i := range content.Articles {
		if !strings.Contains(mail.HTML, htmlLink(content.Articles[i].URL)) {
			left++
		}
	}
	switch n := len(mail.HTML); {
	case left > 0:
		return []newsletter.Finding{{Rule: "too-large", Text: fmt.Sprintf("The mail would be larger than Gmail shows: the last %d articles are left out, and counted in “and more”.", left),
			Cure: "Shorten excerpts or bios, or drop articles, so that you choose which."}}
	case n > largeMail:
		return []newsletter.Finding{{Rule: "large", Text: fmt.Sprintf("The mail has %d KB; Gmail clips it at about 100.", n/1000), Cure: "Shorten excerpts or bios, or drop an article."}}
	}
	return nil
}

// htmlLink is a link as a mail has it.
func htmlLink(link string) string { return strings.ReplaceAll(link, "&", "&amp;") }
