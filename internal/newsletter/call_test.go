package newsletter

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var happened = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)

func sentCall() Call {
	return NewCall(&Hook{ID: "crm"}, &Event{Type: EventSent, At: happened, Run: &Run{ID: "weekly-1"}}, `{"a":1}`, happened)
}

// TestTheScheduleOfTries follows a call whose receiver never takes it.
func TestTheScheduleOfTries(t *testing.T) {
	c, now := sentCall(), happened
	if !c.Due(now) {
		t.Fatalf("%+v", c)
	}
	for i, pause := range []string{"1m", "5m", "30m", "2h", "6h", "12h", "24h", "24h"} {
		c.Begin(now)
		if c.Due(now.Add(CallLease - 1)) {
			t.Errorf("try %d is due while it is being made", i+1)
		}
		c.Failed("503", 0, now)
		want, _ := time.ParseDuration(pause)
		if c.State != CallWaiting || !c.NextTry.Equal(now.Add(want)) || c.Tries != i+1 || c.Due(c.NextTry.Add(-1)) {
			t.Fatalf("after try %d: %+v, want a pause of %s", i+1, c, pause)
		}
		now = c.NextTry
	}
	if passed := now.Sub(happened); passed != 68*time.Hour+36*time.Minute {
		t.Errorf("the last try comes after %s", passed)
	}
	c.Begin(now)
	c.Failed("503", 0, now)
	if c.State != CallGivenUp || c.Tries != 9 || c.Body == "" || c.Due(now.AddDate(1, 0, 0)) {
		t.Errorf("%+v", c)
	}
}

// TestWhatToLookAt of a hook, by its newest calls, the newest first.
func TestWhatToLookAt(t *testing.T) {
	call := func(state CallState, tries int, answer string, ago time.Duration) Call {
		return Call{Event: EventSent, State: state, Tries: tries, Answer: answer, TriedAt: happened.Add(-ago)}
	}
	test := call(CallGivenUp, 1, "503", time.Hour)
	test.Event = EventTest
	for name, c := range map[string]struct {
		off   string
		calls []Call
		want  string
	}{
		"nothing told yet":               {"", nil, ""},
		"all taken":                      {"", []Call{call(CallDone, 1, "204", 0)}, ""},
		"not tried yet":                  {"", []Call{{State: CallWaiting}}, ""},
		"failed once":                    {"", []Call{call(CallWaiting, 1, "503", 0), call(CallDone, 1, "204", time.Hour)}, ""},
		"failed twice":                   {"", []Call{call(CallWaiting, 2, "503", 0), call(CallDone, 1, "204", time.Hour)}, "does not take what it is told: 503"},
		"has come back":                  {"", []Call{call(CallDone, 1, "204", 0), call(CallWaiting, 2, "503", time.Hour)}, ""},
		"an older call is tried later":   {"", []Call{call(CallDone, 1, "204", time.Hour), call(CallWaiting, 4, "503", 0)}, "does not take what it is told: 503"},
		"given up":                       {"", []Call{call(CallGivenUp, 9, "503", 0)}, "does not take what it is told: 503"},
		"a test failed":                  {"", []Call{test}, "does not take what it is told: 503"},
		"a test failed, and all is well": {"", []Call{call(CallDone, 1, "204", 0), test}, ""},
		"back, and one was missed":       {"", []Call{call(CallDone, 1, "204", 0), call(CallGivenUp, 9, "503", time.Hour)}, "has missed 1 of its last 2 calls; they can be tried again"},
		"missed long ago":                {"", []Call{call(CallDone, 1, "204", 0), call(CallGivenUp, 9, "503", mourned)}, ""},
		"dropped is no answer":           {"", []Call{call(CallDropped, 2, "not told", 0)}, ""},
		"off":                            {"it is gone for good (410)", []Call{call(CallDone, 1, "204", 0)}, "is off: it is gone for good (410)"},
	} {
		h := Hook{ID: "crm", Off: c.off}
		if got := h.Trouble(c.calls, happened); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatAReceiverAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		tries      int
		asks, want time.Duration
	}{
		"more than our pause":           {1, 10 * time.Minute, 10 * time.Minute},
		"less than our pause":           {3, time.Second, 30 * time.Minute},
		"more than a day":               {1, 1000 * time.Hour, 24 * time.Hour},
		"nothing":                       {2, 0, 5 * time.Minute},
		"a pause before any try counts": {0, 0, time.Minute},
	} {
		call := sentCall()
		call.Tries = c.tries
		if call.Failed("429", c.asks, happened); call.State != CallWaiting || call.NextTry.Sub(happened) != c.want {
			t.Errorf("%s: %+v", name, call)
		}
	}
	late := sentCall()
	late.Tries = 5
	if late.Failed("429", 24*time.Hour, happened.Add(callsEnd-time.Hour)); late.State != CallGivenUp {
		t.Errorf("after five days: %+v", late)
	}
}

func TestATestIsTriedOnce(t *testing.T) {
	c := NewCall(&Hook{ID: "crm"}, &Event{Type: EventTest, At: happened}, "{}", happened)
	c.Begin(happened)
	if c.Failed("refused", 0, happened); c.State != CallGivenUp {
		t.Errorf("%+v", c)
	}
}

// TestTellingTheSameTwiceIsOneCall: the id comes of hook, event, record and moment.
func TestTellingTheSameTwiceIsOneCall(t *testing.T) {
	event := func(change func(e *Event)) *Event {
		e := Event{Type: EventUnsubscribed, At: happened, Reader: &Subscriber{ID: SubscriberID{1}}}
		change(&e)
		return &e
	}
	first := NewCall(&Hook{ID: "crm"}, event(func(*Event) {}), "{}", happened)
	if !strings.HasPrefix(first.ID, "20260302T120000123456Z-") || strings.Contains(first.ID, ".") {
		t.Errorf("id %q", first.ID)
	}
	if again := NewCall(&Hook{ID: "crm"}, event(func(e *Event) { e.At = e.At.Truncate(time.Microsecond).In(time.FixedZone("x", 3600)) }), "other", happened); again.ID != first.ID {
		t.Errorf("%q and %q", first.ID, again.ID)
	}
	for name, e := range map[string]*Event{
		"another reader": event(func(e *Event) { e.Reader = &Subscriber{ID: SubscriberID{2}} }),
		"another event":  event(func(e *Event) { e.Type = EventConfirmed }),
		"another moment": event(func(e *Event) { e.At = e.At.Add(time.Microsecond) }),
		"another reason": event(func(e *Event) { e.Why = LeftErased }),
	} {
		if other := NewCall(&Hook{ID: "crm"}, e, "{}", happened); other.ID == first.ID {
			t.Errorf("%s has the same id", name)
		}
	}
	if other := NewCall(&Hook{ID: "slack"}, event(func(*Event) {}), "{}", happened); other.ID == first.ID {
		t.Error("another hook has the same id")
	}
}

func TestOnlyWhatIsSoIsTold(t *testing.T) {
	micro := happened.Truncate(time.Microsecond)
	of := func(status Status, changed time.Time) func(c *Call) bool {
		return func(c *Call) bool {
			return c.HoldsOfReader(&Subscriber{Status: status, ChangedAt: changed, CreatedAt: micro.AddDate(-1, 0, 0)})
		}
	}
	nobody := func(c *Call) bool { return c.HoldsOfReader(nil) }
	later := micro.Add(time.Hour)
	for _, c := range []struct {
		name  string
		event string
		why   string
		holds func(c *Call) bool
		want  bool
	}{
		{"a draft that is there", EventDrafted, "", func(c *Call) bool { return c.HoldsOfIssue(&Issue{CreatedAt: micro}) }, true},
		{"a draft of another moment", EventDrafted, "", func(c *Call) bool { return c.HoldsOfIssue(&Issue{CreatedAt: later}) }, false},
		{"an approval", EventApproved, "", func(c *Call) bool { return c.HoldsOfIssue(&Issue{State: IssueApproved, ApprovedAt: happened}) }, true},
		{"an approval that broke off", EventApproved, "", func(c *Call) bool { return c.HoldsOfIssue(&Issue{State: IssueDraft, ApprovedAt: micro}) }, false},
		{"an approval at another moment", EventApproved, "", func(c *Call) bool {
			return c.HoldsOfIssue(&Issue{State: IssueApproved, ApprovedAt: micro.Add(time.Microsecond)})
		}, false},
		{"a run that is sent", EventSent, "", func(c *Call) bool { return c.HoldsOfRun(&Run{State: RunSent, FinishedAt: micro}) }, true},
		{"a run that settles", EventSent, "", func(c *Call) bool { return c.HoldsOfRun(&Run{State: RunSettling}) }, false},
		{"a reader who is active since then", EventConfirmed, "", of(Active, happened), true},
		{"a reader who has left again", EventConfirmed, "", of(Unsubscribed, later), false},
		{"a reader who has left again and is back", EventConfirmed, "", of(Active, later), false},
		{"a reader who is gone", EventConfirmed, "", nobody, false},
		{"a reader who has left", EventUnsubscribed, "", of(Unsubscribed, happened), true},
		{"a reader who pressed twice at once, the second time", EventUnsubscribed, "", of(Unsubscribed, micro.Add(-time.Millisecond)), false},
		{"a reader who has left and asked again", EventUnsubscribed, "", of(Pending, later), true},
		{"a reader who has left, and whose mail came back", EventUnsubscribed, "", of(Bounced, later), true},
		{"a reader who has left and complained", EventUnsubscribed, "", of(Complained, later), true},
		{"a reader who has complained", EventUnsubscribed, LeftComplained, of(Complained, happened), true},
		{"a reader who is back", EventUnsubscribed, "", of(Active, later), false},
		{"a reader who left and was erased since", EventUnsubscribed, "", nobody, true},
		{"a reader who is erased", EventUnsubscribed, LeftErased, nobody, true},
		{"a reader whose erasure broke off", EventUnsubscribed, LeftErased, of(Unsubscribed, micro.Add(-time.Hour)), false},
		{"a reader who was erased and asked anew", EventUnsubscribed, LeftErased, func(c *Call) bool {
			return c.HoldsOfReader(&Subscriber{Status: Pending, CreatedAt: later})
		}, true},
	} {
		if got := c.holds(&Call{Event: c.event, Why: c.why, At: micro}); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestWhatIsNotSoYetWaitsAndIsThenDropped(t *testing.T) {
	c := sentCall()
	if c.Untrue(happened.Add(time.Second)); c.State != CallWaiting || c.Due(happened.Add(time.Minute)) || !c.Due(happened.Add(callGrace)) {
		t.Errorf("%+v", c)
	}
	if c.Untrue(happened.Add(callGrace)); c.State != CallDropped || c.Body != "" {
		t.Errorf("%+v", c)
	}
}

func TestAgain(t *testing.T) {
	c := sentCall()
	c.Tries = 9
	c.GiveUp("refused")
	later := happened.AddDate(0, 0, 6)
	if err := c.Again(later); err != nil || !c.Due(later) || c.Tries != 0 || c.Body == "" {
		t.Errorf("%+v, %v", c, err)
	}
	c.Begin(later)
	if c.Failed("503", 0, later); c.State != CallWaiting {
		t.Errorf("six days after the event it is given up at once: %+v", c)
	}
	c.Delivered(strings.Repeat("words ", 200) + "\x00\xff\n")
	if err := c.Again(later); !errors.Is(err, ErrConflict) || c.Body != "" || len(c.Answer) > maxAnswer+3 {
		t.Errorf("%+v, %v", c, err)
	}
}
