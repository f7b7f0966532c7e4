package dynamo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// packed is a long text, compressed with gzip: DynamoDB charges by size.
type packed struct{ at *string }

func (c packed) encode() types.AttributeValue {
	if *c.at == "" {
		return nil
	}
	return &types.AttributeValueMemberB{Value: pack([]byte(*c.at))}
}

func (c packed) decode(v types.AttributeValue) error {
	b, err := unpack(v)
	*c.at = string(b)
	return err
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b) // a bytes.Buffer takes everything
	w.Close()
	return out.Bytes()
}

func unpack(v types.AttributeValue) ([]byte, error) {
	b, ok := v.(*types.AttributeValueMemberB)
	if !ok {
		return nil, wrongType(v)
	}
	r, err := gzip.NewReader(bytes.NewReader(b.Value))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// entries are the deliveries of a batch. Their ids, which do not compress, are an
// attribute of their own, and so are message ids of Amazon's form, see
// packMessageIDs; the rest is JSON under gzip: [[outcome, message id, reason], …].
// A batch of 50 comes to less than 2 KB this way, which is two write units.
type entries struct{ at *[]newsletter.Entry }

func (c entries) encode() types.AttributeValue {
	rows := make([][3]string, len(*c.at))
	ids := make([]newsletter.SubscriberID, len(*c.at))
	messages := make([]string, len(*c.at))
	for i, e := range *c.at {
		ids[i], messages[i], rows[i] = e.Subscriber, e.MessageID, [3]string{string(e.Outcome), e.MessageID, e.Reason}
	}
	m := item{"ids": readers{&ids}.encode()}
	if packed := packMessageIDs(messages); packed != nil {
		m["messages"] = &types.AttributeValueMemberB{Value: packed}
		for i := range rows {
			rows[i][1] = ""
		}
	}
	b, _ := json.Marshal(rows) // strings always marshal
	m["rows"] = &types.AttributeValueMemberB{Value: pack(b)}
	return &types.AttributeValueMemberM{Value: m}
}

func (c entries) decode(v types.AttributeValue) error {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return wrongType(v)
	}
	var ids []newsletter.SubscriberID
	if err := (readers{&ids}).decode(m.Value["ids"]); err != nil {
		return err
	}
	b, err := unpack(m.Value["rows"])
	if err != nil {
		return err
	}
	var rows [][3]string
	if err := json.Unmarshal(b, &rows); err != nil || len(rows) != len(ids) {
		return fmt.Errorf("%d rows for %d ids: %w", len(rows), len(ids), err)
	}
	if packed, ok := m.Value["messages"].(*types.AttributeValueMemberB); ok {
		messages, ok := unpackMessageIDs(packed.Value)
		if !ok || len(messages) != len(rows) {
			return fmt.Errorf("%d message ids for %d rows cannot be read", len(messages), len(rows))
		}
		for i := range rows {
			rows[i][1] = messages[i]
		}
	}
	*c.at = make([]newsletter.Entry, len(ids))
	for i, row := range rows {
		(*c.at)[i] = newsletter.Entry{Subscriber: ids[i], Outcome: newsletter.Outcome(row[0]), MessageID: row[1], Reason: row[2]}
	}
	return nil
}

// claim is the batch in flight.
type claim struct{ at **newsletter.Claim }

func claimFields(c *newsletter.Claim) []field {
	return []field{{"seq", intAt(&c.Seq)}, {"at", instant{&c.At}}, {"tries", intAt(&c.Tries)}, {"ids", readers{&c.IDs}}, {"from", intAt(&c.From)}}
}

func (c claim) encode() types.AttributeValue {
	if *c.at == nil {
		return nil
	}
	return encodeMap(claimFields(*c.at))
}

func (c claim) decode(v types.AttributeValue) error {
	*c.at = new(newsletter.Claim)
	return decodeMap(claimFields(*c.at), v)
}

func retryFields(r *newsletter.Retry) []field {
	return []field{{"seq", intAt(&r.Seq)}, {"entries", bits{&r.Entries}}, {"tries", intAt(&r.Tries)}, {"after", instant{&r.NotBefore}}, {"marked", flag{&r.Marked}}}
}

// list is some small records within another.
type list[T any] struct {
	at     *[]T
	fields func(*T) []field
}

func (c list[T]) encode() types.AttributeValue {
	if len(*c.at) == 0 {
		return nil
	}
	values := make([]types.AttributeValue, len(*c.at))
	for i := range *c.at {
		values[i] = encodeMap(c.fields(&(*c.at)[i]))
	}
	return &types.AttributeValueMemberL{Value: values}
}

func (c list[T]) decode(v types.AttributeValue) error {
	l, ok := v.(*types.AttributeValueMemberL)
	if !ok {
		return wrongType(v)
	}
	*c.at = make([]T, len(l.Value))
	for i := range l.Value {
		if err := decodeMap(c.fields(&(*c.at)[i]), l.Value[i]); err != nil {
			return err
		}
	}
	return nil
}

// canary is how a run mails a few readers first.
type canary struct{ at *newsletter.Canary }

func canaryFields(c *newsletter.Canary) []field {
	return []field{{"share", decimal{&c.Share}}, {"hold", intAt(&c.Hold)}, {"bounced", decimal{&c.MaxBounced}},
		{"complained", decimal{&c.MaxComplained}}, {"readers", intAt(&c.Readers)}}
}

func (c canary) encode() types.AttributeValue { return encodeMap(canaryFields(c.at)) }

func (c canary) decode(v types.AttributeValue) error { return decodeMap(canaryFields(c.at), v) }

// health is what a lane has seen of the mail system.
type health struct{ at *newsletter.Health }

func healthFields(h *newsletter.Health) []field {
	return []field{
		{"doubts", intAt(&h.Doubts)}, {"rest", instant{&h.RestUntil}}, {"since", instant{&h.Since}}, {"batches", intAt(&h.Batches)},
		{"doubtful", intAt(&h.Doubtful)}, {"reached", intAt(&h.Reached)}, {"minute", intAt(&h.PerMinute)}, {"refusals", list[newsletter.Refusal]{&h.Refusals, refusalFields}},
	}
}

func refusalFields(r *newsletter.Refusal) []field {
	return []field{{"reason", textAt(&r.Reason)}, {"readers", intAt(&r.Readers)}}
}

func (c health) encode() types.AttributeValue { return encodeMap(healthFields(c.at)) }

func (c health) decode(v types.AttributeValue) error { return decodeMap(healthFields(c.at), v) }

func encodeMap(fields []field) types.AttributeValue {
	m := item{}
	for _, f := range fields {
		if value := f.encode(); value != nil {
			m[f.name] = value
		}
	}
	return &types.AttributeValueMemberM{Value: m}
}

func decodeMap(fields []field, v types.AttributeValue) error {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return wrongType(v)
	}
	for _, f := range fields {
		if value, ok := m.Value[f.name]; ok {
			if err := f.decode(value); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	return nil
}
