package dynamo

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

var at = time.Date(2026, time.March, 2, 7, 0, 0, 0, time.UTC)

// attribute is a string or number of an item; "" where it is missing.
func attribute(it item, name string) string {
	switch v := it[name].(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

func TestWhatExpires(t *testing.T) {
	reader := func(status newsletter.Status) item {
		return subscribers().encode(&newsletter.Subscriber{Status: status, ChangedAt: at})
	}
	for _, c := range []struct {
		name string
		item item
		want time.Time
	}{
		{"a sign-up that nobody confirms, after a week", reader(newsletter.Pending), at.Add(7 * 24 * time.Hour)},
		{"a confirmed reader never", reader(newsletter.Active), time.Time{}},
		{"a reader who left never", reader(newsletter.Unsubscribed), time.Time{}},
		{"a batch after 90 days", batches().encode(&newsletter.Batch{At: at}), at.AddDate(0, 0, 90)},
		{"a lane never", lanes().encode(&newsletter.Lane{Done: true, Lease: at}), time.Time{}},
		{"a call 30 days after its tries began", calls().encode(&newsletter.Call{Begun: at}), at.AddDate(0, 0, 30)},
		{"a suppression never", suppressions().encode(&newsletter.Suppression{At: at}), time.Time{}},
	} {
		want := ""
		if !c.want.IsZero() {
			want = strconv.FormatInt(c.want.Unix(), 10)
		}
		if got := attribute(c.item, "ttl"); got != want {
			t.Errorf("%s: ttl is %q, want %q", c.name, got, want)
		}
	}
}

func TestWhatTheIndexLists(t *testing.T) {
	batch := func(outcomes ...newsletter.Outcome) item {
		b := newsletter.Batch{Run: "r", Lane: 3, Seq: 17}
		for _, o := range outcomes {
			b.Entries = append(b.Entries, newsletter.Entry{Outcome: o})
		}
		return batches().encode(&b)
	}
	for _, c := range []struct {
		name     string
		item     item
		gpk, gsk string
	}{
		{"an article", articles().encode(&newsletter.Article{ID: "a", FirstSeen: at}), "AM", "2026-03-02T07:00:00.000000Z#a"},
		{"no article of the past", articles().encode(&newsletter.Article{ID: "a", FirstSeen: at, Past: true}), "", ""},
		{"an open run", runs().encode(&newsletter.Run{ID: "r", State: newsletter.RunPaused}), "RUNS", "open#r"},
		{"a finished run", runs().encode(&newsletter.Run{ID: "r", State: newsletter.RunSent, FinishedAt: at}), "RUNS", "finished#2026-03-02T07:00:00.000000Z#r"},
		{"no batch that everybody got", batch(newsletter.OutcomeSent, newsletter.OutcomeSent), "", ""},
		{"a batch that somebody missed", batch(newsletter.OutcomeSent, newsletter.OutcomeSkipped), "RES#r", "L003#000000017"},
		{"an ambiguous batch", batch(newsletter.OutcomeFailed, newsletter.OutcomeAmbiguous), "AMB#r", "L003#000000017"},
		{"a call that waits", calls().encode(&newsletter.Call{Hook: "h", ID: "c", State: newsletter.CallWaiting, NextTry: at}), "CALLS#h", "2026-03-02T07:00:00.000000Z#c"},
		{"no call that was made", calls().encode(&newsletter.Call{Hook: "h", ID: "c", State: newsletter.CallDone, NextTry: at}), "", ""},
		{"a reader by address", subscribers().encode(&newsletter.Subscriber{Address: "Ada@example.org"}), "SA#ad", "ada@example.org"},
		{"a reader with a short address", subscribers().encode(&newsletter.Subscriber{Address: "É"}), "SA#é", "é"},
	} {
		if gpk, gsk := attribute(c.item, "gpk"), attribute(c.item, "gsk"); gpk != c.gpk || gsk != c.gsk {
			t.Errorf("%s is under %q / %q, want %q / %q", c.name, gpk, gsk, c.gpk, c.gsk)
		}
	}
}

// TestSizes keeps the records that a Run writes within few write units, of one
// kilobyte each (DynamoDB developer guide, "Item sizes and formats").
func TestSizes(t *testing.T) {
	batch := storetest.LargeBatch("weekly-20260302-070000", 7)
	lane := newsletter.Lane{Run: batch.Run, Lanes: 4, Owner: strings.Repeat("o", 40), Lease: at, Inflight: &newsletter.Claim{Seq: 7, At: at}}
	for _, e := range batch.Entries {
		lane.Inflight.IDs = append(lane.Inflight.IDs, e.Subscriber)
	}
	reader := storetest.Reader(1)
	for _, c := range []struct {
		name string
		item item
		max  int
	}{
		{"the result of a batch of 50", batches().encode(&batch), 3 << 10},
		{"a lane with a claim of 50", lanes().encode(&lane), 2 << 10},
		{"a subscriber", subscribers().encode(&reader), 1 << 10},
	} {
		if n := itemSize(c.item); n > c.max {
			t.Errorf("%s has %d bytes, want %d at most", c.name, n, c.max)
		} else {
			t.Logf("%s has %d bytes", c.name, n)
		}
	}
}

func itemSize(it item) int {
	n := 0
	for name, value := range it {
		n += len(name) + size(value)
	}
	return n
}

func size(value types.AttributeValue) int {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 1
	case *types.AttributeValueMemberM:
		return 3 + itemSize(v.Value)
	case *types.AttributeValueMemberL:
		n := 3
		for _, e := range v.Value {
			n += 1 + size(e)
		}
		return n
	}
	return 1
}
