package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Announce stores the calls about an event that is about to be stored itself. Doing so
// twice is once. It costs nothing where no hook wants the event.
func (h *Hooks) Announce(ctx context.Context, e newsletter.Event) error {
	calls, err := h.Calls(ctx, e)
	if err != nil {
		return err
	}
	var faults []error
	for i := range calls {
		if err := h.add(ctx, &calls[i]); err != nil {
			faults = append(faults, fmt.Errorf("announce %s: %w", e.Type, err))
		}
	}
	return errors.Join(faults...)
}

// add stores a call, if it is not there already. One that was dropped is renewed: a
// process had announced it and died, and another one does its work now.
func (h *Hooks) add(ctx context.Context, c *newsletter.Call) error {
	err := h.Store.SaveCall(ctx, c)
	for errors.Is(err, newsletter.ErrConflict) {
		var known newsletter.Call
		if known, err = h.Store.Call(ctx, c.Hook, c.ID); err != nil || !known.Renew(c.Body, h.Now()) {
			return err
		}
		err = h.Store.SaveCall(ctx, &known)
	}
	return err
}

// Calls are those that Announce stores, for who stores them along with the event.
func (h *Hooks) Calls(ctx context.Context, e newsletter.Event) ([]newsletter.Call, error) {
	hooks, err := h.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("announce %s: %w", e.Type, err)
	}
	var body string
	var calls []newsletter.Call
	for i := range hooks {
		if !hooks[i].Wants(e.Type) {
			continue
		}
		if body == "" {
			if body, err = h.body(ctx, &e); err != nil {
				return nil, fmt.Errorf("announce %s: %w", e.Type, err)
			}
		}
		calls = append(calls, newsletter.NewCall(&hooks[i], &e, body, h.Now()))
	}
	return calls, nil
}

// message is what a receiver reads. Fields may come to it; one that is there keeps its
// name and meaning as long as version is 1.
type message struct {
	Version   int       `json:"version"`
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of the event
	Data      data      `json:"data"`
}

type data struct {
	Publication string  `json:"publication"`
	Issue       *issue  `json:"issue,omitempty"`
	Run         *run    `json:"run,omitempty"`
	Subscriber  *reader `json:"subscriber,omitempty"`
	Reason      string  `json:"reason,omitempty"`
}

type issue struct {
	ID       string            `json:"id"`
	Schedule string            `json:"schedule"`
	Subject  string            `json:"subject"`
	Articles int               `json:"articles"`
	DueAt    time.Time         `json:"dueAt"`
	Links    map[string]string `json:"links"`
}

type run struct {
	ID         string            `json:"id"`
	StartedAt  time.Time         `json:"startedAt"`
	FinishedAt time.Time         `json:"finishedAt"`
	Sent       int               `json:"sent"`
	Failed     int               `json:"failed"`
	Skipped    int               `json:"skipped"`
	Unknown    int               `json:"unknown"`
	Links      map[string]string `json:"links"`
}

// reader is what an operator's other systems may know: they run the list, and cannot
// tell whom to add or take off by a hash. Of somebody who is erased they get what they
// need to erase them too.
type reader struct {
	ID          string             `json:"id"`
	Address     newsletter.Address `json:"address"`
	Name        string             `json:"name,omitempty"`
	Language    string             `json:"language,omitempty"`
	Schedules   []string           `json:"schedules,omitempty"`
	Topics      []string           `json:"topics,omitempty"`
	Tags        []string           `json:"tags,omitempty"`
	ConfirmedAt time.Time          `json:"confirmedAt,omitzero"`
}

func (h *Hooks) body(ctx context.Context, e *newsletter.Event) (string, error) {
	p, err := h.Publication(ctx)
	if err != nil {
		return "", err
	}
	m := message{Version: 1, Type: e.Type, Timestamp: e.At.UTC(), Data: data{Publication: p.Name, Reason: e.Why}}
	switch {
	case e.Issue != nil:
		m.Data.Issue = newIssue(&p, e.Issue)
	case e.Run != nil:
		i, err := h.Store.Issue(ctx, e.Run.Issue)
		if known(err) != nil {
			return "", err
		}
		m.Data.Issue, m.Data.Run = newIssue(&p, &i), newRun(&p, e.Run)
	case e.Reader != nil:
		m.Data.Subscriber = newReader(e)
	}
	text, err := json.Marshal(m)
	return string(text), err
}

func newIssue(p *newsletter.Publication, i *newsletter.Issue) *issue {
	links := map[string]string{"desk": p.BaseURL + "/desk/issues/" + i.ID, "api": p.BaseURL + "/api/issues/" + i.ID}
	if i.State == newsletter.IssueApproved {
		links["web"] = p.IssueURL(i.ID)
	}
	return &issue{i.ID, i.Schedule, i.Subject, len(i.Articles), i.FireAt.UTC(), links}
}

func newRun(p *newsletter.Publication, r *newsletter.Run) *run {
	return &run{r.ID, r.StartedAt.UTC(), r.FinishedAt.UTC(), r.Counts.Sent, r.Counts.Failed, r.Counts.Skipped, r.Counts.Unknown,
		map[string]string{"desk": p.BaseURL + "/desk/runs/" + r.ID, "api": p.BaseURL + "/api/runs/" + r.ID}}
}

func newReader(e *newsletter.Event) *reader {
	s := e.Reader
	if e.Why == newsletter.LeftErased {
		return &reader{ID: s.ID.String(), Address: s.Address}
	}
	return &reader{s.ID.String(), s.Address, s.Name, s.Language, s.Schedules, s.Topics, s.Tags, s.ConfirmedAt.UTC()}
}
