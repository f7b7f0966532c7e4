package sqlite

import (
	"database/sql/driver"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The forms of this file are what the JSON in runs, lanes and batches looks like.

type claimForm struct {
	Seq   int       `json:"seq"`
	At    time.Time `json:"at"`
	Tries int       `json:"tries,omitempty"`
	IDs   []string  `json:"ids"`
	From  int       `json:"from,omitempty"`
}

type retryForm struct {
	Seq       int       `json:"seq"`
	Entries   uint64    `json:"entries"`
	Tries     int       `json:"tries"`
	NotBefore time.Time `json:"notBefore"`
	Marked    bool      `json:"marked,omitempty"`
}

type healthForm struct {
	Doubts    int           `json:"doubts,omitempty"`
	RestUntil time.Time     `json:"restUntil,omitzero"`
	Since     time.Time     `json:"since,omitzero"`
	Batches   int           `json:"batches,omitempty"`
	Doubtful  int           `json:"doubtful,omitempty"`
	Reached   int           `json:"reached,omitempty"`
	PerMinute int           `json:"perMinute,omitempty"`
	Refusals  []refusalForm `json:"refusals,omitempty"`
}

type canaryForm struct {
	Share         float64       `json:"share"`
	Hold          time.Duration `json:"hold"` // nanoseconds
	MaxBounced    float64       `json:"maxBounced"`
	MaxComplained float64       `json:"maxComplained"`
	Readers       int           `json:"readers"`
}

type refusalForm struct {
	Reason  string `json:"reason"`
	Readers int    `json:"readers"`
}

type entryForm struct {
	Subscriber string             `json:"subscriber"`
	Outcome    newsletter.Outcome `json:"outcome"`
	MessageID  string             `json:"messageId,omitempty"`
	Reason     string             `json:"reason,omitempty"`
}

// cut is how instants are kept inside JSON too.
func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// claim is the batch in flight, or null.
type claim struct{ at **newsletter.Claim }

func (v claim) Value() (driver.Value, error) {
	c := *v.at
	if c == nil {
		return "null", nil
	}
	form := claimForm{c.Seq, cut(c.At), c.Tries, make([]string, len(c.IDs)), c.From}
	for i, id := range c.IDs {
		form.IDs[i] = id.String()
	}
	return toJSON(form)
}

func (v claim) Scan(src any) error {
	*v.at = nil
	var form *claimForm
	if err := fromJSON(src, &form); err != nil || form == nil {
		return err
	}
	c := newsletter.Claim{Seq: form.Seq, At: form.At, Tries: form.Tries, From: form.From, IDs: make([]newsletter.SubscriberID, len(form.IDs))}
	for i, s := range form.IDs {
		id, err := newsletter.ParseSubscriberID(s)
		if err != nil {
			return err
		}
		c.IDs[i] = id
	}
	*v.at = &c
	return nil
}

// retries are the entries put up for another try.
type retries struct{ list *[]newsletter.Retry }

func (v retries) Value() (driver.Value, error) {
	forms := make([]retryForm, len(*v.list))
	for i, r := range *v.list {
		forms[i] = retryForm{r.Seq, r.Entries, r.Tries, cut(r.NotBefore), r.Marked}
	}
	return toJSON(forms)
}

func (v retries) Scan(src any) error {
	var forms []retryForm
	if err := fromJSON(src, &forms); err != nil {
		return err
	}
	*v.list = nil
	for _, f := range forms {
		*v.list = append(*v.list, newsletter.Retry(f))
	}
	return nil
}

// health is what a lane has seen of the mail system.
type health struct{ at *newsletter.Health }

func (v health) Value() (driver.Value, error) {
	h := v.at
	form := healthForm{h.Doubts, cut(h.RestUntil), cut(h.Since), h.Batches, h.Doubtful, h.Reached, h.PerMinute, nil}
	for _, r := range h.Refusals {
		form.Refusals = append(form.Refusals, refusalForm(r))
	}
	return toJSON(form)
}

func (v health) Scan(src any) error {
	var form healthForm
	if err := fromJSON(src, &form); err != nil {
		return err
	}
	*v.at = newsletter.Health{Doubts: form.Doubts, RestUntil: form.RestUntil, Since: form.Since, Batches: form.Batches,
		Doubtful: form.Doubtful, Reached: form.Reached, PerMinute: form.PerMinute}
	for _, r := range form.Refusals {
		v.at.Refusals = append(v.at.Refusals, newsletter.Refusal(r))
	}
	return nil
}

// canary is how a run mails a few readers first, or {}.
type canary struct{ at *newsletter.Canary }

func (v canary) Value() (driver.Value, error) {
	if *v.at == (newsletter.Canary{}) {
		return "{}", nil
	}
	return toJSON(canaryForm(*v.at))
}

func (v canary) Scan(src any) error {
	var form canaryForm
	err := fromJSON(src, &form)
	*v.at = newsletter.Canary(form)
	return err
}

// entries are the deliveries of a batch.
type entries struct{ list *[]newsletter.Entry }

func (v entries) Value() (driver.Value, error) {
	b := append(make([]byte, 0, 200*len(*v.list)+2), '[')
	for i := range *v.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEntry(b, &(*v.list)[i])
	}
	return string(append(b, ']')), nil
}

func (v entries) Scan(src any) error {
	if s, ok := src.(string); ok {
		if list, ok := cutEntries(s); ok {
			*v.list = list
			return nil
		}
	}
	var forms []entryForm
	if err := fromJSON(src, &forms); err != nil {
		return err
	}
	*v.list = make([]newsletter.Entry, len(forms))
	for i, f := range forms {
		id, err := newsletter.ParseSubscriberID(f.Subscriber)
		if err != nil {
			return err
		}
		(*v.list)[i] = newsletter.Entry{Subscriber: id, Outcome: f.Outcome, MessageID: f.MessageID, Reason: f.Reason}
	}
	return nil
}

// doubtful tells an index which batches have an ambiguous entry. It is read from the
// entries, not from its column.
type doubtful struct{ batch *newsletter.Batch }

func (v doubtful) Value() (driver.Value, error) { return v.batch.Doubted() != 0, nil }
func (v doubtful) Scan(any) error               { return nil }
