package newsletter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhereAHookMayLead(t *testing.T) {
	for link, want := range map[string]struct{ cloud, laptop bool }{
		"https://crm.example.org/masthead?key=1": {true, true},
		"  https://crm.example.org/  ":           {true, true},
		"https://93.184.216.34/":                 {true, true},
		"http://crm.example.org/":                {false, false},
		"http://127.0.0.1:8099/in":               {false, true},
		"https://[::1]:8099/in":                  {false, true},
		"http://LOCALHOST:8099/in":               {false, true},
		"http://localhost.example.org/":          {false, false},
		"https://10.0.0.1/":                      {false, false},
		"https://169.254.169.254/latest/":        {false, false},
		"https://[fd00::1]/":                     {false, false},
		"https://0.0.0.0/":                       {false, false},
		"ftp://127.0.0.1/":                       {false, false},
		"https://user:pass@crm.example.org/":     {false, false},
		"https://crm.example.org/#part":          {false, false},
		"https://":                               {false, false},
		"crm.example.org":                        {false, false},
		"":                                       {false, false},
		"https://x.example/" + strings.Repeat("a", maxHookURL): {false, false},
	} {
		for _, loopback := range []bool{false, true} {
			_, err := NewHook(link, []string{EventSent}, loopback, "ada@example.org", time.Time{})
			allowed := want.cloud
			if loopback {
				allowed = want.laptop
			}
			if (err == nil) != allowed || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%.60q, on a laptop %t: %v", link, loopback, err)
			}
		}
	}
}

func TestAHookIsToldOfWhatItWants(t *testing.T) {
	h, err := NewHook("https://crm.example.org/", []string{EventUnsubscribed, EventSent, EventSent}, false, "ada@example.org", time.Time{})
	if err != nil || !slices.Equal(h.Events, []string{EventSent, EventUnsubscribed}) {
		t.Fatalf("%+v, %v", h, err)
	}
	for event, want := range map[string]bool{EventSent: true, EventUnsubscribed: true, EventTest: true, EventDrafted: false, "": false} {
		if h.Wants(event) != want {
			t.Errorf("%q: %t", event, !want)
		}
	}
	if h.Off = "by hand"; h.Wants(EventSent) || h.Wants(EventTest) {
		t.Error("one that is off is told of something")
	}
	for name, events := range map[string][]string{"none": nil, "an unknown one": {EventSent, "issue.read"}, "the test": {EventTest}} {
		if err := h.Change(h.URL, events, false); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSignatureIsThatOfTheStandard: the values are those that its libraries are tested
// with.
func TestSignatureIsThatOfTheStandard(t *testing.T) {
	h := Hook{Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	at := time.Unix(1614265330, 999)
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := h.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestBothSecretsSignForADay(t *testing.T) {
	at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	h, err := NewHook("https://crm.example.org/", []string{EventSent}, false, "ada@example.org", at)
	if err != nil || !strings.HasPrefix(h.Secret, "whsec_") || len(h.Secret) != len("whsec_")+44 {
		t.Fatalf("%q, %v", h.Secret, err)
	}
	before := h.Sign("a", at, nil)
	h.Rotate(at)
	during := strings.Fields(h.Sign("a", at, nil))
	if len(during) != 2 || during[0] == before || during[1] != before {
		t.Errorf("%q, before %q", during, before)
	}
	if after := h.Sign("a", at.Add(SecretRest), nil); strings.Contains(after, " ") {
		t.Errorf("after a day %q", after)
	}
}

func TestEventsOfReaders(t *testing.T) {
	moved := SubscriberID{7}
	for _, c := range []struct {
		before, now Status
		movedTo     SubscriberID
		want, why   string
	}{
		{Pending, Active, SubscriberID{}, EventConfirmed, ""},
		{Unsubscribed, Active, SubscriberID{}, EventConfirmed, ""},
		{"", Active, SubscriberID{}, EventConfirmed, ""},
		{Active, Unsubscribed, SubscriberID{}, EventUnsubscribed, ""},
		{Active, Unsubscribed, moved, EventUnsubscribed, LeftMoved},
		{Active, Complained, SubscriberID{}, EventUnsubscribed, LeftComplained},
		{Active, Bounced, SubscriberID{}, "", ""},
		{Active, Active, SubscriberID{}, "", ""},
		{Pending, Unsubscribed, SubscriberID{}, "", ""},
		{Unsubscribed, Complained, SubscriberID{}, "", ""},
		{"", Pending, SubscriberID{}, "", ""},
	} {
		e, told := Turned(&Subscriber{Status: c.now, MovedTo: c.movedTo}, c.before)
		if e.Type != c.want || e.Why != c.why || told != (c.want != "") {
			t.Errorf("%s → %s: %+v, %t", c.before, c.now, e, told)
		}
	}
}

func TestEventsOfRuns(t *testing.T) {
	for want, r := range map[bool][]Run{true: {{State: RunSent}}, false: {{State: RunSending}, {State: RunSettling}, {State: RunCancelled}, {State: RunSent, Parent: "weekly-1"}}} {
		for i := range r {
			if _, told := Sent(&r[i]); told != want {
				t.Errorf("%+v: %t", r[i], told)
			}
		}
	}
}
