package endtoend

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The long form of TestKilledLambdas:
//
//	go test ./internal/aws/endtoend -run TestKilledLambdas -v -timeout 60m -kills 100 -kill-readers 4000
var (
	kills       = flag.Int("kills", 8, "how often TestKilledLambdas kills a function")
	killReaders = flag.Int("kill-readers", 500, "how many readers it mails")
)

// badDay is a run whose functions are killed at random moments, run out of time, and
// get their messages twice and out of order, over a storm.
type badDay struct {
	*cloud
	dir    string
	env    map[string]string
	storm  *storm
	dice   *rand.Rand
	run    string
	killed int
}

func openBadDay(t *testing.T) *badDay {
	t.Helper()
	dynamoDB := awstest.StartDynalite(t)
	table := awstest.Table(t, awstest.Client(dynamoDB))
	d := &badDay{cloud: &cloud{store: dynamo.Open(awstest.Client(dynamoDB), table), queue: &services{}}, dir: build(t), dice: rand.New(rand.NewPCG(1, 2)),
		storm: &storm{t: t, dice: rand.New(rand.NewPCG(3, 4)), got: map[string]int{}}}
	shielded := httptest.NewServer(shield(dynamoDB))
	t.Cleanup(shielded.Close)
	ses := httptest.NewServer(d.storm)
	t.Cleanup(ses.Close)
	others := httptest.NewServer(d.queue)
	t.Cleanup(others.Close)
	d.env = map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_ENDPOINT_URL_DYNAMODB": shielded.URL, "AWS_ENDPOINT_URL_SESV2": ses.URL, "AWS_ENDPOINT_URL_SQS": others.URL, "AWS_ENDPOINT_URL_SSM": others.URL,
		"MASTHEAD_TABLE": table, "MASTHEAD_QUEUE": others.URL + "/lanes", "MASTHEAD_CONFIGURATION_SET": "masthead", "MASTHEAD_SECRETS": "/masthead",
		"MASTHEAD_FROM": "digest@news.example.org", "MASTHEAD_BASE_URL": "https://news.example.org",
	}
	d.deliver, d.sweep, d.feedback = start(t, d.dir, "deliver", d.env), start(t, d.dir, "sweep", d.env), start(t, d.dir, "feedback", d.env)
	return d
}

// shield stands before a stand-in that does not survive a client who dies while it
// speaks: it passes on whole requests only, as DynamoDB takes them.
type shield string

func (to shield) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // it died
	}
	request, err := http.NewRequest(r.Method, string(to)+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	request.Header = r.Header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for name := range response.Header {
		w.Header().Set(name, response.Header.Get(name))
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(answer)
}

// Put takes a lane to the queue that the functions use.
func (s *services) Put(_ context.Context, ref deliver.LaneRef) error {
	body, err := json.Marshal(ref)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, string(body))
	return err
}

func (d *badDay) begin(t *testing.T) {
	t.Helper()
	then := time.Now().Add(-24 * time.Hour)
	var all []newsletter.Subscriber
	for i := range *killReaders {
		a := reader(i)
		all = append(all, newsletter.Subscriber{ID: identify(a), Address: a, Status: newsletter.Active, CreatedAt: then, ConfirmedAt: then})
	}
	_, err := d.store.AddSubscribers(t.Context(), all)
	must(t, err)
	issue := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved}
	must(t, d.store.SaveIssue(t.Context(), &issue))
	must(t, d.store.SaveMail(t.Context(), &newsletter.Mail{Issue: issue.ID, Subject: "s", HTML: "<p>h</p>", Text: "t"}))
	engine := &deliver.Engine{Store: d.store, Queue: d.queue, Now: time.Now, Workers: 4, Events: true, BatchSize: 10}
	run, err := engine.Start(t.Context(), &issue)
	must(t, err)
	d.run = run.ID
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// invoke sends an event, and perhaps kills the function before it answers. It tells
// whether there was an answer; without one, all messages come again.
func (d *badDay) invoke(t *testing.T, l **lambda, event any, latest time.Duration) bool {
	t.Helper()
	if d.killed >= *kills || d.dice.IntN(3) == 0 {
		(*l).invoke(t, event)
		return true
	}
	body, err := json.Marshal(event)
	must(t, err)
	(*l).events <- body
	select {
	case <-(*l).answers:
		return true
	case <-time.After(time.Duration(d.dice.Int64N(int64(latest)))):
	}
	(*l).stop()
	d.killed++
	*l = start(t, d.dir, (*l).name, d.env)
	return false
}

// round is some minutes of the day.
func (d *badDay) round(t *testing.T) {
	d.invoke(t, &d.sweep, sample(t, "schedule-tick.json"), 60*time.Millisecond)
	lanes := d.queue.take().Records
	for i := range lanes { // some come twice
		if d.dice.IntN(3) == 0 {
			lanes = append(lanes, lanes[i])
		}
	}
	d.dice.Shuffle(len(lanes), func(i, j int) { lanes[i], lanes[j] = lanes[j], lanes[i] })
	for _, m := range lanes {
		d.deliver.left = []time.Duration{3 * time.Minute, 20100 * time.Millisecond}[d.dice.IntN(2)] // or time for hardly any batch
		d.invoke(t, &d.deliver, batch(m.Body), 150*time.Millisecond)
	}
	d.hearProbe(t)
	for events := d.storm.take(); len(events) > 0; events = d.storm.take() { // all of them within a quarter of an hour
		if !d.invoke(t, &d.feedback, batch(events...), 60*time.Millisecond) {
			d.storm.putBack(events)
		}
	}
	d.later(t, 16*time.Minute)
}

// hearProbe lets a probe be reported whose sweep was killed: another would follow in a
// quarter of an hour, by the clock, which does not pass here.
func (d *badDay) hearProbe(t *testing.T) {
	slot := int(time.Now().Unix() / 900)
	if _, err := d.store.Batch(t.Context(), deliver.ProbeRun, 0, slot); err == nil {
		_, err := d.store.AddReports(t.Context(), newsletter.Reports{Run: deliver.ProbeRun, Seq: slot, Accepted: 1})
		must(t, err)
	}
}

// later lets time pass: whatever the books have noted becomes older. Nobody is at work
// meanwhile.
func (d *badDay) later(t *testing.T, by time.Duration) {
	run, err := d.store.Run(t.Context(), d.run)
	must(t, err)
	older := func(at *time.Time) {
		if !at.IsZero() {
			*at = at.Add(-by)
		}
	}
	for n := range run.Lanes {
		lane, err := d.store.Lane(t.Context(), d.run, n)
		must(t, err)
		older(&lane.Lease)
		older(&lane.Health.RestUntil)
		older(&lane.Health.Since)
		if lane.Inflight != nil {
			older(&lane.Inflight.At)
		}
		for i := range lane.Retries {
			older(&lane.Retries[i].NotBefore)
		}
		must(t, d.store.SaveLane(t.Context(), &lane))
		must(t, d.store.Batches(t.Context(), d.run, n, func(b newsletter.Batch) error {
			older(&b.At)
			return d.store.SaveBatch(t.Context(), &b)
		}))
	}
	if run.State == newsletter.RunPaused { // a person has looked
		must(t, run.Resume(time.Now()))
		must(t, d.store.SaveRun(t.Context(), &run))
	}
}

// TestKilledLambdas: at the end everybody got the mail once, and the books say so.
func TestKilledLambdas(t *testing.T) {
	t.Parallel()
	d := openBadDay(t)
	d.begin(t)
	for range 40 + 2**kills {
		d.round(t)
		run, err := d.store.Run(t.Context(), d.run)
		must(t, err)
		if run.Finished() {
			d.audit(t, &run)
			return
		}
		d.storm.mu.Lock()
		d.storm.calm = d.killed >= *kills
		d.storm.mu.Unlock()
	}
	t.Fatal("the run does not end")
}

func (d *badDay) audit(t *testing.T, run *newsletter.Run) {
	t.Helper()
	t.Logf("killed %d times, %d of %d calls to SES went wrong; run %s: %+v", d.killed, d.storm.faults, d.storm.calls, run.State, run.Counts)
	for i := range *killReaders {
		if n := d.storm.got[string(reader(i))]; n > 1 {
			t.Errorf("%s was mailed %d times", reader(i), n)
		}
	}
	mailed := 0
	for to := range d.storm.got {
		if to != simulator {
			mailed++
		}
	}
	if c := run.Counts; c.Sent != mailed || c.Sent+c.Failed != *killReaders || c.Unknown+c.Ambiguous+c.Skipped != 0 {
		t.Errorf("%+v of %d readers, %d mailed", c, *killReaders, mailed)
	}
}
