package feed

import (
	"regexp"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// persons adds who is named in elements of any of these names, each once.
func (r *reader) persons(list []Person, n *node, paths ...path) []Person {
	for _, element := range n.all(paths...) {
		for _, p := range r.person(element) {
			list = addTo(list, p)
		}
	}
	return list
}

// person reads an element that names somebody: with elements for name, mail and page as
// Atom has them, or a text in one of the forms of RSS. A text may name several.
func (r *reader) person(n *node) []Person {
	if !n.has() {
		text := n.value()
		list, read := r.told[text]
		if !read {
			list = split(text)
			r.told[text] = list
		}
		return list
	}
	p := Person{
		Name:  plain.Line(n.says(path{own, "name"}, path{itunes, "name"}, path{dc, "name"}, path{other, "name"}, path{rdf, "value"})),
		Email: mailOf(n.says(path{own, "email"}, path{itunes, "email"}, path{other, "email"})),
		URL:   r.link(n, firstOf(n.says(path{own, "uri"}, path{own, "url"}, path{own, "homepage"}, path{other, "uri"}), n.attr("rdf:resource"))),
	}
	if p == (Person{}) {
		return split(plain.Line(n.value()))
	}
	if p.Name == "" || strings.Contains(p.Name, "@") { // "Ada (ada@example.org)" in the place of a name
		for _, q := range split(p.Name) {
			p.Name, p.Email = q.Name, firstOf(p.Email, q.Email)
		}
	}
	if names := plain.Names(p.Name); len(names) > 1 && p.Email == "" && p.URL == "" {
		return named(names)
	}
	return []Person{p}
}

func named(names []string) []Person {
	var list []Person
	for _, name := range names {
		list = append(list, Person{Name: name})
	}
	return list
}

var (
	address    = regexp.MustCompile(`[\w.+'-]+@[\w-]+(\.[\w-]+)+`)
	decoration = regexp.MustCompile(`\(\s*\)|<\s*>|\[\s*\]|&lt;\s*&gt;`)
	enclosing  = regexp.MustCompile(`^\s*[(<\["]+(.*?)[)>\]"]+\s*$`)
)

// split reads "mail (Name)", "Name <mail>", "Name (mail)", a bare one of both, or the
// names of several.
func split(text string) []Person {
	text = plain.Literal(text)
	mail := mailOf(text)
	name := text
	if mail != "" {
		name = strings.Replace(text, "mailto:", "", 1)
		name = decoration.ReplaceAllString(strings.Replace(name, mail, "", 1), "")
		if m := enclosing.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
	}
	name = strings.Trim(plain.Line(name), " ,;-–<>")
	if mail == "" {
		if names := plain.Names(name); len(names) > 1 {
			return named(names)
		}
	}
	if name == "" && mail == "" {
		return nil
	}
	return []Person{{Name: name, Email: mail}}
}

func mailOf(text string) string { return address.FindString(text) }

// addTo adds a person once. Two elements may each tell half of the same one.
func addTo(list []Person, p Person) []Person {
	if p == (Person{}) || len(list) == mostPeople {
		return list
	}
	for i := range list {
		if strings.EqualFold(list[i].Name, p.Name) && p.Name != "" {
			list[i].Email, list[i].URL = firstOf(list[i].Email, p.Email), firstOf(list[i].URL, p.URL)
			return list
		}
	}
	return append(list, p)
}
