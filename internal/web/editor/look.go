package editor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/templates"
)

// page is one before it is written.
type page struct {
	status  int // 0: 200
	name    string
	title   string
	body    any
	narrow  bool
	refresh int      // seconds after which a browser without script looks again; 0: never
	scripts []string // of templates/desk, by name; none: the page has no script
	frames  bool     // shows mails in frames of our own
}

// view is what the template of a page sees.
type view struct {
	Title, Site string
	Style       template.CSS // allowed by its hash, as the script is
	Script      template.JS
	Narrow      bool
	Refresh     int
	Nav         []room
	Person      desk.Person
	Done        string // what was just done
	Body        any
}

type room struct {
	Name, URL string
	Here      bool
}

// dones are the words for what an address may say was done.
var dones = map[string]string{
	"signed-in": "You are signed in.", "session-ended": "That browser is signed out.", "token-revoked": "The token is revoked.",
	"saved": "Saved.", "dropped": "The article is out. It comes into the next issue.", "buried": "The article is out, and will not come again.", "included": "The article is in, at the end.", "included-all": "They are in, at the end.",
	"source-added": "It is a source now.", "source-there": "It was a source already.", "on": "It is visited again.", "off": "It is visited no more.", "released": "What it lists is taken in again.", "due": "It is due now.",
	"tagged": "The tags are changed.", "suppressed": "Nothing more is mailed there.", "lifted": "They may be mailed again.",
	"order": "The order is changed.", "pinned": "Pinned: it stays in front.", "unpinned": "It is pinned no more.",
	"approve": "Approved: it goes out when its time comes.", "hold": "Held: it does not go out until somebody lets it go.", "release": "It goes its way again.",
	"plan": "It goes out at that moment.", "unplan": "The moment is taken back.", "discard": "The draft is discarded; its articles come into the next one.", "test": "The test is on its way.",
	"hook-changed": "The hook is changed.", "hook-on": "The hook is on: it hears of what happens from now on.", "hook-off": "The hook is off: nobody is called.", "hook-deleted": "The hook is deleted.",
	"hook-test": "The test was made. Below is what came of it.", "call-tried": "It was tried again. Below is what came of it.",
	"pause": "Paused: within one batch nobody more is mailed.", "resume": "It goes on.", "cancel": "Cancelled: nobody more is mailed.", "retargeted": "It leads there now, in mails that were sent too.", "retry": "It is sent once more to those.",
}

// write renders the page in full before the first byte leaves.
func (p *Pages) write(w http.ResponseWriter, v *visit, a page) {
	publication, err := p.Publication(v.Context())
	if err != nil {
		p.Log.ErrorContext(v.Context(), "no publication for the desk", "error", err)
	}
	shown := view{Title: a.title, Site: publication.Name, Style: p.look.style(&publication), Script: p.look.script(a.scripts), Narrow: a.narrow,
		Refresh: a.refresh, Person: v.person, Done: dones[v.URL.Query().Get("done")], Body: a.body}
	for _, n := range nav {
		if v.person.May(n.need) != nil {
			continue
		}
		here := n.url == v.URL.Path || n.url != Path && strings.HasPrefix(v.URL.Path, n.url) || n.url == issuesPath && strings.HasPrefix(v.URL.Path, "/desk/runs/")
		shown.Nav = append(shown.Nav, room{n.name, n.url, here})
	}
	var b bytes.Buffer
	if err := p.look.pages[a.name].ExecuteTemplate(&b, "layout", &shown); err != nil {
		p.Log.ErrorContext(v.Context(), "render a page of the desk", "page", a.name, "error", err)
		http.Error(w, "Sorry, this page cannot be shown now. Please try again later.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", shown.policy(a.frames))
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(max(a.status, http.StatusOK))
	_, _ = b.WriteTo(w) // nobody is left to tell
}

// policy allows the page its own style and script, forms and requests to this site,
// pictures of the magazine, nothing else.
func (v *view) policy(frames bool) string {
	policy := "default-src 'none'; style-src " + hash(string(v.Style)) + "; img-src http: https: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if v.Script != "" {
		policy += "; script-src " + hash(string(v.Script)) + "; connect-src 'self'"
	}
	if frames {
		policy += "; frame-src 'self'"
	}
	return policy
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// look is everything parsed that the pages are made of.
type look struct {
	pages   map[string]*template.Template
	sheet   string
	scripts map[string]string
}

// newLook parses each page within the layout.
func newLook() (*look, error) {
	files, err := fs.Sub(templates.Desk, "desk")
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	sheet, err := fs.ReadFile(files, "desk.css")
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	layout, err := template.New("layout").ParseFS(files, "layout.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	l := &look{pages: map[string]*template.Template{}, sheet: tight.Replace(bare(sheet)), scripts: map[string]string{}}
	names, err := fs.Glob(files, "*.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	for _, name := range names {
		one, err := layout.Clone()
		if err == nil {
			one, err = one.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("desk: page %s: %w", name, err)
		}
		l.pages[strings.TrimSuffix(name, ".html.tmpl")] = one
	}
	return l, l.readScripts(files)
}

func (l *look) readScripts(files fs.FS) error {
	names, err := fs.Glob(files, "*.js")
	for _, name := range names {
		script, readErr := fs.ReadFile(files, name)
		if readErr != nil {
			return fmt.Errorf("desk: %w", readErr)
		}
		l.scripts[strings.TrimSuffix(name, ".js")] = bare(script)
	}
	return err
}

// bare is a script or a style sheet without indentation, empty lines and comments that have
// a line for themselves: each page carries it along.
func bare(source []byte) string {
	var all strings.Builder
	for line := range strings.Lines(string(source)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/") {
			continue
		}
		all.WriteString(line + "\n")
	}
	return all.String()
}

// tight takes the spaces out of a style sheet that are there for people.
var tight = strings.NewReplacer("; }", "}", " { ", "{", " {", "{", " }", "}", "; ", ";", ": ", ":", ", ", ",", " > ", ">", "\n", "")

// script is several of them as one. Each has its names for itself.
func (l *look) script(names []string) template.JS {
	var all strings.Builder
	for _, name := range names {
		fmt.Fprintf(&all, "{\n%s}\n", l.scripts[name])
	}
	return template.JS(all.String())
}

// style is the style sheet with the publication's colours in front. They are checked
// colours, never text that somebody typed.
func (l *look) style(p *newsletter.Publication) template.CSS {
	light, dark := render.Accents(p.Accent)
	return template.CSS(fmt.Sprintf(":root{--accent:%s;--accent-dark:%s}\n%s", light, dark, l.sheet))
}
