package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go" // the judge of our signatures: what receivers verify with

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 123456000, time.UTC)

// tower is the stage over a store, with a clock that the test turns, and a receiver.
type tower struct {
	*Hooks
	store *sqlite.Store
	now   time.Time
	hook  newsletter.Hook
	in    *receiver
}

// receiver is a program elsewhere that verifies what comes, and keeps it.
type receiver struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	secret string
	got    []received
	answer func(w http.ResponseWriter, r *http.Request) // nil: 204
}

type received struct {
	id   string
	at   int64
	body message
	raw  string
}

func (in *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	in.mu.Lock()
	judge, err := standardwebhooks.NewWebhook(in.secret)
	if err == nil {
		err = judge.VerifyIgnoringTimestamp(raw, r.Header)
	}
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		in.t.Errorf("%s %v: %v", r.Method, r.Header, err)
	}
	one := received{id: r.Header.Get("webhook-id"), raw: string(raw)}
	one.at, _ = strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err := json.Unmarshal(raw, &one.body); err != nil {
		in.t.Error(err)
	}
	in.got = append(in.got, one)
	answer := in.answer
	in.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, r)
}

// types are the events that came, in their order.
func (in *receiver) types() (types []string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, one := range in.got {
		types = append(types, one.body.Type)
	}
	return types
}

func newTower(t *testing.T, events ...string) *tower {
	t.Helper()
	store := sqlitetest.Open(t)
	o := &tower{store: store, now: monday}
	o.Hooks = &Hooks{Store: store, Caller: &fetch.Client{Loopback: true, Timeout: time.Second}, Now: func() time.Time { return o.now },
		Publication: func(context.Context) (newsletter.Publication, error) {
			return newsletter.Publication{Name: "The Lantern Post", BaseURL: "https://news.example.org"}, nil
		}}
	if len(events) == 0 {
		events = newsletter.EventTypes()
	}
	o.in = &receiver{t: t}
	o.in.Server = httptest.NewServer(o.in)
	t.Cleanup(o.in.Close)
	o.hook = o.addHook(t, o.in.URL, events...)
	o.in.secret = o.hook.Secret
	return o
}

func (o *tower) addHook(t *testing.T, link string, events ...string) newsletter.Hook {
	t.Helper()
	h, err := newsletter.NewHook(link, events, true, "ada@example.org", o.now)
	must(t, err)
	must(t, o.store.SaveHook(t.Context(), &h))
	o.Forget()
	return h
}

// join stores a reader who has just confirmed, as subscribe does.
func (o *tower) join(t *testing.T, name string) *newsletter.Subscriber {
	t.Helper()
	s := &newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), newsletter.Address(name+"@example.org")), Address: newsletter.Address(name + "@example.org"),
		Status: newsletter.Active, ConfirmedAt: o.now, ChangedAt: o.now, CreatedAt: o.now, Tags: []string{"beta"}}
	o.turn(t, s, newsletter.Pending)
	return s
}

// turn announces a change of a reader and stores it.
func (o *tower) turn(t *testing.T, s *newsletter.Subscriber, before newsletter.Status) {
	t.Helper()
	if e, told := newsletter.Turned(s, before); told {
		must(t, o.Announce(t.Context(), e))
	}
	must(t, o.store.SaveSubscriber(t.Context(), s))
}

func (o *tower) leave(t *testing.T, s *newsletter.Subscriber) {
	t.Helper()
	before := s.Status
	s.Unsubscribe(o.now)
	o.turn(t, s, before)
}

func (o *tower) tick(t *testing.T) Made {
	t.Helper()
	made, err := o.Tick(t.Context())
	must(t, err)
	return made
}

func (o *tower) calls(t *testing.T) []newsletter.Call {
	t.Helper()
	calls, err := o.store.Calls(t.Context(), o.hook.ID, "", 1000)
	must(t, err)
	return calls
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReceiverHearsWhatItWants(t *testing.T) {
	o := newTower(t, newsletter.EventApproved, newsletter.EventSent, newsletter.EventUnsubscribed)
	i := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueDraft, Subject: "Bread “before” <dawn>", Articles: []string{"a", "b"}, FireAt: monday, CreatedAt: o.now}
	must(t, o.Announce(t.Context(), newsletter.Drafted(&i)))
	i.State, i.ApprovedAt = newsletter.IssueApproved, o.now
	must(t, o.Announce(t.Context(), newsletter.Approved(&i)))
	must(t, o.store.SaveIssue(t.Context(), &i))
	r := newsletter.Run{ID: "weekly-1", Issue: i.ID, State: newsletter.RunSent, StartedAt: o.now, FinishedAt: o.now.Add(time.Millisecond), Counts: newsletter.Counts{Sent: 297, Failed: 2, Skipped: 1}}
	e, _ := newsletter.Sent(&r)
	must(t, o.Announce(t.Context(), e))
	must(t, o.Announce(t.Context(), e)) // twice is once
	must(t, o.store.SaveRun(t.Context(), &r))
	ada := o.join(t, "ada")
	o.now = o.now.Add(time.Second)
	o.leave(t, ada)
	if made := o.tick(t); made != (Made{Done: 3}) {
		t.Errorf("%+v", made)
	}
	o.tick(t)
	if got := o.in.types(); !slices.Equal(got, []string{"issue.approved", "issue.sent", "subscriber.unsubscribed"}) {
		t.Fatalf("%v", got)
	}
	for i, want := range []string{
		`{"version":1,"type":"issue.approved","timestamp":"2026-03-02T07:00:00.123456Z","data":{"publication":"The Lantern Post","issue":{"id":"weekly-1","schedule":"weekly","subject":"Bread “before” \u003cdawn\u003e","articles":2,"dueAt":"2026-03-02T07:00:00.123456Z","links":{"api":"https://news.example.org/api/issues/weekly-1","desk":"https://news.example.org/desk/issues/weekly-1","web":"https://news.example.org/issues/weekly-1"}}}}`,
		`{"version":1,"type":"issue.sent","timestamp":"2026-03-02T07:00:00.124456Z","data":{"publication":"The Lantern Post","issue":{"id":"weekly-1","schedule":"weekly","subject":"Bread “before” \u003cdawn\u003e","articles":2,"dueAt":"2026-03-02T07:00:00.123456Z","links":{"api":"https://news.example.org/api/issues/weekly-1","desk":"https://news.example.org/desk/issues/weekly-1","web":"https://news.example.org/issues/weekly-1"}},"run":{"id":"weekly-1","startedAt":"2026-03-02T07:00:00.123456Z","finishedAt":"2026-03-02T07:00:00.124456Z","sent":297,"failed":2,"skipped":1,"unknown":0,"links":{"api":"https://news.example.org/api/runs/weekly-1","desk":"https://news.example.org/desk/runs/weekly-1"}}}}`,
		`{"version":1,"type":"subscriber.unsubscribed","timestamp":"2026-03-02T07:00:01.123456Z","data":{"publication":"The Lantern Post","subscriber":{"id":"` + ada.ID.String() + `","address":"ada@example.org","tags":["beta"],"confirmedAt":"2026-03-02T07:00:00.123456Z"}}}`,
	} {
		if o.in.got[i].raw != want {
			t.Errorf("%d:\n%s\nwant\n%s", i, o.in.got[i].raw, want)
		}
	}
	for _, c := range o.calls(t) {
		if c.State != newsletter.CallDone || c.Body != "" || c.Answer != "204 No Content" || c.Tries != 1 {
			t.Errorf("%+v", c)
		}
	}
}

// TestVerifiedAsReceiversDo, with the age of the call.
func TestVerifiedAsReceiversDo(t *testing.T) {
	o := newTower(t)
	var verdict error
	o.in.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		judge, err := standardwebhooks.NewWebhook(o.hook.Secret)
		verdict = errors.Join(err, judge.Verify(raw, r.Header))
	})
	o.now = time.Now()
	o.join(t, "ada")
	if made := o.tick(t); made.Done != 1 || verdict != nil {
		t.Errorf("%+v, %v", made, verdict)
	}
}

// TestHostileReceivers: what each does, and what becomes of the call.
func TestHostileReceivers(t *testing.T) {
	lost := newTower(t).in // where redirects lead
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		state  newsletter.CallState
		wait   time.Duration
		words  string
	}{
		"endless body":  {func(w http.ResponseWriter, r *http.Request) { endless(w, r) }, newsletter.CallDone, 0, "200 OK"},
		"endless fault": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); endless(w, r) }, newsletter.CallWaiting, time.Minute, "500 Internal Server Error: xxx"},
		"slow":          {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, newsletter.CallWaiting, time.Minute, "took longer than"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, lost.URL, http.StatusTemporaryRedirect)
		}, newsletter.CallWaiting, time.Minute, "307 Temporary Redirect: redirects are not followed; it leads to http://127.0.0.1:"},
		"gone": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, newsletter.CallGivenUp, 0, "410 Gone"},
		"less often": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, newsletter.CallWaiting, time.Hour, "429 Too Many Requests"},
		"never again": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, newsletter.CallWaiting, 24 * time.Hour, "503 Service Unavailable"},
		"refuses": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "wrong signature\x00\xff\n<b>", http.StatusUnauthorized)
		}, newsletter.CallWaiting, time.Minute, "401 Unauthorized: wrong signature"},
		"no HTTP": {func(w http.ResponseWriter, _ *http.Request) { garbage(w, "220 mail.example.org ESMTP\r\n") }, newsletter.CallWaiting, time.Minute, "cannot be reached"},
		"endless header": {func(w http.ResponseWriter, _ *http.Request) {
			garbage(w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20))
		}, newsletter.CallWaiting, time.Minute, ""},
		"hangs up": {func(w http.ResponseWriter, _ *http.Request) { garbage(w, "") }, newsletter.CallWaiting, time.Minute, "broke off"},
		"odd status": {func(w http.ResponseWriter, _ *http.Request) {
			garbage(w, "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n")
		}, newsletter.CallWaiting, time.Minute, "999"},
		"early hints": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusAccepted)
		}, newsletter.CallDone, 0, "202 Accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newTower(t)
			o.Caller = &fetch.Client{Loopback: true, Timeout: 300 * time.Millisecond}
			o.in.answer = c.answer
			o.join(t, "ada")
			o.tick(t)
			call := o.calls(t)[0]
			if call.State != c.state || !strings.Contains(call.Answer, c.words) || len(call.Answer) > 320 || call.Tries != 1 || strings.ContainsAny(call.Answer, "\x00\n") {
				t.Fatalf("%+v", call)
			}
			if call.State == newsletter.CallWaiting && call.NextTry.Sub(o.now) != c.wait {
				t.Errorf("next try after %s, want %s", call.NextTry.Sub(o.now), c.wait)
			}
			hook, err := o.store.Hook(t.Context(), o.hook.ID)
			if err != nil || (hook.Off != "") != (name == "gone") {
				t.Errorf("off: %q, %v", hook.Off, err)
			}
		})
	}
	t.Cleanup(func() {
		if len(lost.got) > 0 {
			t.Error("a redirect was followed")
		}
	})
}

func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := w.Write([]byte(strings.Repeat("x", 64<<10))); err != nil {
			return
		}
	}
}

// garbage answers with bytes of our own, and hangs up.
func garbage(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

func TestAddressesThatAreNotCalled(t *testing.T) {
	unsigned := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a receiver was told whose certificate nobody has signed")
	}))
	unsigned.Config.ErrorLog = log.New(io.Discard, "", 0)
	unsigned.StartTLS()
	defer unsigned.Close()
	for name, c := range map[string]struct {
		change func(link string) string
		words  string
	}{
		"https where there is none":        {func(link string) string { return strings.Replace(link, "http:", "https:", 1) }, "not over https"},
		"a certificate nobody has signed":  {func(string) string { return unsigned.URL }, "certificate"},
		"the metadata of a cloud":          {func(string) string { return "http://169.254.169.254/latest" }, "does not lead to the public internet"},
		"a port where nobody listens":      {func(string) string { return "http://127.0.0.1:1/" }, "refused"},
		"a private address in numbers":     {func(string) string { return "http://10.255.255.1/" }, "does not lead to the public internet"},
		"this machine, where it is no one": {func(link string) string { return strings.Replace(link, "127.0.0.1", "0.0.0.0", 1) }, "does not lead to the public internet"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newTower(t)
			o.hook.URL = c.change(o.in.URL)
			must(t, o.store.SaveHook(t.Context(), &o.hook))
			o.join(t, "ada")
			o.tick(t)
			if call := o.calls(t)[0]; call.State != newsletter.CallWaiting || !strings.Contains(call.Answer, c.words) || len(o.in.got) > 0 {
				t.Errorf("%+v", call)
			}
		})
	}
}

// TestInACloudNothingInsideIsCalled, however it is written: the receiver listens on this
// machine, and the client is that of functions/hooks.
func TestInACloudNothingInsideIsCalled(t *testing.T) {
	o := newTower(t)
	o.Caller = &fetch.Client{Timeout: time.Second}
	port := o.in.URL[strings.LastIndex(o.in.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"[::]", "0.0.0.0", "[fe80::1%25lo]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
		"169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "100.100.100.200", "168.63.129.16", "10.0.0.1", "192.168.0.1", "[fd12::1]"} {
		for _, scheme := range []string{"http://", "https://"} {
			link := scheme + host + port + "/2018-06-01/runtime/invocation/next"
			if _, err := newsletter.NewHook(link, newsletter.EventTypes(), false, "ada@example.org", o.now); err == nil && strings.HasPrefix(link, "http:") {
				t.Errorf("%s may be a hook", link)
			}
			o.hook.URL = link // as if it had been stored all the same
			must(t, o.store.SaveHook(t.Context(), &o.hook))
			o.now = o.now.Add(time.Second)
			call, err := o.Test(t.Context(), o.hook.ID)
			if err != nil || call.State != newsletter.CallGivenUp || call.Answer == "" {
				t.Errorf("%s: %+v, %v", link, call, err)
			}
		}
	}
	if len(o.in.got) > 0 {
		t.Errorf("%d calls came", len(o.in.got))
	}
}

// TestAReceiverThatComesBack hears everything, and in the meantime nobody waits for it.
func TestAReceiverThatComesBack(t *testing.T) {
	o := newTower(t)
	other := newTower(t)
	second := o.addHook(t, other.in.URL, newsletter.EventConfirmed)
	other.in.secret = second.Secret
	o.in.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	for i := range 10 {
		o.join(t, fmt.Sprint("reader", i))
		o.now = o.now.Add(time.Second)
	}
	if made := o.tick(t); made != (Made{Done: 10, Failed: patience}) {
		t.Errorf("first %+v", made)
	}
	if made := o.tick(t); made != (Made{Failed: patience}) {
		t.Errorf("then %+v", made)
	}
	o.in.answer = nil
	o.now = o.now.Add(time.Hour)
	if made := o.tick(t); made != (Made{Done: 10}) {
		t.Errorf("at last %+v", made)
	}
	ids := map[string]int{}
	for _, one := range o.in.got {
		ids[one.id]++
	}
	if len(ids) != 10 || len(other.in.got) != 10 {
		t.Errorf("%d and %d calls came", len(ids), len(other.in.got))
	}
}

// TestWorkersShareTheCalls: however many there are, each call is made once.
func TestWorkersShareTheCalls(t *testing.T) {
	o := newTower(t)
	const calls = 40
	for i := range calls {
		o.join(t, fmt.Sprint("reader", i))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := o.Tick(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, one := range o.in.got {
		if seen[one.id] {
			t.Errorf("%s came twice", one.id)
		}
		seen[one.id] = true
	}
	if len(seen) != calls {
		t.Errorf("%d of %d came", len(seen), calls)
	}
}

func TestWhatIsNotSoIsNotTold(t *testing.T) {
	o := newTower(t)
	ghost := newsletter.Subscriber{ID: newsletter.SubscriberID{9}, Status: newsletter.Active, ChangedAt: o.now}
	e, _ := newsletter.Turned(&ghost, newsletter.Pending)
	must(t, o.Announce(t.Context(), e)) // and then the process died
	if made := o.tick(t); made.Done != 0 || o.calls(t)[0].State != newsletter.CallWaiting {
		t.Errorf("%+v, %+v", made, o.calls(t))
	}
	o.now = o.now.Add(2 * time.Minute)
	if made := o.tick(t); made != (Made{Dropped: 1}) || len(o.in.got) > 0 {
		t.Errorf("%+v", made)
	}
}

// TestAnErasureThatTakesLong: the process that erases a reader dies after it has
// announced it, and the reader presses again the next day.
func TestAnErasureThatTakesLong(t *testing.T) {
	o := newTower(t, newsletter.EventUnsubscribed)
	ada := o.join(t, "ada")
	e, _ := newsletter.Erased(ada, o.now)
	must(t, o.Announce(t.Context(), e))
	o.now = o.now.Add(24 * time.Hour)
	if made := o.tick(t); made != (Made{Dropped: 1}) {
		t.Errorf("nobody was erased, and the call is %+v", made)
	}
	must(t, o.Announce(t.Context(), e))
	must(t, o.store.DeleteSubscriber(t.Context(), ada))
	must(t, o.Announce(t.Context(), e)) // once more, and then it is told
	o.tick(t)
	must(t, o.Announce(t.Context(), e))
	if made := o.tick(t); made != (Made{}) || len(o.in.got) != 1 || o.in.got[0].body.Data.Subscriber.Address != "ada@example.org" {
		t.Errorf("%+v, %+v", made, o.in.got)
	}
}

// TestTheLastWordIsTrue: the receiver is away while a reader goes and comes back.
func TestTheLastWordIsTrue(t *testing.T) {
	o := newTower(t)
	ada := o.join(t, "ada")
	o.tick(t)
	o.in.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	for range 2 {
		o.now = o.now.Add(time.Second)
		o.leave(t, ada)
		o.now = o.now.Add(time.Second)
		before := ada.Status
		must(t, ada.Rejoin(o.now))
		o.turn(t, ada, before)
	}
	o.tick(t)
	o.in.answer, o.in.got = nil, nil
	o.now = o.now.Add(time.Hour)
	if made := o.tick(t); made != (Made{Done: 1, Dropped: 3}) || !slices.Equal(o.in.types(), []string{"subscriber.confirmed"}) {
		t.Errorf("%+v, %v", made, o.in.types())
	}
}

func TestAHookThatIsOffIsNotCalled(t *testing.T) {
	o := newTower(t)
	o.join(t, "ada")
	o.hook.Off = "by hand"
	must(t, o.store.SaveHook(t.Context(), &o.hook))
	o.Forget()
	o.join(t, "bea")
	if made := o.tick(t); made != (Made{GivenUp: 1}) || len(o.in.got) > 0 || len(o.calls(t)) != 1 {
		t.Errorf("%+v, %+v", made, o.calls(t))
	}
}

func TestGoneSwitchesTheHookOff(t *testing.T) {
	o := newTower(t)
	o.in.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }
	o.join(t, "ada")
	o.join(t, "bea")
	if made := o.tick(t); made != (Made{GivenUp: 2}) || len(o.in.got) != 1 {
		t.Errorf("%+v, %d came", made, len(o.in.got))
	}
	trail, err := o.store.Actions(t.Context(), "", 5)
	if err != nil || len(trail) != 1 || trail[0].Who != newsletter.ByReceiver || trail[0].Record != "hook "+o.hook.ID {
		t.Errorf("%+v, %v", trail, err)
	}
	o.join(t, "cy")
	if calls := o.calls(t); len(calls) != 2 {
		t.Errorf("announced to one that is off: %+v", calls)
	}
}

func TestASecretThatIsReplaced(t *testing.T) {
	o := newTower(t)
	o.hook.Rotate(o.now)
	must(t, o.store.SaveHook(t.Context(), &o.hook))
	o.join(t, "ada")
	o.tick(t) // the receiver still verifies with the old one
	o.in.secret = o.hook.Secret
	o.join(t, "bea")
	o.tick(t)
	o.now = o.now.Add(newsletter.SecretRest)
	o.join(t, "cy")
	if o.tick(t); len(o.in.got) != 3 {
		t.Errorf("%d came", len(o.in.got))
	}
}

func TestATestAnswersAtOnce(t *testing.T) {
	o := newTower(t)
	o.hook.Off = "by hand"
	must(t, o.store.SaveHook(t.Context(), &o.hook))
	made, err := o.Test(t.Context(), o.hook.ID)
	if err != nil || made.State != newsletter.CallDone || len(o.in.got) != 1 || o.in.got[0].body.Type != newsletter.EventTest {
		t.Errorf("%+v, %v", made, err)
	}
	if again, err := o.Make(t.Context(), o.hook.ID, made.ID); err != nil || again != made || len(o.in.got) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

// counting counts the reads of the hooks, and can fail.
type counting struct {
	Store
	reads int
	err   error
}

func (c *counting) Hooks(ctx context.Context) ([]newsletter.Hook, error) {
	if c.reads++; c.err != nil {
		return nil, c.err
	}
	return c.Store.Hooks(ctx)
}

func TestHooksAreReadOnceAMinute(t *testing.T) {
	o := newTower(t)
	store := &counting{Store: o.store}
	o.Store = store
	for i := range 100 {
		o.join(t, fmt.Sprint("reader", i))
	}
	if store.reads != 1 {
		t.Errorf("%d reads", store.reads)
	}
	store.err = errors.New("the store is away")
	o.now = o.now.Add(fresh)
	o.join(t, "late")
	if len(o.calls(t)) != 101 || store.reads != 2 {
		t.Errorf("%d calls, %d reads", len(o.calls(t)), store.reads)
	}
	if err := (&Hooks{Store: store, Now: o.Now}).Announce(t.Context(), newsletter.Event{Type: newsletter.EventSent}); !errors.Is(err, store.err) {
		t.Errorf("%v", err)
	}
}

// mortal dies at the n-th write: it is not done, and no later one is.
type mortal struct {
	Store
	left int
	dead bool
}

var errDead = errors.New("the process is dead")

func (m *mortal) write() error {
	if m.left--; m.left < 0 || m.dead {
		m.dead = true
		return errDead
	}
	return nil
}

func (m *mortal) SaveCall(ctx context.Context, c *newsletter.Call) error {
	if err := m.write(); err != nil {
		return err
	}
	return m.Store.SaveCall(ctx, c)
}

func (m *mortal) SaveHook(ctx context.Context, v *newsletter.Hook) error {
	if err := m.write(); err != nil {
		return err
	}
	return m.Store.SaveHook(ctx, v)
}

// TestDyingBetweenAnyTwoWrites: a process confirms a reader and makes the call, and
// dies before its n-th write. Another one goes on. The receiver hears of the reader if
// and only if they are confirmed, and no more than twice.
func TestDyingBetweenAnyTwoWrites(t *testing.T) {
	for n := range 5 {
		t.Run(fmt.Sprint("write ", n), func(t *testing.T) {
			o := newTower(t)
			m := &mortal{Store: o.store, left: n}
			o.Store = m
			ada := &newsletter.Subscriber{ID: newsletter.SubscriberID{1}, Address: "ada@example.org", Status: newsletter.Active, ConfirmedAt: o.now, ChangedAt: o.now}
			e, _ := newsletter.Turned(ada, newsletter.Pending)
			announced := o.Announce(t.Context(), e) == nil
			confirmed := announced && m.write() == nil && o.store.SaveSubscriber(t.Context(), ada) == nil
			if !m.dead {
				_, _ = o.Tick(t.Context())
			}
			o.Store = o.store
			for range 4 {
				o.now = o.now.Add(newsletter.CallLease)
				o.tick(t)
			}
			if came := len(o.in.got); (came > 0) != confirmed || came > 2 {
				t.Errorf("confirmed: %t, and the receiver heard it %d times", confirmed, came)
			}
			for _, c := range o.calls(t) {
				if c.State == newsletter.CallWaiting {
					t.Errorf("still waits: %+v", c)
				}
			}
		})
	}
}

// TestStoppedInTheMiddleOfACall: whoever is stopped while the receiver thinks leaves the
// call to others, after its lease.
func TestStoppedInTheMiddleOfACall(t *testing.T) {
	o := newTower(t)
	ctx, stop := context.WithCancel(t.Context())
	o.in.answer = func(_ http.ResponseWriter, r *http.Request) { stop(); <-r.Context().Done() }
	o.join(t, "ada")
	if _, err := o.Tick(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	o.in.answer = nil
	if made := o.tick(t); made != (Made{}) {
		t.Errorf("within its lease %+v", made)
	}
	o.now = o.now.Add(newsletter.CallLease)
	if made := o.tick(t); made.Done != 1 || o.in.got[0].id != o.in.got[1].id {
		t.Errorf("%+v", made)
	}
}

func TestNothingIsBegunWithoutTime(t *testing.T) {
	o := newTower(t)
	o.join(t, "ada")
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	defer cancel()
	if made, err := o.Tick(ctx); err != nil || made != (Made{}) || len(o.in.got) > 0 {
		t.Errorf("%+v, %v", made, err)
	}
}
