package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
)

const remoteToken = "a token of sixteen letters"

// stackOf is the program's own site as a deployed stack, with a line to it that may be
// cut.
func stackOf(t *testing.T, cut func(w http.ResponseWriter, r *http.Request, site http.Handler)) (url string) {
	t.Helper()
	settings, err := parse("serve", []string{"-data", t.TempDir()}, func(name string) string {
		return map[string]string{"MASTHEAD_EDITOR_TOKEN": remoteToken}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(t.Context(), settings, placeholderURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	site, err := (&host{app: a, out: io.Discard, log: io.Discard, home: "http://127.0.0.1"}).handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { cut(w, r, site) }))
	t.Cleanup(server.Close)
	return server.URL
}

// TestALineThatBreaks: answers get lost, requests do, the stack says no for a while;
// run again, import and export go on, and in the end all is there once.
func TestALineThatBreaks(t *testing.T) {
	const readers = 3500
	var requests, imports atomic.Int64
	url := stackOf(t, func(w http.ResponseWriter, r *http.Request, site http.Handler) {
		switch n := requests.Add(1); {
		case n%4 == 2: // nothing arrives
			panic(http.ErrAbortHandler)
		case n%4 == 3: // the answer gets lost
			site.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case n == 8:
			http.Error(w, "try later", http.StatusServiceUnavailable)
		default:
			if r.Method == http.MethodPost {
				imports.Add(1)
			}
			site.ServeHTTP(w, r)
		}
	})
	dir := t.TempDir()
	var list strings.Builder
	list.WriteString("Email;Name;Status\n")
	for i := range readers {
		fmt.Fprintf(&list, "reader%d@example.org;Reader, the %dth;%s\n", i, i, []string{"active", "unsubscribed"}[i%2])
	}
	list.WriteString("nobody;;\n")
	if err := os.WriteFile(dir+"/list.csv", []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	transferred := func(verb, file string) {
		t.Helper()
		for try := 1; ; try++ {
			c := transfer{out: &out, log: io.Discard}
			if err := c.parse([]string{verb, "-remote", url, "-token", remoteToken, file}, func(string) string { return "" }); err != nil {
				t.Fatal(err)
			}
			c.remote.pause = time.Nanosecond
			whole, left := c.remote.call, 2
			c.remote.call = func(ctx context.Context, method, link string, header http.Header, body []byte) (*fetch.Answer, error) {
				if left--; left < 0 { // the command dies after the second request
					return nil, errors.New("no network")
				}
				return whole(ctx, method, link, header, body)
			}
			if err := c.overAPI(t.Context()); err == nil {
				break
			} else if try == 60 {
				t.Fatal(err)
			}
		}
	}
	transferred("import", dir+"/list.csv")
	if !strings.Contains(out.String(), fmt.Sprintf("%d rows:", readers+1)) || !strings.Contains(out.String(), "1 rejected") {
		t.Errorf("%s", &out)
	}
	transferred("export", dir+"/all.csv")
	all, err := os.ReadFile(dir + "/all.csv")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(all)), "\n")[1:] {
		email, _, _ := strings.Cut(line, ",")
		if seen[email] {
			t.Errorf("%s is there twice", email)
		}
		seen[email] = true
	}
	if len(seen) != readers || !strings.Contains(out.String(), fmt.Sprintf("%d rows are in", readers)) {
		t.Errorf("%d readers came back of %d\n%s", len(seen), readers, &out)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%v was left", left)
	}
}

// TestRemoteMistakes are told before anything is sent.
func TestRemoteMistakes(t *testing.T) {
	for name, args := range map[string][]string{
		"no token":       {"import", "-remote", "https://news.example.org", "x.csv"},
		"not encrypted":  {"export", "-remote", "http://news.example.org", "-token", "x", "x.csv"},
		"no address":     {"export", "-remote", "news", "-token", "x", "x.csv"},
		"no file at all": {"import", "-remote", "https://news.example.org", "-token", "x"},
	} {
		var log bytes.Buffer
		if code := run(t.Context(), append([]string{"readers"}, args...), func(string) string { return "" }, io.Discard, &log); code != exitMistake {
			t.Errorf("%s: exit %d, %s", name, code, &log)
		}
	}
}
