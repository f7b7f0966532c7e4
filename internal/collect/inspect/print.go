package inspect

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// printed bounds how much of a text is printed, in characters.
const printed = 100

// Print writes a Result for people: each field, and which of them are missing.
func Print(out io.Writer, r Result) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	p := printer{out: table}
	if !r.OK {
		p.field("error", r.Err)
	}
	if r.Feed != nil {
		p.channel(r.Feed)
	}
	for i := range r.Entries {
		p.entry(i, &r.Entries[i])
	}
	if r.Article != nil {
		p.article(r.Article)
	}
	fmt.Fprintf(table, "\nread in %.1f ms\n", r.MS)
	return table.Flush()
}

type printer struct{ out io.Writer }

func (p printer) field(name, value string) {
	value = strings.Join(strings.Fields(value), " ")
	if utf8.RuneCountInString(value) > printed {
		value = string([]rune(value)[:printed]) + "…"
	}
	fmt.Fprintf(p.out, "%s\t%s\n", name, cmp.Or(value, "- missing"))
}

func (p printer) channel(c *Channel) {
	p.field("feed", c.Title)
	p.field("  link", c.Link)
	p.field("  subtitle", c.Subtitle)
	p.field("  language", c.Language)
	p.field("  updated", cmp.Or(c.Updated, c.Published))
	p.field("  image", c.Image)
	p.people(c.Authors)
}

func (p printer) entry(i int, e *Entry) {
	fmt.Fprintln(p.out)
	p.field(fmt.Sprintf("%d", i+1), e.Title)
	p.field("  link", e.Link)
	p.field("  id", e.ID)
	p.field("  published", e.Published)
	p.field("  updated", e.Updated)
	p.people(e.Authors)
	p.field("  summary", e.Summary)
	p.field("  content", e.Content)
	p.field("  tags", strings.Join(e.Tags, ", "))
	p.field("  image", e.Image)
	p.field("  comments", e.Comments)
	for _, file := range e.Enclosures {
		p.field("  enclosure", fmt.Sprintf("%s %s %d", file.Href, file.Type, file.Length))
	}
}

func (p printer) people(list []Person) {
	if len(list) == 0 {
		p.field("  author", "")
	}
	for _, a := range list {
		p.field("  author", strings.Join([]string{a.Name, a.Email, a.URL}, " "))
		if a.Bio != "" {
			p.field("    bio", a.Bio)
		}
	}
}

func (p printer) article(d *Document) {
	p.field("title", d.Title)
	p.field("description", d.Description)
	p.field("url", d.URL)
	p.field("site", d.SiteName)
	p.field("language", d.Language)
	p.field("published", d.Published)
	p.field("modified", d.Modified)
	p.field("image", d.Image)
	for _, a := range d.Authors {
		p.field("author", a.Name)
		p.field("  bio", a.Bio)
		p.field("  link", a.URL)
	}
	if len(d.Authors) == 0 {
		p.field("author", "")
	}
	p.field("text", d.Text)
}
