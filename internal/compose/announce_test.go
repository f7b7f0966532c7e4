package compose

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestDraftsAndApprovalsAreAnnounced before they are stored, with the moments that the
// records then keep.
func TestDraftsAndApprovalsAreAnnounced(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	var heard []newsletter.Event
	d.Announce = func(ctx context.Context, e newsletter.Event) error {
		if stored, err := d.store.Issue(ctx, e.Issue.ID); err == nil && stored.State == e.Issue.State {
			t.Errorf("%s is announced after it is stored", e.Type)
		}
		heard = append(heard, e)
		return nil
	}
	for range 2 {
		_, err := d.Compose(t.Context(), "weekly", monday)
		must(t, err)
	}
	for range 2 {
		_, err := d.approve(t, newsletter.IssueID("weekly", monday))
		must(t, err)
	}
	stored, err := d.store.Issue(t.Context(), newsletter.IssueID("weekly", monday))
	must(t, err)
	if len(heard) != 2 || heard[0].Type != newsletter.EventDrafted || heard[1].Type != newsletter.EventApproved || !heard[0].At.Equal(stored.CreatedAt) || !heard[1].At.Equal(stored.ApprovedAt) {
		t.Errorf("heard %+v", heard)
	}
}

// TestWhatCannotBeAnnouncedIsDoneLater: the next tick announces and does it.
func TestWhatCannotBeAnnouncedIsDoneLater(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	broken := errors.New("the store is away")
	down, heard := true, []string{}
	d.Announce = func(_ context.Context, e newsletter.Event) error {
		if down {
			return broken
		}
		heard = append(heard, e.Type)
		return nil
	}
	if _, err := d.Tick(t.Context()); !errors.Is(err, broken) || len(d.started) > 0 {
		t.Fatalf("%v, started %v", err, d.started)
	}
	down = false
	if _, err := d.Tick(t.Context()); err != nil || len(d.started) != 1 || !slices.Equal(heard, []string{newsletter.EventDrafted, newsletter.EventApproved}) {
		t.Errorf("%v, started %v, heard %v", err, d.started, heard)
	}
}
