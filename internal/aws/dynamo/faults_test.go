package dynamo_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestFaults goes through what DynamoDB and crashes can do to a store.
func TestFaults(t *testing.T) {
	client := awstest.DynamoDB(t)
	table := awstest.Table(t, client)
	t.Run("a write that was repeated because its answer was lost has succeeded", func(t *testing.T) { testRepeated(t, client, table) })
	t.Run("an alias whose article was never written counts as absent", func(t *testing.T) { testDangling(t, client, table) })
	t.Run("a table that is not there is named", func(t *testing.T) {
		_, err := dynamo.Open(client, "nowhere").Run(t.Context(), "r")
		if err == nil || errors.Is(err, newsletter.ErrNotFound) || !strings.Contains(err.Error(), "no table nowhere") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("an error of DynamoDB is no conflict, and the record keeps its Rev", func(t *testing.T) {
		run := newsletter.Run{ID: "unreachable"}
		err := dynamo.Open(failing{client}, table).SaveRun(t.Context(), &run)
		if !errors.Is(err, errUnreachable) || errors.Is(err, newsletter.ErrConflict) || run.Rev != 0 {
			t.Errorf("error is %v, Rev is %d", err, run.Rev)
		}
	})
}

// twice sends each write two times, as the client does when an answer is lost.
type twice struct{ *dynamodb.Client }

func (c twice) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if _, err := c.Client.PutItem(ctx, in, o...); err != nil {
		return nil, err
	}
	return c.Client.PutItem(ctx, in, o...)
}

func (c twice) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if _, err := c.Client.UpdateItem(ctx, in, o...); err != nil {
		return nil, err
	}
	return c.Client.UpdateItem(ctx, in, o...)
}

func testRepeated(t *testing.T, client *dynamodb.Client, table string) {
	s := dynamo.Open(twice{client}, table)
	lane := newsletter.Lane{Run: "repeated"}
	for rev := int64(1); rev <= 2; rev++ {
		if err := s.SaveLane(t.Context(), &lane); err != nil || lane.Rev != rev {
			t.Fatalf("save %d: %v, Rev is %d", rev, err, lane.Rev)
		}
	}
	a := newsletter.Article{ID: "repeated", URL: "https://example.org/repeated"}
	if err := s.AddArticle(t.Context(), &a, a.Aliases()...); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveArticle(t.Context(), &a); err != nil || a.Rev != 2 {
		t.Errorf("%v, Rev is %d", err, a.Rev)
	}
	if err := s.TakeArticle(t.Context(), a.ID, "weekly", "w1"); err != nil {
		t.Error(err)
	}
	if err := s.FreeArticle(t.Context(), a.ID, "weekly", "w1"); err != nil {
		t.Error(err)
	}
	stale := newsletter.Lane{Run: "repeated", Rev: 1}
	if err := s.SaveLane(t.Context(), &stale); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("an outdated lane: error is %v", err)
	}
}

var errUnreachable = errors.New("unreachable")

// failing refuses every write.
type failing struct{ *dynamodb.Client }

func (failing) PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return nil, errUnreachable
}

// crashing fails when it comes to the article itself, after its aliases.
type crashing struct{ *dynamodb.Client }

func (c crashing) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if _, article := in.Item["title"]; article {
		return nil, errUnreachable
	}
	return c.Client.PutItem(ctx, in, o...)
}

func testDangling(t *testing.T, client *dynamodb.Client, table string) {
	now := time.Date(2026, time.March, 2, 7, 0, 0, 0, time.UTC)
	s, crashed := dynamo.Open(client, table), dynamo.Open(crashing{client}, table)
	s.Now, crashed.Now = func() time.Time { return now }, func() time.Time { return now }
	first := newsletter.Article{ID: "first", URL: "https://example.org/first", GUID: "same", Title: "First"}
	second := newsletter.Article{ID: "second", URL: "https://example.org/second", GUID: "same", Title: "Second"}
	if err := crashed.AddArticle(t.Context(), &first, first.Aliases()...); !errors.Is(err, errUnreachable) {
		t.Fatal(err)
	}
	if _, err := s.ArticleByAlias(t.Context(), first.Aliases()...); !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("looking it up: error is %v", err)
	}
	if err := s.AddArticle(t.Context(), &second, second.Aliases()...); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("while somebody may still be adding it: error is %v", err)
	}
	now = now.Add(time.Minute)
	if err := s.AddArticle(t.Context(), &second, second.Aliases()...); err != nil {
		t.Fatal(err)
	}
	if found, err := s.ArticleByAlias(t.Context(), first.Aliases()[0]); err != nil || found.ID != second.ID {
		t.Errorf("the alias leads to %q, %v", found.ID, err)
	}
	if err := s.AddArticle(t.Context(), &first, first.Aliases()...); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("the first one comes again: error is %v", err)
	}
	again := newsletter.Article{ID: "again", URL: "https://example.org/again", Title: "Again"}
	if err := crashed.AddArticle(t.Context(), &again, again.Aliases()...); !errors.Is(err, errUnreachable) {
		t.Fatal(err)
	}
	if err := s.AddArticle(t.Context(), &again, again.Aliases()...); err != nil {
		t.Errorf("the same article after a crash: %v", err)
	}
}
