package newsletter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func draftOf(articles ...string) *Issue {
	return &Issue{ID: "weekly-1", State: IssueDraft, Articles: articles, Rest: []string{"r"}}
}

func TestOrderOfAnIssue(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(i *Issue) error
		want string
		pins string
		err  error
	}{
		{"arranged", func(i *Issue) error { return i.Arrange([]string{"c", "a", "b"}) }, "c a b", "", nil},
		{"arranged with another article", func(i *Issue) error { return i.Arrange([]string{"c", "a", "x"}) }, "a b c", "", ErrConflict},
		{"arranged with one less", func(i *Issue) error { return i.Arrange([]string{"c", "a"}) }, "a b c", "", ErrConflict},
		{"arranged with one twice", func(i *Issue) error { return i.Arrange([]string{"c", "a", "a"}) }, "a b c", "", ErrConflict},
		{"moved down", func(i *Issue) error { return i.Shift("a", 1) }, "b a c", "", nil},
		{"moved up beyond the first", func(i *Issue) error { return i.Shift("b", -9) }, "b a c", "", nil},
		{"the last moved down stays", func(i *Issue) error { return i.Shift("c", 1) }, "a b c", "", nil},
		{"the lead", func(i *Issue) error { return i.Lead("c") }, "c a b", "", nil},
		{"pinned comes to the front", func(i *Issue) error { return i.Pin("c", true) }, "c a b", "c", nil},
		{"a second one behind it", func(i *Issue) error { return errors.Join(i.Pin("c", true), i.Pin("b", true)) }, "c b a", "c b", nil},
		{"no other gets in front of a pinned one", func(i *Issue) error { return errors.Join(i.Pin("c", true), i.Shift("b", -9)) }, "c b a", "c", nil},
		{"the lead gets in front of pinned ones", func(i *Issue) error { return errors.Join(i.Pin("c", true), i.Lead("b")) }, "b c a", "b c", nil},
		{"unpinned", func(i *Issue) error { return errors.Join(i.Pin("c", true), i.Pin("c", false)) }, "c a b", "", nil},
		{"dropped", func(i *Issue) error {
			return errors.Join(i.Pin("b", true), i.Amend(Edit{Article: "b", Title: "B"}), i.Drop("b"))
		}, "a c", "", nil},
		{"dropped that is not there", func(i *Issue) error { return i.Drop("x") }, "a b c", "", ErrNotFound},
		{"included", func(i *Issue) error { return i.Include("r") }, "a b c r", "", nil},
		{"included that is there", func(i *Issue) error { return i.Include("b") }, "a b c", "", nil},
		{"moved that is not there", func(i *Issue) error { return i.Shift("x", 1) }, "a b c", "", ErrNotFound},
	} {
		i := draftOf("a", "b", "c")
		if err := c.do(i); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := strings.Join(i.Articles, " "); got != c.want || strings.Join(i.Pinned, " ") != c.pins {
			t.Errorf("%s: %s, pinned %v", c.name, got, i.Pinned)
		}
		if slices.Contains(i.Articles, "r") && len(i.Rest) > 0 || len(i.Edits) > 0 {
			t.Errorf("%s: rest %v, edits %v", c.name, i.Rest, i.Edits)
		}
	}
}

func TestAnIssueOnItsWayIsNotChanged(t *testing.T) {
	for name, issue := range map[string]*Issue{
		"approved":   {State: IssueApproved, Articles: []string{"a"}},
		"discarded":  {State: IssueDiscarded, Articles: []string{"a"}},
		"on its way": {State: IssueDraft, ApprovedAt: noon, Articles: []string{"a"}},
	} {
		for i, err := range []error{issue.Write("s", "p", "i", "n"), issue.Arrange([]string{"a"}), issue.Pin("a", true), issue.Lead("a"), issue.Drop("a"), issue.Include("b"),
			issue.Amend(Edit{Article: "a", Title: "x"}), issue.Hold("why"), issue.Release(), issue.Plan(noon.Add(time.Hour), noon), issue.Unplan()} {
			if !errors.Is(err, ErrConflict) {
				t.Errorf("%s, wish %d: %v", name, i, err)
			}
		}
	}
}

func TestWordsOfAnIssue(t *testing.T) {
	i := draftOf("a")
	if err := i.Write(" A\r\nsubject ", "Pre\theader", " One.\r\n\r\nTwo. ", "\r"); err != nil {
		t.Fatal(err)
	}
	if i.Subject != "A subject" || i.Preheader != "Pre header" || i.Intro != "One.\n\nTwo." || i.Notice != "" {
		t.Errorf("%+v", i)
	}
	before := *i
	if err := i.Write("x", "", strings.Repeat("é", maxIntro+1), ""); !errors.Is(err, ErrInvalid) || i.Subject != before.Subject {
		t.Errorf("%v", err)
	}
}

func TestWhatAnIssueShowsOfAnArticle(t *testing.T) {
	found := Article{ID: "a", Title: "Found", Dek: "Dek", Excerpt: "Excerpt", Image: Image{URL: "https://x.example/i.jpg", Alt: "Alt", Width: 3, Height: 2}, CommentURL: "c", Authors: []string{"m"}}
	i := draftOf("a", "b")
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(i.Amend(Edit{Article: "a", Title: "Edited", Dek: "-", Image: "https://x.example/j.jpg", NoAuthors: true}))
	got := i.Apply(found)
	if got.Title != "Edited" || got.Dek != "" || got.Excerpt != "Excerpt" || got.Image != (Image{URL: "https://x.example/j.jpg", Alt: "Alt"}) || got.Authors != nil || got.CommentURL != "c" {
		t.Errorf("%+v", got)
	}
	must(i.Amend(Edit{Article: "a", Image: "-", ImageAlt: "-", NoComments: true}))
	if got = i.Apply(found); got.Title != "Found" || got.Image != (Image{}) || got.CommentURL != "" || len(got.Authors) != 1 {
		t.Errorf("%+v", got)
	}
	must(i.Amend(Edit{Article: "a"}))
	if len(i.Edits) != 0 || i.Apply(found).Title != "Found" {
		t.Errorf("an edit of nothing: %+v", i.Edits)
	}
	for _, e := range []Edit{{Article: "a", Title: "-"}, {Article: "a", Image: "javascript:alert(1)"}, {Article: "a", Dek: strings.Repeat("x", maxEdit+1)}} {
		if err := i.Amend(e); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestWhenADraftGoesOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		issue  Issue
		review bool
		at     time.Time
		goes   bool
	}{
		{"by its schedule", Issue{State: IssueDraft, FireAt: noon}, false, noon, true},
		{"not without an editor where one must look", Issue{State: IssueDraft, FireAt: noon}, true, time.Time{}, false},
		{"when an editor said", Issue{State: IssueDraft, FireAt: noon, SendAt: noon.Add(time.Hour)}, true, noon.Add(time.Hour), true},
		{"not while it is held", Issue{State: IssueDraft, FireAt: noon, SendAt: noon, Held: true}, false, time.Time{}, false},
		{"not again", Issue{State: IssueApproved, FireAt: noon, SendAt: noon}, false, time.Time{}, false},
	} {
		if at, goes := c.issue.Goes(c.review); !at.Equal(c.at) || goes != c.goes {
			t.Errorf("%s: %s, %v", c.name, at, goes)
		}
	}
	i := draftOf("a")
	if err := i.Plan(noon, noon); !errors.Is(err, ErrInvalid) {
		t.Errorf("planned for now: %v", err)
	}
	if i.Hold("the lead is wrong") != nil || i.Plan(noon.Add(1), noon) != nil || i.Held || i.HeldFor != "" || i.Unplan() != nil || !i.SendAt.IsZero() {
		t.Errorf("%+v", i)
	}
}
