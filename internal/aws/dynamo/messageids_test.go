package dynamo

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func sesID(ms, random int) string {
	return fmt.Sprintf("0100%012x-%08x-0b4c-4d6e-8f90-a1b2c3d4e5f6-000000", ms, random)
}

func TestMessageIDsArePackedWithoutLoss(t *testing.T) {
	many := make([]string, 50)
	for i := range many {
		many[i] = sesID(0x19a2b3c4d5e+i/9, i*2654435761%(1<<32))
	}
	for _, c := range []struct {
		name   string
		ids    []string
		packed bool
	}{
		{"one", []string{sesID(1, 2)}, true},
		{"fifty", many, true},
		{"with gaps", append([]string{"", sesID(1, 2), ""}, many[:20]...), true},
		{"times that share nothing", []string{sesID(0, 1), strings.Replace(sesID(0, 2), "0100", "ffff", 1)}, true},
		{"none", []string{"", ""}, false},
		{"another form", []string{"message-1", sesID(1, 2)}, false},
		{"capital letters", []string{strings.ToUpper(sesID(0xabc, 2))}, false},
		{"another number", []string{sesID(1, 2), strings.Replace(sesID(1, 0xabcdef12), "-000000", "-000001", 1)}, false},
		{"hyphens elsewhere", []string{strings.Replace(sesID(1, 2), "0100", "01-0", 1)}, false},
		{"no hexadecimal digits", []string{strings.Replace(sesID(1, 2), "0100", "01x0", 1)}, false},
	} {
		b := packMessageIDs(c.ids)
		if (b != nil) != c.packed {
			t.Errorf("%s: packed %t", c.name, b != nil)
		}
		if b == nil {
			continue
		}
		if back, ok := unpackMessageIDs(b); !ok || !slices.Equal(back, c.ids) {
			t.Errorf("%s: came back as %v", c.name, back)
		}
		if c.name == "fifty" && len(b) > 18*50+20 {
			t.Errorf("%d bytes", len(b))
		}
		for n := range b {
			if _, ok := unpackMessageIDs(b[:n]); ok {
				t.Errorf("%s: %d of %d bytes were taken for whole", c.name, n, len(b))
			}
		}
	}
}

// TestABatchIsSmall: fifty deliveries by Amazon SES cost two write units.
func TestABatchIsSmall(t *testing.T) {
	batch := newsletter.Batch{Run: "weekly-20260302-070000", Lane: 63, Seq: 12345, Rev: 1}
	for i := range 50 {
		id := newsletter.Identify([]byte("pepper"), newsletter.Address(fmt.Sprint(i)))
		batch.Entries = append(batch.Entries, newsletter.Entry{Subscriber: id, Outcome: newsletter.OutcomeSent, MessageID: sesID(0x19a2b3c4d5e+i/9, i*2654435761%(1<<32))})
	}
	for _, name := range []string{"sent", "one of them refused"} {
		if size := size(entries{&batch.Entries}.encode()); size > 2048-200 { // the other attributes
			t.Errorf("%s: the entries take %d bytes", name, size)
		}
		batch.Entries[7] = newsletter.Entry{Subscriber: batch.Entries[7].Subscriber, Outcome: newsletter.OutcomeFailed, Reason: "MESSAGE_REJECTED: Email address is not verified"}
	}
	var back []newsletter.Entry
	if err := (entries{&back}).decode(entries{&batch.Entries}.encode()); err != nil || !slices.Equal(back, batch.Entries) {
		t.Errorf("%v, %+v", err, back)
	}
}
