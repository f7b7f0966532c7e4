package page

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// node is an object of a page's JSON-LD.
type node map[string]any

// Bounds for what the data of a page can cost.
const (
	maxNodes = 2000    // objects that are looked at
	maxData  = 1 << 20 // bytes of all blocks
)

// jsonLD collects all objects of a page's JSON-LD, outer ones first.
func (p *Page) jsonLD() []node {
	var all []node
	left := maxData
	p.marked.FilterMatcher(css(`script[type*="ld+json"]`)).Each(func(_ int, s *goquery.Selection) {
		block := s.Text()
		if left -= len(block); left > 0 {
			all = collect(all, parseLenient(block), 0)
		}
	})
	return all
}

func collect(all []node, value any, depth int) []node {
	if depth > 12 || len(all) >= maxNodes {
		return all
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			all = collect(all, element, depth+1)
		}
	case map[string]any:
		if len(v) > 1 { // a lone @id is a reference
			all = append(all, v)
		}
		if graph, ok := v["@graph"]; ok {
			all = collect(all, graph, depth+1)
		}
		for _, name := range []string{"mainEntity", "mainEntityOfPage", "author", "creator", "isPartOf", "publisher", "itemListElement", "hasPart"} {
			all = collect(all, v[name], depth+1)
		}
	}
	return all
}

var (
	trailingComma = regexp.MustCompile(`,(\s*[}\]])`)
	wrapping      = regexp.MustCompile(`^\s*(//)?\s*(<!\[CDATA\[|<!--)|(//)?\s*(\]\]>|-->)\s*$|/\*.{0,20}\*/`)
)

// parseLenient parses a block, if need be after taking away what generators wrongly
// put in: CDATA, comments, control characters, trailing commas, a semicolon.
func parseLenient(block string) any {
	var value any
	if json.Unmarshal([]byte(block), &value) == nil {
		return value
	}
	block = wrapping.ReplaceAllString(strings.TrimSpace(block), "")
	block = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, block)
	block = strings.TrimRight(trailingComma.ReplaceAllString(block, "$1"), "; ")
	if json.NewDecoder(strings.NewReader(block)).Decode(&value) != nil {
		return nil
	}
	return value
}

// is tells whether the node has a type of that name.
func (n node) is(name string) bool {
	for _, kind := range texts(n["@type"]) {
		if kind == name || strings.HasSuffix(kind, "/"+name) {
			return true
		}
	}
	return false
}

// text is a property as a string, of an object its name or URL.
func (n node) text(name string) string {
	for _, text := range texts(n[name]) {
		return text
	}
	return ""
}

func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, element := range v {
			list = append(list, texts(element)...)
		}
		return list
	case map[string]any:
		for _, name := range []string{"@value", "name", "url", "contentUrl", "@id"} {
			if text, ok := v[name].(string); ok && text != "" {
				return []string{text}
			}
		}
	}
	return nil
}

// resolve gives the objects that a property holds, following references by @id.
func (p *Page) resolve(value any) []node {
	switch v := value.(type) {
	case []any:
		var list []node
		for _, element := range v {
			list = append(list, p.resolve(element)...)
		}
		return list
	case string:
		if n := p.byID(v); n != nil {
			return []node{n}
		}
		return []node{{"name": v}}
	case map[string]any:
		if id, ok := v["@id"].(string); ok && node(v).text("name") == "" {
			if n := p.byID(id); n != nil {
				return []node{n}
			}
		}
		return []node{v}
	}
	return nil
}

func (p *Page) byID(id string) node {
	for _, n := range p.data {
		if n["@id"] == id && n.text("name") != "" {
			return n
		}
	}
	return nil
}

// articleTypes are the types of schema.org that stand for an article.
var articleTypes = []string{"Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "OpinionNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle",
	"ReviewNewsArticle", "Report", "Review", "Recipe", "TechArticle", "ScholarlyArticle", "SocialMediaPosting", "LiveBlogPosting", "CreativeWork"}

// articleNode is the object that describes this page's article: the one with its
// address, else the only one. A page that lists articles has several.
func (p *Page) articleNode() node {
	if home(p.URL) {
		return nil
	}
	var found []node
	for _, n := range p.data {
		for _, kind := range articleTypes {
			if n.is(kind) && (n.text("headline") != "" || n.text("name") != "" || n["author"] != nil) {
				found = append(found, n)
				break
			}
		}
	}
	for _, n := range found {
		for _, name := range []string{"url", "mainEntityOfPage", "@id"} {
			if at := p.link(n.text(name)); at != "" && sameAddress(at, p.Canonical()) {
				return n
			}
		}
	}
	if len(found) == 1 || len(found) > 1 && p.meta("og:type") == "article" {
		return found[0]
	}
	return nil
}

func sameAddress(a, b string) bool { return newsletter.CleanURL(a) == newsletter.CleanURL(b) }
