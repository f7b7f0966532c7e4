package newsletter

import (
	"errors"
	"testing"
	"time"
)

func TestIssueIDIsThatOfTheFire(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	if a, b := IssueID("weekly", noon), IssueID("weekly", noon.In(berlin)); a != b || a != "weekly-20260302-120000" {
		t.Errorf("one moment gives %s and %s", a, b)
	}
	if IssueID("weekly", noon) == IssueID("weekly", noon.Add(time.Second)) || IssueID("weekly", noon) == IssueID("daily", noon) {
		t.Error("two fires give one id")
	}
}

func TestIssueApprove(t *testing.T) {
	for _, c := range []struct {
		name  string
		issue Issue
		want  error
	}{
		{"a draft with an article", Issue{State: IssueDraft, Articles: []string{"a"}}, nil},
		{"an empty draft", Issue{State: IssueDraft}, ErrInvalid},
		{"a discarded one", Issue{State: IssueDiscarded, Articles: []string{"a"}}, ErrConflict},
	} {
		i := c.issue
		if err := i.Approve(noon); !errors.Is(err, c.want) || (err == nil) != (i.State == IssueApproved && i.ApprovedAt.Equal(noon)) {
			t.Errorf("%s: %v, %+v", c.name, err, i)
		}
	}
	i := Issue{State: IssueApproved, Articles: []string{"a"}, ApprovedAt: noon}
	if err := i.Approve(noon.Add(time.Hour)); err != nil || !i.ApprovedAt.Equal(noon) {
		t.Errorf("approving twice: %v, approved at %v", err, i.ApprovedAt)
	}
}

func TestIssueDiscard(t *testing.T) {
	for state, ok := range map[IssueState]bool{IssueDraft: true, IssueDiscarded: true, IssueApproved: false} {
		i := Issue{State: state}
		err := i.Discard()
		if (err == nil) != ok || (i.State == IssueDiscarded) != ok || err != nil && !errors.Is(err, ErrConflict) {
			t.Errorf("discarding one that is %s: %v, now %s", state, err, i.State)
		}
	}
}
