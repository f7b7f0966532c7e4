package endtoend

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestADigestOnAWS is the story; each part goes on where the one before ended.
func TestADigestOnAWS(t *testing.T) {
	t.Parallel()
	c := openCloud(t)
	c.subscribe(t)
	in := &hookReceiver{}
	var first compose.Fired
	var lane events.SQSEvent
	for _, part := range []struct {
		name string
		do   func(t *testing.T)
	}{
		{"a program elsewhere wants to be told", func(t *testing.T) { c.makeHook(t, in) }},
		{"nothing is composed before there is something", func(t *testing.T) {
			if fired := c.send(t); fired.Skipped == "" || len(c.queue.take().Records) != 0 {
				t.Errorf("%+v", fired)
			}
		}},
		{"a tick collects the magazine", c.collectMagazine},
		{"an editor's event composes an issue and queues its lane", func(t *testing.T) {
			first, lane = c.send(t), c.queue.take()
			if first.Issue == "" || first.Run == "" || len(lane.Records) != 1 {
				t.Fatalf("%+v, %d messages", first, len(lane.Records))
			}
		}},
		{"a worker with hardly any time left sends nothing and hands over", func(t *testing.T) {
			c.deliver.left = 10 * time.Second
			defer func() { c.deliver.left = 3 * time.Minute }()
			c.handle(t, c.deliver, lane, 0)
			if again := c.queue.take(); len(again.Records) != 1 || again.Records[0].Body != lane.Records[0].Body || len(c.mail.Stored(t)) != 0 {
				t.Errorf("%d messages, %d mails", len(again.Records), len(c.mail.Stored(t)))
			}
		}},
		{"every reader gets the digest, with their own link to leave", func(t *testing.T) {
			c.handle(t, c.deliver, lane, 0)
			c.checkDigests(t)
			c.wantRun(t, first.Run, newsletter.Counts{Sent: readers})
		}},
		{"the same message a second time sends nothing", func(t *testing.T) {
			c.handle(t, c.deliver, lane, 0)
			if n := len(c.mail.Stored(t)); n != readers {
				t.Errorf("%d mails", n)
			}
		}},
		{"a message that is none comes back alone", func(t *testing.T) {
			c.handle(t, c.deliver, batch("nonsense"), 1)
			c.handle(t, c.feedback, batch("nonsense", report(t, "bounce-eventbridge.json", "ada@example.org", string(reader(7)))), 1)
		}},
		{"bounces in both shapes suppress their readers", func(t *testing.T) {
			c.handle(t, c.feedback, batch(report(t, "bounce-notification.json", "bob@example.org", string(reader(8)))), 0)
			for _, i := range []int{7, 8} {
				c.wantStatus(t, reader(i), newsletter.Bounced)
			}
		}},
		{"one press of a button in the mail program unsubscribes", c.oneClick},
		{"a lost message is made good by sweep, and the next issue skips who left", c.secondIssue},
		{"an operator pauses and resumes a run", c.pauseAndResume},
		{"an answer of SES that is lost is settled by its events, and nobody is mailed twice", c.lostAnswer},
		{"readers subscribe and confirm by mail", c.signUp},
		{"the program elsewhere has heard what it wanted", func(t *testing.T) { c.wantHeard(t, in) }},
		{"what is set at the desk holds for the next issue", c.changedSettings},
		{"the editors' API wants its token", c.editorsAPI},
	} {
		if !t.Run(part.name, part.do) {
			return
		}
	}
}

// send asks for an issue now.
func (c *cloud) send(t *testing.T) compose.Fired {
	t.Helper()
	var fired []compose.Fired
	answered(t, c.compose.invoke(t, sample(t, "send-now.json")), &fired)
	if len(fired) != 1 {
		t.Fatalf("%+v", fired)
	}
	return fired[0]
}

func answered(t *testing.T, body []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
}

// handle delivers a batch of messages, of which so many come back.
func (c *cloud) handle(t *testing.T, l *lambda, e events.SQSEvent, back int) {
	t.Helper()
	var response events.SQSEventResponse
	answered(t, l.invoke(t, e), &response)
	if len(response.BatchItemFailures) != back {
		t.Errorf("%s gave back %+v, want %d", l.name, response.BatchItemFailures, back)
	}
}

func (c *cloud) collectMagazine(t *testing.T) {
	var got struct{ Sources, Unreadable, NewArticles int }
	answered(t, c.collect.invoke(t, sample(t, "schedule-tick.json")), &got)
	if got.Sources != 1 || got.Unreadable != 0 || got.NewArticles < 5 {
		t.Errorf("%+v", got)
	}
}

// sample is one of the events that the runbook shows.
func sample(t *testing.T, name string) json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile(root + "/infra/events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// checkDigests reads back what SES has, as it would go out.
func (c *cloud) checkDigests(t *testing.T) {
	t.Helper()
	all := c.mail.Stored(t)
	links := map[string]bool{}
	for _, m := range all {
		to := newsletter.Address(m.Destination.To[0])
		link := leave(m)
		if links[link] || !strings.HasPrefix(link, "https://news.example.org/unsubscribe/") || !strings.Contains(m.Body.HTML, link) || !strings.Contains(m.Body.Text, link) {
			t.Errorf("%s: the link to leave is %q", to, link)
		}
		links[link] = true
		if sub, err := c.store.Subscriber(t.Context(), identify(to)); err != nil || sub.Address != to {
			t.Errorf("%s is no reader: %v", to, err)
		}
	}
	if len(all) != readers || len(links) != readers {
		t.Fatalf("%d mails with %d links for %d readers", len(all), len(links), readers)
	}
	for what, want := range map[string]string{
		"title":      "The Lighthouse That Learned to Whisper",
		"dek":        "foghorn fell silent, the village didn’t want a louder one",
		"author":     "Maren Oksavik",
		"bio":        "writes about coasts, weather and the people who keep an eye on both",
		"Learn More": "Learn More",
		"name":       "The Lantern Post",
	} {
		if body := html.UnescapeString(all[0].Body.HTML); !strings.Contains(body, want) {
			t.Errorf("the digest lacks the %s %q", what, want)
		}
	}
	if !regexp.MustCompile(`href="http://127\.0\.0\.1:\d+/the-lighthouse-that-learned-to-whisper/" aria-label="Learn more`).MatchString(all[0].Body.HTML) {
		t.Error("the digest lacks the link to the article")
	}
}

// leave is the link of List-Unsubscribe.
func leave(m awstest.Stored) string {
	for _, h := range m.Headers {
		if h.Name == "List-Unsubscribe" {
			return strings.Trim(h.Value, "<>")
		}
	}
	return ""
}

func (c *cloud) wantRun(t *testing.T, id string, want newsletter.Counts) {
	t.Helper()
	run, err := c.store.Run(t.Context(), id)
	if err != nil || run.State != newsletter.RunSent || run.Counts != want {
		t.Errorf("run %s: %+v, %v; want %+v", run.State, run.Counts, err, want)
	}
}

func (c *cloud) wantStatus(t *testing.T, a newsletter.Address, want newsletter.Status) {
	t.Helper()
	sub, err := c.store.Subscriber(t.Context(), identify(a))
	if err != nil || sub.Status != want {
		t.Errorf("%s is %q, %v; want %q", a, sub.Status, err, want)
	}
}

// report is a sample report of SES, about another address. feedback keeps the
// samples.
func report(t *testing.T, name, about, instead string) string {
	t.Helper()
	raw, err := os.ReadFile(root + "/internal/feedback/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	return regexp.MustCompile(`"2026-[^"]*Z"`).ReplaceAllString(strings.ReplaceAll(string(raw), about, instead), `"`+now+`"`)
}

func (c *cloud) oneClick(t *testing.T) {
	var link string
	for _, m := range c.mail.Stored(t) {
		if m.Destination.To[0] == string(reader(9)) {
			link = leave(m)
		}
	}
	if page := c.browse(t, "GET", link, ""); page.StatusCode != http.StatusOK {
		t.Errorf("GET: %d", page.StatusCode)
	}
	c.wantStatus(t, reader(9), newsletter.Active) // opening the link is not leaving
	if page := c.browse(t, "POST", link, "List-Unsubscribe=One-Click"); page.StatusCode != http.StatusOK {
		t.Errorf("POST: %d %s", page.StatusCode, page.Body)
	}
	c.wantStatus(t, reader(9), newsletter.Unsubscribed)
}

// browse sends a request through API Gateway.
func (c *cloud) browse(t *testing.T, method, link, form string, headers ...string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	answered(t, sample(t, "web-get.json"), &e)
	e.RawPath, e.RawQueryString, e.Body, e.RequestContext.HTTP.Method = u.Path, u.RawQuery, form, method
	e.Headers["content-type"] = "application/x-www-form-urlencoded"
	for i := 0; i+1 < len(headers); i += 2 {
		e.Headers[headers[i]] = headers[i+1]
	}
	var page events.APIGatewayV2HTTPResponse
	answered(t, c.web.invoke(t, e), &page)
	return page
}

// sendNext composes an issue of one new article.
func (c *cloud) sendNext(t *testing.T, title string) compose.Fired {
	t.Helper()
	fresh := newsletter.Article{URL: "https://lanternpost.example/" + url.PathEscape(title), Title: title, Published: time.Now().Add(-time.Hour), FirstSeen: time.Now(), Comments: -1}
	fresh.ID = newsletter.ArticleID(fresh.URL)
	if err := c.store.AddArticle(t.Context(), &fresh, fresh.Aliases()...); err != nil {
		t.Fatal(err)
	}
	c.mail.Clear(t)
	return c.send(t)
}

func (c *cloud) secondIssue(t *testing.T) {
	second := c.sendNext(t, "A new lamp")
	_ = c.queue.take() // the message is lost
	c.sweep.invoke(t, sample(t, "schedule-tick.json"))
	again := c.queue.take()
	if len(again.Records) != 1 {
		t.Fatalf("sweep queued %d lanes", len(again.Records))
	}
	c.handle(t, c.deliver, again, 0)
	c.sweep.invoke(t, sample(t, "schedule-tick.json"))
	c.wantRun(t, second.Run, newsletter.Counts{Sent: readers - 3})
	for _, m := range c.mail.Stored(t) {
		for _, gone := range []int{7, 8, 9} {
			if m.Destination.To[0] == string(reader(gone)) {
				t.Errorf("%s was mailed", reader(gone))
			}
		}
	}
}

func (c *cloud) pauseAndResume(t *testing.T) {
	third := c.sendNext(t, "A quieter lamp")
	c.compose.invoke(t, map[string]string{"run": third.Run, "state": "paused"})
	c.handle(t, c.deliver, c.queue.take(), 0)
	c.sweep.invoke(t, sample(t, "schedule-tick.json"))
	if n := len(c.mail.Stored(t)) + len(c.queue.take().Records); n != 0 {
		t.Errorf("%d mails and messages while paused", n)
	}
	var resume map[string]string
	answered(t, sample(t, "resume.json"), &resume)
	resume["run"] = third.Run
	c.compose.invoke(t, resume)
	c.wantAction(t, newsletter.ByInvocation, "resumed the run", "run "+third.Run)
	c.handle(t, c.deliver, c.queue.take(), 0)
	c.wantRun(t, third.Run, newsletter.Counts{Sent: readers - 3})
}

// wantAction looks for an entry among the newest of the audit trail.
func (c *cloud) wantAction(t *testing.T, who, what, record string) {
	t.Helper()
	actions, err := c.store.Actions(t.Context(), "", 10)
	if err != nil || !slices.ContainsFunc(actions, func(a newsletter.Action) bool { return a.Who == who && a.What == what && a.Record == record }) {
		t.Errorf("%s %s %s is not in %+v, %v", who, what, record, actions, err)
	}
}

func (c *cloud) lostAnswer(t *testing.T) {
	fourth := c.sendNext(t, "The lamp that was not heard of")
	c.line.loseNext()
	c.handle(t, c.deliver, c.queue.take(), 0)
	run, err := c.store.Run(t.Context(), fourth.Run)
	if err != nil || run.State != newsletter.RunSettling || run.Counts != (newsletter.Counts{Sent: readers - 3 - newsletter.MaxBatch, Ambiguous: newsletter.MaxBatch}) {
		t.Errorf("before the events: run %s, %+v, %v", run.State, run.Counts, err)
	}
	c.handle(t, c.feedback, batch(c.line.sendEvents(t)...), 0)
	c.sweep.invoke(t, sample(t, "schedule-tick.json"))
	c.wantRun(t, fourth.Run, newsletter.Counts{Sent: readers - 3})
	if n := len(c.mail.Stored(t)); n != readers-3 {
		t.Errorf("%d mails for %d readers", n, readers-3)
	}
}

func (c *cloud) signUp(t *testing.T) {
	const ada newsletter.Address = "ada@example.org"
	c.mail.Clear(t)
	if page := c.browse(t, "POST", "/subscribe", "email="+url.QueryEscape(string(ada))); page.StatusCode != http.StatusOK {
		t.Fatalf("sign up: %d %s", page.StatusCode, page.Body)
	}
	c.wantStatus(t, ada, newsletter.Pending)
	mails := c.mail.Stored(t)
	if len(mails) != 1 || mails[0].Destination.To[0] != string(ada) {
		t.Fatalf("%+v", mails)
	}
	link := regexp.MustCompile(`https://news\.example\.org/confirm/[A-Za-z0-9._-]+`).FindString(mails[0].Body.Text)
	if page := c.browse(t, "GET", link, ""); page.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %d", link, page.StatusCode)
	}
	c.wantStatus(t, ada, newsletter.Pending)
	if page := c.browse(t, "POST", link, ""); page.StatusCode >= http.StatusBadRequest {
		t.Errorf("POST: %d %s", page.StatusCode, page.Body)
	}
	c.wantStatus(t, ada, newsletter.Active)
}

func (c *cloud) editorsAPI(t *testing.T) {
	for _, step := range []struct {
		name, token string
		want        int
	}{
		{"without a token", "", http.StatusUnauthorized},
		{"with a wrong one", "Bearer guess", http.StatusUnauthorized},
		{"with the right one, and nothing new", "Bearer " + editorToken, http.StatusConflict},
	} {
		if page := c.browse(t, "POST", "/api/issues", "", "authorization", step.token); page.StatusCode != step.want {
			t.Errorf("%s: %d %s, want %d", step.name, page.StatusCode, page.Body, step.want)
		}
	}
}
