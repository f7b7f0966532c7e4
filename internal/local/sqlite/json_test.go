package sqlite

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// FuzzEntries: what is cut out of a list is what encoding/json finds in it, and what
// was written comes back, whoever reads it.
func FuzzEntries(f *testing.F) {
	const id = "000102030405060708090a0b0c0d0e0f"
	for _, s := range []string{`[]`, `[{"subscriber":"` + id + `","outcome":"sent","messageId":"<a@b>"},{"subscriber":"` + id + `","outcome":"failed","reason":"550 no"}]`,
		`[{"subscriber":"` + id + `","outcome":"sent"}`, `[{"subscriber":"` + id + `","outcome":"a\"b","reason":"` + "\t" + `"}]`, `[{"outcome":"sent"}]`, `[,]`, `[{"subscriber":"` + id + `00","outcome":"sent"}]`, `[{"subscriber":"","outcome":""}]`,
		`[{"subscriber":"` + strings.ToUpper(id) + `","outcome":"sent"},]`, "[{\"subscriber\":\"" + id + "\",\"outcome\":\"\xff\"}]"} {
		f.Add(s, "250 ok")
	}
	f.Fuzz(func(t *testing.T, s, said string) {
		if fast, ok := cutEntries(s); ok {
			var forms []entryForm
			if err := json.Unmarshal([]byte(s), &forms); err != nil || len(forms) != len(fast) {
				t.Fatalf("%q: %+v, but encoding/json has %+v, %v", s, fast, forms, err)
			}
			for i, form := range forms {
				if e := fast[i]; e.Subscriber.String() != strings.ToLower(form.Subscriber) || e.Outcome != form.Outcome || e.MessageID != form.MessageID || e.Reason != form.Reason {
					t.Errorf("%q: %+v, but encoding/json has %+v", s, e, form)
				}
			}
		}
		said = strings.ToValidUTF8(said, "?")
		list := []newsletter.Entry{{Subscriber: newsletter.Identify(nil, "a@b.example"), Outcome: newsletter.OutcomeFailed, Reason: said}, {Outcome: newsletter.OutcomeSent, MessageID: said}}
		written, err := entries{&list}.Value()
		if err != nil {
			t.Fatal(err)
		}
		var read []newsletter.Entry
		if err := (entries{&read}).Scan(written); err != nil || !reflect.DeepEqual(read, list) {
			t.Errorf("%+v became %+v, %v", list, read, err)
		}
	})
}

// TestEntriesAreCut: the fast way is the one that is taken.
func TestEntriesAreCut(t *testing.T) {
	list := []newsletter.Entry{{Outcome: newsletter.OutcomeSent, MessageID: "<a@b>"}, {Outcome: newsletter.OutcomeFailed, Reason: "550 5.1.1 <who> & whom"}}
	written, err := entries{&list}.Value()
	if read, ok := cutEntries(written.(string)); err != nil || !ok || !reflect.DeepEqual(read, list) {
		t.Errorf("%v became %+v, %t, %v", written, read, ok, err)
	}
}

func FuzzInstant(f *testing.F) {
	for _, s := range []int64{0, 1, 1772434800, -62135596800, 253402300799, 253402300800, -70000000000} {
		f.Add(s, int64(123456789))
	}
	f.Fuzz(func(t *testing.T, s, nanos int64) {
		at := time.Unix(s%1e12, nanos%1e9).UTC()
		if got, want := string(appendInstant(nil, at)), at.Format(instantLayout); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// FuzzParseInstant: the fast way reads what the slow one reads.
func FuzzParseInstant(f *testing.F) {
	for _, s := range []string{"2026-03-02T07:00:00.123456Z", "2024-02-29T23:59:59.999999Z", "2026-02-30T07:00:00.000000Z", "2026-03-02T24:00:00.000000Z", "2026-13-02T07:00:00.000000Z",
		"2026-03-02T07:00:60.000000Z", "2026-03-02T07:00:00+01:00", "2026-03-02 07:00:00.123456Z", "2026-00-00T00:00:00.000000Z", "/026-03-02T07:00:00.123456Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseInstant(s)
		if want, wantErr := time.Parse(time.RFC3339Nano, s); !got.Equal(want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: %v, %v; want %v, %v", s, got, err, want, wantErr)
		}
	})
}

// FuzzWords: the fast way reads what encoding/json reads.
func FuzzWords(f *testing.F) {
	for _, s := range []string{`[]`, `["a"]`, `["a","b, c"]`, `["a\"b","c"]`, `["a",]`, `["a" ,"b"]`, `["a"]x`, `[1]`, `["ä"]`, `["a","b"`, `[,"a"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want []string
		list, ok := cutWords(s)
		if err := json.Unmarshal([]byte(s), &want); ok && (err != nil || !reflect.DeepEqual(list, want)) {
			t.Errorf("%q: %q, want %q, %v", s, list, want, err)
		}
	})
}
