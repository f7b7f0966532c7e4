package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3" // bars that behave on every terminal are nobody's business here
	"golang.org/x/term"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// progress shows how long work gets on: as a bar on a terminal, in plain lines
// elsewhere.
type progress struct {
	log      io.Writer
	terminal bool

	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	said time.Time
}

func newProgress(log io.Writer) *progress {
	file, ok := log.(*os.File)
	return &progress{log: log, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// step is called with how much of total is done; a total of 0 is unknown.
func (p *progress) step(what string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.terminal {
		p.line(what, done, total)
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(max(total, -1), progressbar.OptionSetWriter(p.log), progressbar.OptionClearOnFinish(),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("a second"), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(80*time.Millisecond))
	}
	p.bar.Describe(what)
	if total > 0 && total != p.bar.GetMax() { // another source, with another number of articles
		p.bar.ChangeMax(total)
	}
	_ = p.bar.Set(done)
}

// line writes at most one line every two seconds, and the last one.
func (p *progress) line(what string, done, total int) {
	if done != total && time.Since(p.said) < 2*time.Second {
		return
	}
	p.said = time.Now()
	if total > 0 {
		fmt.Fprintf(p.log, "%s: %d of %d\n", what, done, total)
		return
	}
	fmt.Fprintf(p.log, "%s: %d\n", what, done)
}

// end clears the bar.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
	p.bar, p.said = nil, time.Time{}
}

// collecting shows a collector's events.
func (p *progress) collecting(e collect.Event) {
	name := e.Source.Title
	if name == "" {
		name = e.Source.URL
	}
	switch {
	case p.terminal && e.Total < 0:
		p.step("Reading "+name, 0, 1)
	case e.Total < 0:
		p.say("Reading " + name + " …")
	case !p.terminal && e.Article == "":
		p.say(name + ": " + newArticles(e.Total))
	default:
		p.step("Collecting from "+name, e.Done, e.Total)
	}
}

// importing shows a list that is read first and then stored.
func (p *progress) importing(i subscribe.Imported) {
	stored := i.Added + i.Welcomed + i.There + i.Barred
	if stored == 0 {
		p.step("Reading rows", i.Rows, 0)
		return
	}
	p.step("Storing readers", stored, i.Rows-i.Rejected)
}

// say writes a line where there is no bar.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = time.Now()
	fmt.Fprintln(p.log, text)
}

func newArticles(n int) string {
	switch n {
	case 0:
		return "nothing new"
	case 1:
		return "1 new article"
	}
	return fmt.Sprintf("%d new articles", n)
}

// sending shows how far the lanes are together, of so many readers.
func (p *progress) sending(total int) func(*newsletter.Lane) {
	var mu sync.Mutex
	lanes := map[string]int{}
	return func(l *newsletter.Lane) {
		mu.Lock()
		lanes[fmt.Sprint(l.Run, l.N)] = l.Counts.Reached()
		done := 0
		for _, n := range lanes {
			done += n
		}
		mu.Unlock()
		p.step("Sending", min(done, total), total)
	}
}
