package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/masthead-mail/masthead/internal/config"
)

// editorToken is the one that scripts serve with.
const editorToken = "script-editor-token"

// serveProgram starts the server on a port of its own, waits until its first pass
// is through and sets $MASTHEAD to its address: serve [flags].
func serveProgram(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serve does not fail")
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), runAsProgram+"=1", "MASTHEAD_LISTEN=127.0.0.1:0", "MASTHEAD_EDITOR_TOKEN="+editorToken)
	for _, setting := range config.Variables {
		if value := ts.Getenv(setting.Name); value != "" {
			cmd.Env = append(cmd.Env, setting.Name+"="+value)
		}
	}
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = os.Stderr
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := regexp.MustCompile(`Masthead is at (\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			ts.Setenv("MASTHEAD", m[1])
		}
		if strings.HasPrefix(lines.Text(), "Ready: ") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	ts.Fatalf("the server did not get ready")
}

// get puts the answer to a GET into the file page: get URL STATUS.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get URL STATUS")
	}
	answered(ts, request(http.NewRequest(http.MethodGet, args[0], nil)), args[1])
}

// post sends a form and puts the answer into the file page: post URL FORM STATUS.
func post(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: post URL FORM STATUS")
	}
	r := request(http.NewRequest(http.MethodPost, args[0], strings.NewReader(args[1])))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answered(ts, r, args[2])
}

// sendNow asks for an issue as an editor does: issue STATUS. Where one is sent,
// it waits until the run has ended.
func sendNow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: issue STATUS")
	}
	home := ts.Getenv("MASTHEAD")
	r := request(http.NewRequest(http.MethodPost, home+"/api/issues", nil))
	r.Header.Set("Authorization", "Bearer "+editorToken)
	body := answered(ts, r, args[0])
	run := regexp.MustCompile(`"/api/runs/[^"/]+"`).FindString(body)
	for deadline := time.Now().Add(20 * time.Second); run != "" && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		r := request(http.NewRequest(http.MethodGet, home+strings.Trim(run, `"`), nil))
		r.Header.Set("Authorization", "Bearer "+editorToken)
		if strings.Contains(answered(ts, r, "200"), `"state":"sent"`) {
			return
		}
	}
	if run != "" {
		ts.Fatalf("the run did not end")
	}
}

func answered(ts *testscript.TestScript, r *http.Request, status string) string {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	ts.Check(err)
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	_ = answer.Body.Close()
	ts.Check(os.WriteFile(ts.MkAbs("page"), body, 0o644))
	if !strings.HasPrefix(answer.Status, status) {
		ts.Fatalf("%s %s: %s, want %s\n%s", r.Method, r.URL, answer.Status, status, body)
	}
	return string(body)
}

// findLink sets a variable to the first link of a reader's newest message that
// begins like that: link NAME ADDRESS PATH. Single mails count too.
func findLink(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: link NAME ADDRESS PATH")
	}
	files, err := filepath.Glob(ts.MkAbs("out/*/*" + args[1] + ".eml"))
	ts.Check(err)
	newest := time.Time{}
	for _, name := range files {
		info, err := os.Stat(name)
		ts.Check(err)
		if raw, err := os.ReadFile(name); err == nil && info.ModTime().After(newest) {
			l := letter{message: message{File: name}}
			ts.Check(l.takeApart(raw))
			if found := regexp.MustCompile(regexp.QuoteMeta(ts.Getenv("MASTHEAD")+args[2]) + `[\w.-]+`).FindString(l.Text); found != "" {
				ts.Setenv(args[0], found)
				newest = info.ModTime()
			}
		}
	}
	if newest.IsZero() {
		ts.Fatalf("no message to %s has a link to %s (of %d messages)", args[1], args[2], len(files))
	}
	_, err = url.Parse(ts.Getenv(args[0]))
	ts.Check(err)
}

// readField sets a variable to what a field of the form in the file page holds: field
// NAME FIELD.
func readField(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: field NAME FIELD")
	}
	found := regexp.MustCompile(`name="` + args[1] + `" value="([^"]*)"`).FindStringSubmatch(ts.ReadFile("page"))
	if found == nil {
		ts.Fatalf("the page has no field %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// countSingles checks how many single mails to a reader have a subject with that word,
// and puts one of them into the file letter: singles ADDRESS WORD N.
func countSingles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: singles ADDRESS WORD N")
	}
	files, err := filepath.Glob(ts.MkAbs("out/single/*" + args[0] + ".eml"))
	ts.Check(err)
	n := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		ts.Check(err)
		l := letter{message: message{File: name}}
		ts.Check(l.takeApart(raw))
		subject := slices.IndexFunc(l.Header, func(f field) bool { return f.Name == "Subject" })
		if strings.Contains(l.Header[subject].Value, args[1]) {
			n++
			ts.Check(os.WriteFile(ts.MkAbs("letter"), []byte(readable(&l)), 0o644))
		}
	}
	if fmt.Sprint(n) != args[2] {
		ts.Fatalf("%d single mails to %s are about %s, want %s", n, args[0], args[1], args[2])
	}
}

func request(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err) // a script with a broken URL
	}
	return r
}
