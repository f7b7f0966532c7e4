package feed

import (
	"bytes"
	"encoding/base64"
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// reader reads a tree as a feed. RSS and Atom call most things alike, and feeds mix
// what they take from either, so there is one reader for both.
type reader struct {
	url  string              // that answered
	home string              // what links are relative to where no xml:base says so
	told map[string][]Person // whom texts of this feed name
}

// readTree reads a feed from its root element.
func readTree(root *node, url string) Document {
	r := reader{url: url, home: url, told: map[string][]Person{}}
	channel := root
	if inner := root.find(path{own, "channel"}); inner != nil && root.name != "channel" {
		channel = inner
	}
	d := r.document(root, channel)
	entries := channel.all(path{own, "item"}, path{own, "entry"})
	if channel != root { // RSS 1.0 and 0.90 have the items beside the channel
		entries = append(entries, root.all(path{own, "item"}, path{own, "entry"})...)
	}
	if root.name == "entry" { // a document of one entry (RFC 4287, 2)
		entries, d = []*node{root}, Document{}
	}
	if items := channel.find(path{own, "items"}); len(entries) == 0 && items != nil { // RSS 1.1
		entries = items.all(path{own, "item"})
	}
	if r.home = firstOf(d.Link, url); root.base != "" {
		r.home = root.base
	}
	for _, n := range entries[:min(len(entries), mostArticles)] {
		d.Entries = append(d.Entries, r.entry(n, &d))
	}
	return d
}

// document reads what the feed says of itself.
func (r *reader) document(root, n *node) Document {
	d := Document{
		Title:    r.title(n, path{own, "title"}, path{dc, "title"}, path{media, "title"}, path{itunes, "title"}),
		Subtitle: plain.Line(r.text(n, path{own, "subtitle"}, path{own, "tagline"}, path{own, "description"}, path{own, "info"}, path{own, "abstract"}, path{dc, "description"}, path{itunes, "subtitle"}, path{itunes, "summary"}, path{media, "description"}).HTML()),
		Link:     firstOf(r.pageLink(n), r.link(n, n.attr("href"))),
		Language: language(firstOf(n.says(path{own, "language"}, path{dc, "language"}), n.lang)),
		Updated:  firstDate(n.says(path{own, "updated"}), n.says(path{own, "modified"}), n.says(path{own, "lastbuilddate"}), n.says(path{dc, "modified"}), n.says(path{dc, "date"}), n.attr("lastmod"), n.says(path{own, "pubdate"})),
		Tags:     r.tags(n),
	}
	d.Published = firstDate(n.says(path{own, "pubdate"}), n.says(path{own, "published"}), n.says(path{own, "issued"}), n.says(path{dc, "date"}), n.says(path{dc, "issued"}))
	d.ID = firstOf(r.id(n), n.says(path{own, "guid"}), n.says(path{dc, "identifier"}), n.attr("rdf:about"))
	d.Image = firstOf(r.imageOf(n), r.imageOf(root))
	d.Hub, d.Self = r.linkOf(n, "hub"), r.linkOf(n, "self")
	d.signed = r.first(n, path{own, "author"}, path{dc, "creator"}, path{dc, "author"}, path{itunes, "author"})
	d.Authors = r.first(n, path{own, "author"}, path{own, "managingeditor"}, path{dc, "creator"}, path{dc, "author"}, path{itunes, "author"}, path{itunes, "owner"}, path{own, "webmaster"}, path{dc, "publisher"})
	return d
}

// first are the persons of the first of these names that names any.
func (r *reader) first(n *node, paths ...path) []Person {
	for _, p := range paths {
		if list := r.persons(nil, n, p); len(list) > 0 {
			return list
		}
	}
	return nil
}

// imageOf is the picture that stands for the feed.
func (r *reader) imageOf(n *node) string {
	for _, image := range n.all(path{own, "image"}, path{own, "logo"}, path{itunes, "image"}, path{media, "thumbnail"}, path{own, "icon"}) {
		at := firstOf(image.says(path{own, "url"}), image.attr("href"), image.attr("url"), image.attr("rdf:resource"))
		if at == "" && !image.has() {
			at = image.value()
		}
		if link := r.link(image, at); link != "" {
			return link
		}
	}
	for _, l := range n.all(path{itunes, "link"}) {
		if l.attr("rel") == "image" {
			return r.link(l, l.attr("href"))
		}
	}
	return ""
}

// link resolves a reference that stands in n.
func (r *reader) link(n *node, ref string) string {
	return plain.Link(firstOf(n.base, r.home), ref)
}

// pageLink is the page that a feed or an entry stands for: HTML before other types.
func (r *reader) pageLink(n *node) string {
	second := ""
	for _, l := range n.all(path{own, "link"}) {
		rel, href := strings.ToLower(l.attr("rel")), firstOf(l.attr("href"), l.attr("rdf:resource"))
		if href == "" {
			href = l.value()
		} else if rel != "" && rel != "alternate" && !strings.HasSuffix(rel, "#alternate") {
			continue
		}
		link := r.link(l, href)
		if link != "" && (l.attr("type") == "" || strings.Contains(l.attr("type"), "html")) {
			return link
		}
		second = firstOf(second, link)
	}
	return second
}

// linkOf is the first link of a relation.
func (r *reader) linkOf(n *node, rel string) string {
	for _, l := range n.all(path{own, "link"}) {
		if strings.EqualFold(l.attr("rel"), rel) {
			return r.link(l, l.attr("href"))
		}
	}
	return ""
}

// comments is where readers reply, if it is an address: some write a number or a word.
func (r *reader) comments(n *node) string {
	at := n.says(path{own, "comments"})
	if strings.ContainsAny(at, " \n\t") || !strings.ContainsAny(at, "/#?") {
		return ""
	}
	return r.link(n, at)
}

// replies is the page with the replies. One of no type is a feed of them (RFC 4685, 4).
func (r *reader) replies(n *node) string {
	for _, l := range n.all(path{own, "link"}) {
		if href := l.attr("href"); strings.EqualFold(l.attr("rel"), "replies") && strings.Contains(l.attr("type"), "html") && !strings.Contains(href, " ") {
			return r.link(l, href)
		}
	}
	return ""
}

// entry reads an item of the feed d.
func (r *reader) entry(n *node, d *Document) Entry {
	e := Entry{Language: language(firstOf(n.says(path{own, "language"}, path{dc, "language"}), n.lang)), Replies: count(n.says(path{slash, "comments"}), n.says(path{thread, "total"}))}
	e.ID = firstOf(r.id(n), n.says(path{own, "guid"}), n.says(path{dc, "identifier"}), n.attr("rdf:about"))
	e.Link = r.entryLink(n, e.ID)
	e.home = firstOf(n.base, e.Link, r.home)
	e.Title = r.title(n, path{own, "title"}, path{media, "title"}, path{dc, "title"}, path{itunes, "title"})
	if group := n.find(path{media, "group"}); group != nil && e.Title == "" {
		e.Title = r.title(group, path{media, "title"})
	}
	e.Subtitle = plain.Line(n.says(path{itunes, "subtitle"}))
	e.Comments = firstOf(r.comments(n), r.replies(n), r.link(n, n.says(path{wfw, "comment"})))
	r.dates(n, &e)
	r.texts(n, &e)
	e.Authors = r.authors(n, d)
	e.Tags = r.tags(n)
	e.Enclosures = r.enclosures(n)
	for _, file := range e.Enclosures { // an episode of a podcast, often
		if e.Link == "" && !isImage(picture{url: file.Href, kind: file.Type}) {
			e.Link = file.Href
		}
	}
	e.media = append(r.pictures(n), enclosed(e.Enclosures)...)
	return e
}

// id is the id of a feed or an entry of Atom. It has to be absolute (RFC 4287, 4.2.6);
// one that is not tells nothing apart across sites.
func (r *reader) id(n *node) string {
	id := n.says(path{own, "id"})
	if strings.HasPrefix(id, "/") {
		return firstOf(r.link(n, id), id)
	}
	return id
}

// entryLink is where the article is read: FeedBurner's original link before the
// counting one, then a link, then an id that says that it is one.
func (r *reader) entryLink(n *node, id string) string {
	if link := firstOf(r.link(n, n.says(path{burner, "origlink"})), r.pageLink(n), r.link(n, n.attr("href"))); link != "" {
		return link
	}
	guid := n.find(path{own, "guid"})
	if strings.EqualFold(guid.attr("ispermalink"), "false") || !strings.Contains(id, "://") {
		return ""
	}
	return plain.Link("", id)
}

func (r *reader) dates(n *node, e *Entry) {
	e.Published = firstDate(n.says(path{own, "pubdate"}), n.says(path{own, "published"}), n.says(path{own, "issued"}), n.says(path{dc, "issued"}), n.says(path{dc, "date"}), n.says(path{dc, "created"}), n.says(path{own, "created"}), n.says(path{own, "date"}))
	e.Updated = firstDate(n.says(path{own, "updated"}), n.says(path{own, "modified"}), n.says(path{dc, "modified"}), n.says(path{dc, "date"}), n.attr("lastmod"))
	if e.Published.IsZero() {
		e.Published = e.Updated
	}
}

// texts reads the summary and the whole text. A second description, as some feeds have,
// is the whole text.
func (r *reader) texts(n *node, e *Entry) {
	e.Content = r.text(n, path{content, "encoded"}, path{own, "content"}, path{xhtml, "body"}, path{own, "body"}, path{xhtml, "div"}, path{own, "fullitem"}, path{own, "encoded"}, path{content, "items"})
	e.Summary = r.text(n, path{own, "summary"}, path{own, "description"}, path{own, "abstract"}, path{dc, "abstract"}, path{dc, "description"}, path{itunes, "summary"}, path{media, "description"}, path{media, "text"})
	if group := n.find(path{media, "group"}); group != nil && e.Summary.empty() {
		e.Summary = r.text(group, path{media, "description"})
	}
	if both := n.all(path{own, "description"}, path{own, "summary"}); len(both) > 1 && e.Content.empty() {
		e.Summary, e.Content = r.read(both[0]), r.read(both[1])
	}
}

// text is the first text of these names that says anything.
func (r *reader) text(n *node, paths ...path) Text {
	for _, p := range paths {
		for child := n.first; child != nil; child = child.next {
			if child.is(p) {
				if t := r.read(child); !t.empty() {
					return t
				}
			}
		}
	}
	return Text{}
}

// read reads a text construct (RFC 4287, 3.1 and 4.1.3; Atom 0.3 with its mode). What
// has no type is HTML, as in RSS, where nothing says otherwise.
func (r *reader) read(n *node) Text {
	t := Text{base: firstOf(n.base, r.home)}
	kind, mode := strings.ToLower(strings.TrimSpace(n.attr("type"))), strings.ToLower(n.attr("mode"))
	kind, _, _ = strings.Cut(kind, ";")
	switch {
	case encoded(kind, mode):
		t.value, t.plain = unpacked(n.value()), kind == "text/plain"
	case n.has():
		t.value = unwrapped(n)
	case kind == "text" || kind == "text/plain" || kind == "plain":
		t.value, t.plain = n.value(), true
	case kind == "xhtml" || kind == "application/xhtml+xml" || mode == "xml":
		t.value, t.plain = n.value(), true // no element in it: text
	default:
		t.value = n.value()
	}
	return t
}

// unpacked decodes base64. What is no text, such as a picture, gives nothing.
func unpacked(packed string) string {
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(packed), ""))
	if err != nil || bytes.IndexByte(decoded, 0) >= 0 {
		return ""
	}
	return decode(decoded, "")
}

// encoded tells whether a content of that type is base64 (RFC 4287, 4.1.3.3, and the
// mode of Atom 0.3).
func encoded(kind, mode string) bool {
	switch {
	case mode != "":
		return mode == "base64"
	case !strings.Contains(kind, "/"), strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "+xml"), strings.HasSuffix(kind, "/xml"):
		return false
	}
	return kind != "application/html" && !strings.HasPrefix(kind, "multipart/")
}

// unwrapped is the markup in n, without the div that only wraps it (RFC 4287, 3.1.1.3).
func unwrapped(n *node) string {
	var only *node
	for child := n.first; child != nil; child = child.next {
		switch {
		case child.name == "" && strings.TrimSpace(child.text) == "":
		case child.name == "div" && child.space == xhtml && only == nil:
			only = child
		default:
			return n.markup()
		}
	}
	return only.markup()
}

// title is the first title that says anything, as plain text.
func (r *reader) title(n *node, paths ...path) string {
	t := r.text(n, paths...)
	switch {
	case t.plain && !strings.Contains(t.value, "&"):
		return plain.Literal(t.value)
	case t.plain:
		return plain.Literal(html.UnescapeString(t.value))
	}
	return plain.Line(t.value)
}

// authors lists who wrote an entry: all of dc:creator, else author, and so on down, in
// the end those of the whole feed (RFC 4287, 4.2.1).
func (r *reader) authors(n *node, d *Document) []Person {
	if list := r.first(n, path{dc, "creator"}, path{own, "author"}, path{itunes, "author"}, path{dc, "author"}, path{own, "creator"}); len(list) > 0 {
		return list
	}
	var credited []Person
	for _, credit := range n.all(path{media, "credit"}) {
		if strings.EqualFold(credit.attr("role"), "author") {
			credited = append(credited, r.person(credit)...)
		}
	}
	if len(credited) > 0 {
		return credited
	}
	if source := n.find(path{own, "source"}); source != nil {
		if list := r.persons(nil, source, path{own, "author"}); len(list) > 0 {
			return list
		}
	}
	return d.signed
}

// tags lists the categories, keywords and subjects, each once.
func (r *reader) tags(n *node) []string {
	var list []string
	add := func(tag string) {
		if tag = plain.Line(tag); tag != "" && !contains(list, tag) && len(list) < mostTags {
			list = append(list, tag)
		}
	}
	for _, c := range n.all(path{own, "category"}, path{dc, "subject"}, path{own, "subject"}, path{itunes, "category"}, path{media, "category"}, path{media, "keywords"}, path{itunes, "keywords"}) {
		switch {
		case c.name == "keywords":
			for _, keyword := range strings.Split(c.value(), ",") {
				add(keyword)
			}
		case c.space == itunes:
			add(c.attr("text"))
			for _, inner := range c.all(path{itunes, "category"}) {
				add(inner.attr("text"))
			}
		case c.space == media && c.attr("scheme") != "": // a path in somebody's catalogue, or tags of a photograph
			add(c.attr("label"))
		case c.has():
			add(c.says(path{own, "title"}, path{other, "title"}))
		default:
			add(firstOf(c.attr("label"), c.attr("term"), c.value()))
		}
	}
	return list
}

// mostTags are kept of one entry.
const mostTags = 100

// enclosures are the files that belong to an entry, in Media RSS also its thumbnails.
func (r *reader) enclosures(n *node) []Enclosure {
	var list []Enclosure
	add := func(e Enclosure) {
		for i := range list {
			if list[i].Href == e.Href {
				return
			}
		}
		if e.Href != "" && len(list) < mostTags {
			list = append(list, e)
		}
	}
	original := n.says(path{burner, "origenclosurelink"})
	for _, at := range n.all(path{own, "enclosure"}, path{own, "link"}) {
		if at.name == "enclosure" || strings.EqualFold(at.attr("rel"), "enclosure") {
			add(r.enclosure(at, firstOf(original, at.attr("url"), at.attr("href"), at.attr("rdf:resource"))))
			original = ""
		}
	}
	for _, name := range []string{"thumbnail", "content", "peerlink"} {
		for _, at := range append(grouped(n, name), n.all(path{media, name})...) {
			add(r.enclosure(at, firstOf(at.attr("url"), at.attr("href"))))
		}
	}
	return list
}

func (r *reader) enclosure(n *node, at string) Enclosure {
	e := Enclosure{Href: r.link(n, at), Type: strings.ToLower(strings.TrimSpace(n.attr("type")))}
	length, err := strconv.ParseInt(strings.TrimSpace(firstOf(n.attr("length"), n.attr("filesize"))), 10, 64)
	if err == nil && length > 0 {
		e.Length = length
	}
	return e
}

// grouped are the elements of a name in the groups of Media RSS.
func grouped(n *node, name string) []*node {
	var list []*node
	for _, group := range n.all(path{media, "group"}) {
		list = append(list, group.all(path{media, name})...)
	}
	return list
}

// firstDate is the first of several texts that is a date.
func firstDate(texts ...string) time.Time {
	for _, text := range texts {
		if at := plain.ParseDate(text); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// count reads a number of comments, -1 where there is none.
func count(texts ...string) int {
	for _, text := range texts {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}

func contains(list []string, text string) bool {
	for _, s := range list {
		if s == text {
			return true
		}
	}
	return false
}
