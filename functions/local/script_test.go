package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript" // the story as scripts that a newcomer can read

	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/mailtest"
)

func TestMain(m *testing.M) {
	if asProgram() {
		main()
	}
	if os.Getenv(runAsSink) != "" {
		serveSink()
	}
	testscript.Main(m, map[string]func(){"masthead": main})
}

// TestScripts runs the journeys of testdata/*.txtar against the program. The
// scripts know these sites by their variables:
//
//	$SITE    the sample magazine            $EVIL     a feed with hostile titles
//	$DEAD    nothing listens there          $BROKEN   answers 500
//	$PAGE    an HTML page without articles  $HUGE     a body of 200 MB
//	$BOMB    a gzip bomb                    $METADATA redirects to 169.254.169.254
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"messages":    countMessages,
			"message":     readMessage,
			"publish":     publish,
			"serve":       serveProgram,
			"get":         get,
			"post":        post,
			"issue":       sendNow,
			"link":        findLink,
			"field":       readField,
			"singles":     countSingles,
			"mailserver":  startMailServer,
			"mailed":      countMailed,
			"mailedall":   countAllMailed,
			"await":       awaitRuns,
			"refuse":      refuseReader,
			"editor":      askAsEditor,
			"readers":     inventReaders,
			"refuseevery": refuseEvery,
			"firstissue":  noteIssue,
			"hook":        makeHook,
			"events":      awaitEvents,
		},
	})
}

// sites are the servers of one script.
type sites struct {
	feed   []item
	sink   *mailtest.Sink
	hooked *receiver
}

type sitesKey struct{}

func setUp(env *testscript.Env) error {
	s := &sites{}
	env.Values[sitesKey{}] = s
	sample, err := magazine.New(magazine.Morning(time.Now()))
	if err != nil {
		return err
	}
	for name, handler := range map[string]http.Handler{
		"SITE": sample, "FEED": http.HandlerFunc(s.serveFeed), "EVIL": http.HandlerFunc(evilFeed),
		"BROKEN": answer(http.StatusInternalServerError, "text/plain", "down"), "PAGE": answer(http.StatusOK, "text/html", "<html><title>Shop</title><p>Buy now"),
		"HUGE": http.HandlerFunc(huge), "BOMB": http.HandlerFunc(bomb), "METADATA": http.RedirectHandler("http://169.254.169.254/latest/meta-data/", http.StatusFound),
	} {
		server := httptest.NewServer(handler)
		env.Defer(server.Close)
		env.Setenv(name, server.URL+"/")
	}
	env.Setenv("DEAD", "http://"+deadAddress()+"/")
	env.Setenv("MAIL", deadAddress())
	env.Setenv("HOME", env.WorkDir)
	return nil
}

// deadAddress is one where nothing listens, nor will by chance: systems give ports
// below 32768 only to who asks for them by number.
func deadAddress() string {
	for {
		address := fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(20_000))
		listener, err := net.Listen("tcp", address)
		if err == nil {
			_ = listener.Close()
			return address
		}
	}
}

func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func huge(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml")
	block := bytes.Repeat([]byte("<item>"), 10_000)
	for range 200 << 20 / len(block) {
		if _, err := w.Write(block); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range 500 {
		if _, err := z.Write(block); err != nil {
			return
		}
	}
	_ = z.Close()
}

const feedHead = `<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Feed</title><link>https://feed.example.org/</link><description>d</description>`

// serveFeed has the articles that the script has published.
func (s *sites) serveFeed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml")
	_, _ = io.WriteString(w, feedHead)
	for i, a := range s.feed {
		fmt.Fprintf(w, "<item><title>%s</title><link>https://feed.example.org/%d</link><guid>%d</guid><dc:creator>Jo Ferry</dc:creator><category>%s</category><description>About %s.</description></item>",
			a.title, i, i, a.category, a.title)
	}
	_, _ = io.WriteString(w, "</channel></rss>")
}

func evilFeed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml")
	_, _ = io.WriteString(w, feedHead+`<item><title>{{unsub}} &lt;script&gt;alert(1)&lt;/script&gt; {{.}}</title><link>https://feed.example.org/evil</link><guid>e</guid>
<description>&lt;img src=x onerror=alert(1)&gt; {{lb}}</description></item></channel></rss>`)
}

// item is an article of $FEED.
type item struct{ title, category string }

// publish adds an article to $FEED.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: publish TITLE [CATEGORY]")
	}
	s := ts.Value(sitesKey{}).(*sites)
	s.feed = append(s.feed, item{args[0], strings.Join(args[1:], "")})
}

// startMailServer starts a mail server at $MAIL, where none was before.
func startMailServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: mailserver")
	}
	sink, err := mailtest.OpenSink(ts.Getenv("MAIL"))
	ts.Check(err)
	ts.Defer(sink.Close)
	ts.Value(sitesKey{}).(*sites).sink = sink
}

// countMailed checks how many messages the mail server has for a reader: mailed
// ADDRESS N.
func countMailed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mailed ADDRESS N")
	}
	if got := ts.Value(sitesKey{}).(*sites).sink.Accepted()[args[0]]; fmt.Sprint(got) != args[1] {
		ts.Fatalf("%s was mailed %d times, want %s", args[0], got, args[1])
	}
}

// countMessages checks how many messages the outbox holds: messages [-to ADDRESS] N.
func countMessages(ts *testscript.TestScript, neg bool, args []string) {
	to := "*"
	if len(args) == 3 && args[0] == "-to" {
		to, args = strings.TrimSuffix(args[1], ".eml"), args[2:]
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: messages [-to ADDRESS] N")
	}
	files, err := filepath.Glob(ts.MkAbs("out/*/" + to + ".eml"))
	ts.Check(err)
	if got := fmt.Sprint(len(files)); got != args[0] {
		ts.Fatalf("%s messages to %s, want %s: %v", got, to, args[0], files)
	}
}

// noteIssue puts the first word of the command before, an issue's name, into $ISSUE.
func noteIssue(ts *testscript.TestScript, neg bool, args []string) {
	words := strings.Fields(ts.ReadFile("stdout"))
	if neg || len(args) > 0 || len(words) == 0 {
		ts.Fatalf("usage: firstissue, after issue list")
	}
	ts.Setenv("ISSUE", words[0])
}

// readMessage puts the decoded HTML and text of a reader's newest message on
// stdout.txt: message ADDRESS.
func readMessage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: message ADDRESS")
	}
	files, err := filepath.Glob(ts.MkAbs("out/*/" + args[0] + ".eml"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("no message to %s", args[0])
	}
	raw, err := os.ReadFile(files[len(files)-1])
	ts.Check(err)
	l := letter{message: message{File: filepath.Base(files[len(files)-1])}}
	ts.Check(l.takeApart(raw))
	ts.Check(os.WriteFile(ts.MkAbs("letter"), []byte(readable(&l)), 0o644))
}

// readable is a message as scripts look into it: header, text, HTML.
func readable(l *letter) string {
	var b strings.Builder
	for _, f := range l.Header {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	b.WriteString("\n" + strings.ReplaceAll(l.Text, "\r\n", "\n") + "\n" + l.HTML)
	return b.String()
}

// TestLineBreaksInAnAddressStopNobodyElse: what a script cannot write.
func TestLineBreaksInAnAddressStopNobodyElse(t *testing.T) {
	dir := t.TempDir()
	var out, log bytes.Buffer
	code := run(t.Context(), []string{"digest", "-to", "eve@example.org\r\nBcc: x@example.org", "-to", "ada@example.org", "-data", dir + "/data", "-out", dir + "/out"},
		func(string) string { return "" }, &out, &log)
	if code != exitDone || !strings.Contains(log.String(), "a line break cannot be part of an address") {
		t.Errorf("exit code %d\n%s", code, &log)
	}
	if files, _ := filepath.Glob(dir + "/out/*/*.eml"); len(files) != 1 || filepath.Base(files[0]) != "ada@example.org.eml" {
		t.Errorf("messages %v", files)
	}
}

// TestTwoProcessesOnOneFolder: a pass while the server runs on the same data.
func TestTwoProcessesOnOneFolder(t *testing.T) {
	sample, err := magazine.New(magazine.Morning(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(sample)
	t.Cleanup(site.Close)
	dir := t.TempDir()
	args := []string{"digest", "-source", site.URL, "-allow-private", "-to", "ada@example.org", "-data", dir + "/data", "-out", dir + "/out"}
	codes := make(chan string, 4)
	for range 4 {
		go func() {
			var out, log bytes.Buffer
			code := run(context.Background(), args, func(string) string { return "" }, &out, &log)
			codes <- fmt.Sprintf("%d %s%s", code, &out, &log)
		}()
	}
	for range 4 {
		if got := <-codes; !strings.HasPrefix(got, "0 ") {
			t.Errorf("exit code, output: %s", got)
		}
	}
	files, _ := filepath.Glob(dir + "/out/*/ada@example.org.eml")
	if len(files) != 1 {
		t.Errorf("%d messages to one reader: %v", len(files), files)
	}
}
