package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestQueriesUseAnIndex keeps queries from reading whole tables, which no other
// test would notice. Sources and schedules are few and all of them are wanted.
func TestQueriesUseAnIndex(t *testing.T) {
	s, ctx := open(t, filepath.Join(t.TempDir(), "masthead.db")), t.Context()
	s.Article(ctx, "a")
	s.ArticleByAlias(ctx, "AG#s#g")
	s.ArticlesSince(ctx, "weekly", time.Time{})
	s.Issues(ctx, 10)
	s.IssuesBefore(ctx, (&newsletter.Issue{ID: "i"}).Place(), 10)
	s.Authors(ctx, "", 10)
	s.Mail(ctx, "i", "")
	s.OpenRuns(ctx)
	s.Runs(ctx, 10)
	s.Lane(ctx, "r", 0)
	s.RunsSince(ctx, time.Time{}, 10)
	s.Batches(ctx, "r", 0, func(newsletter.Batch) error { return nil })
	s.DoubtfulBatches(ctx, "r", func(newsletter.Batch) error { return nil })
	s.Reports(ctx, "r", 0, 1)
	s.LaneReports(ctx, "r", 0, func(newsletter.Reports) error { return nil })
	s.Returned(ctx, "r")
	s.Subscriber(ctx, newsletter.SubscriberID{1})
	s.SubscribersAfter(ctx, 0, 255, newsletter.SubscriberID{}, 50)
	s.Suppression(ctx, newsletter.SubscriberID{1})
	s.Actions(ctx, "", 10)
	s.SignIn(ctx, "s")
	s.Session(ctx, "s")
	s.Sessions(ctx, time.Time{})
	s.APIToken(ctx, "t")
	s.Hook(ctx, "h")
	s.Call(ctx, "h", "c")
	s.Calls(ctx, "h", "", 10)
	s.DueCalls(ctx, "h", time.Time{}, 10)
	plans, err := s.Plans(ctx)
	if err != nil || len(plans) != 28 {
		t.Fatalf("%d queries were run: %v", len(plans), err)
	}
	for text, plan := range plans {
		for _, step := range strings.Split(plan, "\n") {
			if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "USING INDEX") {
				t.Errorf("%s\nreads a whole table: %s", text, plan)
			}
			if strings.Contains(step, "TEMP B-TREE") && !strings.Contains(text, "first_seen") { // articles come by first seen and leave by published
				t.Errorf("%s\nsorts: %s", text, plan)
			}
		}
		t.Logf("%.60s…: %s", text, plan)
	}
}
