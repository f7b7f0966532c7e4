package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

// BenchmarkFind searches 200,000 readers: the first time by address, which makes the
// index, again, and by a tag that few have.
func BenchmarkFind(b *testing.B) {
	const readers, page = 200_000, 4096
	s := open(b, filepath.Join(b.TempDir(), "masthead.db"))
	for i := 0; i < readers; i += page {
		all := make([]newsletter.Subscriber, min(page, readers-i))
		for j := range all {
			all[j] = storetest.Reader(i + j)
			if (i+j)%10_000 == 0 {
				all[j].Tags = []string{"press"}
			}
		}
		if _, err := s.AddSubscribers(b.Context(), all); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for _, c := range []struct {
			name string
			q    newsletter.Search
		}{{"first-ms", newsletter.Search{Address: "reader.77", Limit: 50}}, {"address-ms", newsletter.Search{Address: "reader.99", Limit: 50}}, {"tag-ms", newsletter.Search{Tag: "press", Limit: 50}},
			{"bounced-ms", newsletter.Search{Status: newsletter.Bounced, Limit: 50}}} {
			began := time.Now()
			if _, _, err := s.FindSubscribers(b.Context(), c.q); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(began).Microseconds())/1000, c.name)
		}
	}
}

// TestASearchUsesAnIndex: by address, tag and language, and for those who are not active.
func TestASearchUsesAnIndex(t *testing.T) {
	s, ctx := open(t, filepath.Join(t.TempDir(), "masthead.db")), t.Context()
	for _, q := range []newsletter.Search{{Address: "ada", Limit: 5}, {Address: "ada", After: "adam@example.org", Limit: 5}, {Status: newsletter.Bounced, Limit: 5},
		{Tag: "press", Limit: 5}, {Tag: "press", Status: newsletter.Bounced, Limit: 5}, {Language: "is", Limit: 5}} {
		if _, _, err := s.FindSubscribers(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	plans, err := s.Plans(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for text, plan := range plans {
		if strings.Contains(text, "lower(address)") && (!strings.Contains(plan, "subscriber_address") || strings.Contains(plan, "TEMP B-TREE")) {
			t.Errorf("%s\n%s", text, plan)
		}
		if strings.Contains(text, "JOIN tagged") && (!strings.Contains(plan, "SEARCH tagged USING PRIMARY KEY (tag=? AND subscriber>?)") || strings.Contains(plan, "TEMP B-TREE")) {
			t.Errorf("%s\n%s", text, plan)
		}
		if strings.Contains(text, "language = ?") && (!strings.Contains(plan, "subscriber_language") || strings.Contains(plan, "TEMP B-TREE")) {
			t.Errorf("%s\n%s", text, plan)
		}
		if strings.Contains(text, "status = ?") && !strings.Contains(plan, "subscriber_inactive") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}
