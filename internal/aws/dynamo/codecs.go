package dynamo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func wrongType(v types.AttributeValue) error { return fmt.Errorf("unexpected type %T", v) }

// text is a string.
type text[T ~string] struct{ at *T }

func textAt[T ~string](at *T) codec { return text[T]{at} }

func (c text[T]) encode() types.AttributeValue {
	if *c.at == "" {
		return nil
	}
	return str(string(*c.at))
}

func (c text[T]) decode(v types.AttributeValue) error {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return wrongType(v)
	}
	*c.at = T(s.Value)
	return nil
}

// integer is a whole number.
type integer[T ~int | ~int64] struct{ at *T }

func intAt[T ~int | ~int64](at *T) codec { return integer[T]{at} }

func (c integer[T]) encode() types.AttributeValue {
	if *c.at == 0 {
		return nil
	}
	return num(int64(*c.at))
}

func (c integer[T]) decode(v types.AttributeValue) error {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return wrongType(v)
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	*c.at = T(i)
	return err
}

// decimal is a number with a fraction.
type decimal struct{ at *float64 }

func (c decimal) encode() types.AttributeValue {
	if *c.at == 0 {
		return nil
	}
	return &types.AttributeValueMemberN{Value: strconv.FormatFloat(*c.at, 'g', -1, 64)}
}

func (c decimal) decode(v types.AttributeValue) (err error) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return wrongType(v)
	}
	*c.at, err = strconv.ParseFloat(n.Value, 64)
	return err
}

// bits is a mask of 64 bits.
type bits struct{ at *uint64 }

func (c bits) encode() types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(*c.at, 10)}
}

func (c bits) decode(v types.AttributeValue) (err error) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return wrongType(v)
	}
	*c.at, err = strconv.ParseUint(n.Value, 10, 64)
	return err
}

// members is a mask of 64 bits as the set of their numbers, to which DynamoDB can
// add.
type members struct{ at *uint64 }

func (c members) encode() types.AttributeValue {
	if *c.at == 0 {
		return nil
	}
	set := &types.AttributeValueMemberNS{}
	for i := range 64 {
		if *c.at&(1<<i) != 0 {
			set.Value = append(set.Value, strconv.Itoa(i))
		}
	}
	return set
}

func (c members) decode(v types.AttributeValue) error {
	set, ok := v.(*types.AttributeValueMemberNS)
	if !ok {
		return wrongType(v)
	}
	*c.at = 0
	for _, n := range set.Value {
		i, err := strconv.ParseUint(n, 10, 6)
		if err != nil {
			return err
		}
		*c.at |= 1 << i
	}
	return nil
}

// flag is a boolean.
type flag struct{ at *bool }

func (c flag) encode() types.AttributeValue {
	if !*c.at {
		return nil
	}
	return &types.AttributeValueMemberBOOL{Value: true}
}

func (c flag) decode(v types.AttributeValue) error {
	b, ok := v.(*types.AttributeValueMemberBOOL)
	if !ok {
		return wrongType(v)
	}
	*c.at = b.Value
	return nil
}

// instant is a time as text that sorts, in UTC and cut to the microsecond.
type instant struct{ at *time.Time }

const instantLayout = "2006-01-02T15:04:05.000000Z"

func sortable(t time.Time) string { return t.UTC().Format(instantLayout) }

func (c instant) encode() types.AttributeValue {
	if c.at.IsZero() {
		return nil
	}
	return str(sortable(*c.at))
}

func (c instant) decode(v types.AttributeValue) (err error) {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return wrongType(v)
	}
	*c.at, err = time.Parse(instantLayout, s.Value)
	return err
}

// words is a list of strings.
type words struct{ at *[]string }

func (c words) encode() types.AttributeValue {
	if len(*c.at) == 0 {
		return nil
	}
	list := make([]types.AttributeValue, len(*c.at))
	for i, word := range *c.at {
		list[i] = str(word)
	}
	return &types.AttributeValueMemberL{Value: list}
}

func (c words) decode(v types.AttributeValue) error {
	l, ok := v.(*types.AttributeValueMemberL)
	if !ok {
		return wrongType(v)
	}
	*c.at = make([]string, len(l.Value))
	for i, word := range l.Value {
		if err := textAt(&(*c.at)[i]).decode(word); err != nil {
			return err
		}
	}
	return nil
}

// reader is the id of a subscriber, as hexadecimal.
type reader struct{ at *newsletter.SubscriberID }

func (c reader) encode() types.AttributeValue {
	if c.at.IsZero() {
		return nil
	}
	return str(c.at.String())
}

func (c reader) decode(v types.AttributeValue) error {
	var s string
	if err := textAt(&s).decode(v); err != nil {
		return err
	}
	id, err := newsletter.ParseSubscriberID(s)
	*c.at = id
	return err
}

// readers are many ids, 16 bytes each.
type readers struct{ at *[]newsletter.SubscriberID }

func (c readers) encode() types.AttributeValue {
	b := make([]byte, 0, 16*len(*c.at)) // DynamoDB takes an empty value, but none that is missing
	for _, id := range *c.at {
		b = append(b, id[:]...)
	}
	return &types.AttributeValueMemberB{Value: b}
}

func (c readers) decode(v types.AttributeValue) error {
	b, ok := v.(*types.AttributeValueMemberB)
	if !ok || len(b.Value)%16 != 0 {
		return wrongType(v)
	}
	*c.at = make([]newsletter.SubscriberID, len(b.Value)/16)
	for i := range *c.at {
		(*c.at)[i] = newsletter.SubscriberID(b.Value[16*i:])
	}
	return nil
}
