package newsletter

import (
	"fmt"
	"strings"
	"time"
)

// IssueState is where an Issue stands on its way to the readers.
type IssueState string

const (
	IssueDraft     IssueState = "draft"
	IssueApproved  IssueState = "approved" // frozen: its articles are taken, its mail is rendered
	IssueDiscarded IssueState = "discarded"
)

// Issue is one edition of the digest.
type Issue struct {
	ID         string
	Schedule   string    // Schedule.ID
	FireAt     time.Time // the moment of the schedule it was composed for
	State      IssueState
	Subject    string
	Preheader  string
	Intro      string    // Markdown
	Notice     string    // plain text in a box before everything else: an announcement
	Articles   []string  // Article.ID in reading order; the first one leads
	Rest       []string  // left out for want of room: announced as "and N more", and taken all the same
	Variants   []Variant // beside the one for everybody else; MaxVariants-1 at most
	Pinned     []string  // those of Articles that an editor wants in front, in that order; see Pin
	Edits      []Edit    // what an editor has changed of articles, for this Issue only
	SendAt     time.Time // an editor wants it to go out then; zero: as its schedule says
	Held       bool      // does not go out until an editor says so
	HeldFor    string    // why, in words
	By         string    // who changed it last; empty: nobody since it was composed
	ToldAt     time.Time // the editors were mailed the draft
	Freed      bool      // of a discarded one: other Issues may have its articles
	CreatedAt  time.Time
	ApprovedAt time.Time // a draft that has it is on its way: its articles are being taken
	Key        string    // hash of the key of the request that had it sent at once; empty: it had none
	Rev        int64
}

// IssueID derives the id of an Issue from its schedule and fire time, so that a
// schedule fires once however often it is asked: the second Issue has the first
// one's id and loses.
func IssueID(schedule string, fire time.Time) string {
	return schedule + "-" + fire.UTC().Format("20060102-150405")
}

// Place is where the Issue stands in the list of all: by CreatedAt, then by ID.
func (i *Issue) Place() string { return i.CreatedAt.UTC().Format(placeLayout) + "#" + i.ID }

const placeLayout = "2006-01-02T15:04:05.000000Z"

// ParseIssuePlace takes a Place apart; ErrInvalid: it is none.
func ParseIssuePlace(place string) (created time.Time, id string, err error) {
	at, id, ok := strings.Cut(place, "#")
	if created, err = time.Parse(placeLayout, at); err != nil || !ok {
		return time.Time{}, "", fmt.Errorf("place %q in the list of issues: %w", place, ErrInvalid)
	}
	return created, id, nil
}

// BeginApproval notes that the Issue is to be sent, before anything is taken for
// it: whoever dies on the way to Approve is seen to have died.
func (i *Issue) BeginApproval(at time.Time) error {
	switch {
	case i.State != IssueDraft:
		return fmt.Errorf("issue %s is %s and cannot be approved: %w", i.ID, i.State, ErrConflict)
	case len(i.Articles) == 0:
		return fmt.Errorf("issue %s has no articles and is not mailed: %w", i.ID, ErrInvalid)
	}
	i.ApprovedAt = at
	return nil
}

// Approving tells whether BeginApproval was not followed by Approve yet.
func (i *Issue) Approving() bool { return i.State == IssueDraft && !i.ApprovedAt.IsZero() }

// approvalTime is longer than whoever approves an Issue can be at it: what Lambda grants
// a function.
const approvalTime = 15 * time.Minute

// UnderWay tells whether somebody may be at the approval that was begun.
func (i *Issue) UnderWay(now time.Time) bool {
	return i.Approving() && now.Sub(i.ApprovedAt) < approvalTime
}

// Approve freezes the Issue for sending. Approving twice is not an error.
func (i *Issue) Approve(at time.Time) error {
	switch {
	case i.State == IssueApproved:
		return nil
	case i.State != IssueDraft:
		return fmt.Errorf("issue %s is %s and cannot be approved: %w", i.ID, i.State, ErrConflict)
	case len(i.Articles) == 0:
		return fmt.Errorf("issue %s has no articles and is not mailed: %w", i.ID, ErrInvalid)
	}
	i.State, i.ApprovedAt = IssueApproved, at
	return nil
}

// Discard gives up a draft; its articles are to be freed then.
func (i *Issue) Discard() error {
	if i.State == IssueApproved {
		return fmt.Errorf("issue %s is approved; cancel its run instead: %w", i.ID, ErrConflict)
	}
	i.State = IssueDiscarded
	return nil
}

// IssueContent is everything an Issue shows, read from the store at one moment:
// what render turns into a Mail.
type IssueContent struct {
	Language    string // of the mail's own words, BCP 47; empty: the Publication's
	Publication Publication
	Schedule    Schedule
	Issue       Issue
	Articles    []Article         // in reading order; the first one leads
	Authors     map[string]Author // by Author.Key; every key of every Article is there
	Sites       []string          // addresses of the Sources, whose links get the Publication's UTM parameters
}
