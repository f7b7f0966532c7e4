package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/web"
)

// issueCommand is what an editor does with issues at the command line: over the API,
// that of a deployed stack or of the data folder here.
func issueCommand(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) (err error) {
	c := issues{out: out}
	rest, settings, err := c.parse(args, getenv)
	if err != nil {
		return err
	}
	if c.api.url != "" {
		c.api.token = cmp.Or(c.api.token, settings.RemoteToken)
		if err := c.api.check(); err != nil {
			return err
		}
		return c.run(ctx)
	}
	o, err := parse("issue", rest, getenv)
	if err != nil {
		return err
	}
	a, err := openBooks(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if err := c.here(ctx, a, log); err != nil {
		return err
	}
	if err := c.run(ctx); err != nil || !c.sends() {
		return err
	}
	return a.drain(ctx)
}

// issues is one such command.
type issues struct {
	api    remote
	verb   string
	id     string // of the issue, or of the schedule where the verb makes one
	reason string
	to     []string
	out    io.Writer
}

// verbs are what can be done, with the words that each wants.
var verbs = map[string]string{"list": "", "new": "[SCHEDULE]", "now": "[SCHEDULE]", "show": "ISSUE", "preflight": "ISSUE", "test": "ISSUE -to ADDRESS", "hold": "ISSUE [-reason TEXT]",
	"release": "ISSUE", "approve": "ISSUE", "send": "ISSUE", "discard": "ISSUE"}

const issueUsage = "write it like: local issue list, new, now, show, preflight, test, hold, release, approve, send or discard, and the issue's name; with -remote URL for a deployed stack"

// sends tells whether a run may begin by the command.
func (c *issues) sends() bool { return c.verb == "now" || c.verb == "send" || c.verb == "approve" }

func (c *issues) parse(args []string, getenv func(string) string) (rest []string, settings config.Settings, err error) {
	flags := flag.NewFlagSet("issue", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.api.url, "remote", "", "")
	flags.StringVar(&c.api.token, "token", "", "")
	flags.StringVar(&c.reason, "reason", "", "")
	flags.Func("to", "", func(s string) error { c.to = append(c.to, s); return nil })
	flags.BoolFunc("allow-private", "", func(string) error { rest = append(rest, "-allow-private"); return nil })
	for _, common := range []string{"data", "out", "smtp"} {
		flags.Func(common, "", func(s string) error { rest = append(rest, "-"+common, s); return nil })
	}
	words, err := parseAround(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		return nil, settings, errHelp
	}
	if err != nil || len(words) == 0 || len(words) > 2 {
		return nil, settings, mistake{errors.New(issueUsage)}
	}
	wanted, known := verbs[words[0]]
	if c.verb = words[0]; !known {
		return nil, settings, mistake{fmt.Errorf("there is no issue command %q; %s", c.verb, issueUsage)}
	}
	if c.id = strings.Join(words[1:], ""); strings.HasPrefix(wanted, "ISSUE") && c.id == "" || wanted == "" && c.id != "" {
		return nil, settings, mistake{fmt.Errorf("write it like: local issue %s %s", c.verb, wanted)}
	}
	settings, err = config.Load(getenv)
	return rest, settings, err
}

// here has the API of a data folder answer, without a network. Whoever may use this
// machine may do all of it.
func (c *issues) here(ctx context.Context, a *app, log io.Writer) error {
	schedules, err := a.store.Schedules(ctx)
	if err != nil {
		return err
	}
	if err := a.reachSources(ctx); err != nil {
		return err
	}
	main := ""
	if len(schedules) > 0 {
		main = schedules[0].ID
	}
	a.access.Token, a.access.TokenOf = rand.Text(), newsletter.ByCommandLine
	site := &web.Site{Publication: a.publication, Subscribers: a.subscribers, Composer: a.composer, Runs: a.engine, Store: a.store, Schedule: main, Access: a.access, Office: a.office,
		Clicks: a.clicks(), Log: slog.New(slog.NewTextHandler(log, nil))}
	handler, err := site.Handler()
	if err != nil {
		return err
	}
	c.api.token = a.access.Token
	c.api.call = func(ctx context.Context, method, link string, header http.Header, body []byte) (*fetch.Answer, error) {
		at, err := url.Parse(link)
		if err != nil {
			return nil, err
		}
		r := &http.Request{Method: method, URL: at, Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), RequestURI: link}
		w := &kept{header: http.Header{}}
		handler.ServeHTTP(w, r.WithContext(ctx))
		return &fetch.Answer{Status: max(w.status, http.StatusOK), Header: w.header, Body: w.body.Bytes()}, nil
	}
	return nil
}

// kept is an answer in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

// shownIssue is what the command shows of an issue.
type shownIssue struct {
	ID, State, Subject, Preheader, HeldFor string
	Held                                   bool
	FireAt, SendAt                         time.Time
	More                                   int
	Articles                               []struct{ ID, Title, URL string }
}

func (c *issues) run(ctx context.Context) error {
	switch c.verb {
	case "list":
		return c.list(ctx)
	case "preflight":
		return c.preflight(ctx)
	case "now":
		var run struct{ Run, State string }
		if err := c.ask(ctx, http.MethodPost, "/api/issues", c.schedule(), &run); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "Run %s is on its way.\n", run.Run)
		return err
	case "test":
		var sent struct{ Sent []string }
		if err := c.ask(ctx, http.MethodPost, c.path()+"/test", map[string]any{"to": c.to}, &sent); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "Mailed to %s, marked [TEST].\n", strings.Join(sent.Sent, ", "))
		return err
	}
	return c.change(ctx)
}

// change does what ends with the issue as it is then.
func (c *issues) change(ctx context.Context) error {
	var issue shownIssue
	var err error
	switch c.verb {
	case "new":
		err = c.ask(ctx, http.MethodPost, "/api/drafts", c.schedule(), &issue)
	case "show":
		err = c.ask(ctx, http.MethodGet, c.path(), nil, &issue)
	case "hold":
		err = c.ask(ctx, http.MethodPost, c.path()+"/hold", map[string]string{"reason": c.reason}, &issue)
	case "discard":
		err = c.asSeen(ctx, http.MethodDelete, "", nil)
	default:
		err = c.asSeen(ctx, http.MethodPost, "/"+c.verb, &issue)
	}
	if err != nil {
		return err
	}
	if c.verb == "discard" {
		_, err = fmt.Fprintln(c.out, "Discarded; its articles come into the next issue.")
		return err
	}
	return c.show(&issue)
}

// asSeen changes the version that is there now: whoever types the command means that.
func (c *issues) asSeen(ctx context.Context, method, below string, v any) error {
	_, header, err := c.api.ask(ctx, http.MethodGet, c.path(), "", nil)
	if err != nil {
		return orMistake(err)
	}
	c.api.ifMatch = header.Get("ETag")
	return c.ask(ctx, method, c.path()+below, nil, v)
}

func (c *issues) path() string { return "/api/issues/" + url.PathEscape(c.id) }

func (c *issues) schedule() map[string]string { return map[string]string{"schedule": c.id} }

func (c *issues) ask(ctx context.Context, method, path string, body, v any) error {
	var raw []byte
	kind := ""
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
		kind = "application/json"
	}
	answer, _, err := c.api.ask(ctx, method, path, kind, raw)
	if refused := (*refusal)(nil); errors.As(err, &refused) && len(refused.findings) > 0 {
		fmt.Fprint(c.out, said(refused.findings))
		return fmt.Errorf("preflight stops this issue: %w", newsletter.ErrInvalid)
	}
	if err != nil || v == nil {
		return orMistake(err)
	}
	return json.Unmarshal(answer, v)
}

// orMistake makes of a refusal that a person can act on a mistake of theirs.
func orMistake(err error) error {
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status < http.StatusInternalServerError {
		return mistake{errors.New(refused.words)}
	}
	return err
}

func (c *issues) list(ctx context.Context) error {
	var found struct{ Issues []shownIssue }
	if err := c.ask(ctx, http.MethodGet, "/api/issues", nil, &found); err != nil {
		return err
	}
	for i := range found.Issues {
		issue := &found.Issues[i]
		if _, err := fmt.Fprintf(c.out, "%-32s %-10s %s\n", issue.ID, issue.standing(), issue.Subject); err != nil {
			return err
		}
	}
	return nil
}

func (i *shownIssue) standing() string {
	if i.Held {
		return "held"
	}
	return i.State
}

func (c *issues) show(issue *shownIssue) error {
	fmt.Fprintf(c.out, "%s, %s\n%s\n%s\n", issue.ID, issue.standing(), issue.Subject, issue.Preheader)
	if issue.HeldFor != "" {
		fmt.Fprintf(c.out, "Held: %s\n", issue.HeldFor)
	}
	if !issue.SendAt.IsZero() {
		fmt.Fprintf(c.out, "Goes out at %s\n", issue.SendAt.Format("2006-01-02 15:04 MST"))
	}
	for i, a := range issue.Articles {
		fmt.Fprintf(c.out, "%3d. %s\n     %s\n", i+1, a.Title, a.URL)
	}
	if issue.More > 0 {
		fmt.Fprintf(c.out, "     and %d more\n", issue.More)
	}
	return nil
}

func (c *issues) preflight(ctx context.Context) error {
	var found struct {
		Bytes    int
		Images   int
		Findings []finding
	}
	if err := c.ask(ctx, http.MethodGet, c.path()+"/preflight", nil, &found); err != nil {
		return err
	}
	if _, err := io.WriteString(c.out, said(found.Findings)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d KB of HTML, %d KB of pictures; %d findings.\n", (found.Bytes+999)/1000, (found.Images+999)/1000, len(found.Findings))
	if slices.ContainsFunc(found.Findings, func(f finding) bool { return f.Blocks }) {
		return fmt.Errorf("the issue does not go out like that: %w", newsletter.ErrInvalid)
	}
	return nil
}

// said is what preflight has found, two lines each.
func said(found []finding) string {
	var lines strings.Builder
	for _, f := range found {
		kind := "warning"
		if f.Blocks {
			kind = "STOPS IT"
		}
		fmt.Fprintf(&lines, "%-8s  %s\n          %s\n", kind, f.Text, f.Cure)
	}
	return lines.String()
}
