package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/local/queue"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/web/editor"
	"github.com/masthead-mail/masthead/internal/webtest"
)

// pressroom is a house with a desk, whose mailer sends a batch for each leave it gets.
type pressroom struct {
	*house
	home   string
	leave  chan struct{}
	server *http.Server
}

func newPressroom(t *testing.T) *pressroom {
	t.Helper()
	p := &pressroom{house: open(t), leave: make(chan struct{}, 100)}
	p.now = time.Now()
	var readers []newsletter.Subscriber
	for n := range 100 {
		address := newsletter.Address(fmt.Sprintf("reader%d@example.org", n))
		readers = append(readers, newsletter.Subscriber{ID: newsletter.Identify(pepper, address), Address: address, Status: newsletter.Active, ConfirmedAt: p.now})
	}
	_, err := p.store.AddSubscribers(t.Context(), readers)
	must(t, err)
	lanes := &queue.Queue[deliver.LaneRef]{}
	p.Runs.Queue, p.Runs.Mailer, p.Runs.BatchSize, p.Runs.Owner, p.Runs.Sleep = lanes, p, 10, "test", sleep
	ctx, end := context.WithCancel(t.Context())
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		lanes.Work(ctx, 1, func(ctx context.Context, ref deliver.LaneRef) { _ = p.Runs.Walk(ctx, ref) })
	}()
	t.Cleanup(func() { end(); <-worked })
	p.Access.Editors = []newsletter.Address{ada}
	desk, err := (&editor.Pages{Access: p.Access, Clicks: p.Clicks, Desk: p.Office, Composer: p.Composer, Runs: p.Runs, Store: p.store, Publication: p.Publication, Now: p.Runs.Now, Sleep: sleep, Log: p.Log}).Handler()
	must(t, err)
	p.Site.Desk, p.Live, p.Site.Sleep = desk, true, func(ctx context.Context, _ time.Duration) error { return sleep(ctx, 30*time.Millisecond) }
	p.Handler, err = p.Site.Handler()
	must(t, err)
	p.serve(t, "127.0.0.1:0")
	t.Cleanup(func() { _ = p.server.Close() })
	publication, err := p.store.Publication(t.Context())
	must(t, err)
	publication.BaseURL = p.home
	must(t, p.store.SavePublication(t.Context(), &publication))
	return p
}

// serve answers at an address.
func (p *pressroom) serve(t *testing.T, address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	must(t, err)
	p.home, p.server = "http://"+listener.Addr().String(), &http.Server{Handler: p.Handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }()
}

// Send waits for leave, and takes every message then.
func (p *pressroom) Send(ctx context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	select {
	case <-p.leave:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	results := make([]newsletter.Result, len(m.Recipients))
	for i := range results {
		results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: fmt.Sprint("m", m.Recipients[i].Address)}
	}
	return results, nil
}

// batches lets some more be sent.
func (p *pressroom) batches(n int) {
	for range n {
		p.leave <- struct{}{}
	}
}

// TestTheRunsPageLives with a run that is really sent, over real HTTP: numbers move
// without the page being loaded anew, also after the server has been away; pause and
// resume by keyboard hold and end it; in the end it shows the result.
func TestTheRunsPageLives(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a browser under the race detector proves nothing more")
	}
	p := newPressroom(t)
	p.article(t, 1)
	path := p.editor("POST", "/api/issues", "").Header().Get("Location")
	id := path[len("/api/runs/"):]
	b := webtest.Chromium(t)
	_, err := chromedp.Call(b.Context, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
		Source: `const wait = setTimeout; window.setTimeout = (f, ms) => wait(f, ms / 8); window.marked = Math.random();`}) // what takes seconds takes less
	must(t, err)
	link, err := p.Access.Link(t.Context(), string(ada), newsletter.ByCommandLine)
	must(t, err)
	b.Do(chromedp.Navigate(link))
	b.Press("Sign in")
	b.Until(`document.querySelector("h1")?.innerText === "Overview"`)
	b.Do(chromedp.Navigate(p.home + "/desk/runs/" + id))
	sent := func(n int) {
		t.Helper()
		b.Until(fmt.Sprintf(`document.querySelector('[data-run="sent"]')?.innerText === "%d"`, n))
	}
	sent(0)
	loaded := webtest.See[float64](b, "marked")
	p.batches(2)
	sent(20)
	p.batches(1)
	sent(30)
	if bar := webtest.See[int](b, `document.getElementById("bar").value`); bar != 30 || webtest.See[float64](b, "marked") != loaded {
		t.Errorf("the bar is at %d; loaded anew: %t", bar, webtest.See[float64](b, "marked") != loaded)
	}

	must(t, p.server.Close())
	b.Until(`!document.getElementById("lost").hidden`)
	p.batches(1)
	p.serve(t, p.home[len("http://"):])
	sent(40)
	if webtest.See[float64](b, "marked") != loaded || !webtest.See[bool](b, `document.getElementById("lost").hidden`) {
		t.Error("it was loaded anew after the server was away, or still says that it is")
	}

	b.Press("Pause")
	b.Until(`document.querySelector('[data-run="state"]')?.innerText === "paused"`)
	p.batches(3) // the first is of the batch that was claimed before
	sent(50)
	if run := p.stored(t, id); run.State != newsletter.RunPaused {
		t.Errorf("the run is %s", run.State)
	}
	b.Press("Resume")
	b.Until(`document.querySelector('[data-run="state"]')?.innerText === "sending"`)
	p.batches(5)
	b.Until(`[...document.querySelectorAll("h2")].some(h => h.innerText === "Result")`)
	sent(100)
	if run := p.stored(t, id); run.State != newsletter.RunSent || run.Counts.Sent != 100 {
		t.Errorf("the run is %s, %+v", run.State, run.Counts)
	}
	b.Quiet("ERR_")
}
