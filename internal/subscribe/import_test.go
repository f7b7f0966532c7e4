package subscribe

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func (d *desk) take(t testing.TB, file string) (Imported, []string) {
	t.Helper()
	var rejected []string
	done, err := d.Import(t.Context(), strings.NewReader(file), Import{Origin: "import", Reject: func(r Rejected) error {
		rejected = append(rejected, fmt.Sprintf("%d %s: %v", r.Line, r.Email, r.Why))
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return done, rejected
}

func (d *desk) imported(t testing.TB, a newsletter.Address) newsletter.Subscriber {
	t.Helper()
	s, err := d.store.Subscriber(t.Context(), newsletter.Identify(pepper, a))
	if err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	return s
}

// TestHeadings: the tables of other systems are understood.
func TestHeadings(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for name, file := range map[string]string{
		"by hand":    "E-Mail;Name;Consent date\nada@example.org;Ada Lovelace;06.05.2024 07:08\n",
		"listmonk":   "uuid,email,name,attributes,status,created_at,updated_at\n1,ada@example.org,Ada Lovelace,{},enabled,2024-05-06T07:08:09Z,2025-01-01T00:00:00Z\n",
		"Mailchimp":  "\"Email Address\",\"First Name\",\"Last Name\",OPTIN_TIME,CONFIRM_TIME,TAGS\nada@example.org,Ada,Lovelace,\"2024-05-01 00:00:00\",\"2024-05-06 07:08:09\",\"\"\n",
		"Substack":   "email,name,active_subscription,email_disabled,created_at\nada@example.org,Ada Lovelace,false,false,2024-05-06T07:08:09.000Z\n",
		"MailerLite": "\xef\xbb\xbfSubscriber\tName\tLast name\tStatus\tSubscribed\r\nada@example.org\tAda\tLovelace\tActive\t2024-05-06 07:08:09\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			done, rejected := d.take(t, file)
			s := d.imported(t, "ada@example.org")
			if done.Added != 1 || len(rejected) > 0 || s.Status != newsletter.Active || s.Name != "Ada Lovelace" || !s.ConfirmedAt.Truncate(time.Minute).Equal(at.Truncate(time.Minute)) || s.Consent.Origin != "import" {
				t.Errorf("%+v, %v, %+v", done, rejected, s)
			}
		})
	}
}

// TestImportBringsNobodyBack: who has left, bounced or complained stays away, who
// waits is welcomed, who is there stays as they are.
func TestImportBringsNobodyBack(t *testing.T) {
	d := open(t)
	for address, status := range map[newsletter.Address]newsletter.Status{
		"active@example.org": newsletter.Active, "pending@example.org": newsletter.Pending, "gone@example.org": newsletter.Unsubscribed} {
		s := newsletter.Subscriber{ID: newsletter.Identify(pepper, address), Address: address, Name: "before", Status: status}
		if err := d.store.SaveSubscriber(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
	}
	erased := newsletter.Suppression{ID: newsletter.Identify(pepper, "erased@example.org"), Reason: newsletter.Complained, At: monday}
	if err := d.store.SaveSuppression(t.Context(), &erased); err != nil {
		t.Fatal(err)
	}
	const file = `email,name,status,confirmed_at
Active@example.org,after,,2020-01-01
pending@example.org,after,active,2020-01-01
gone@example.org,after,active,2020-01-01
erased@example.org,after,active,2020-01-01
new@example.org,new,active,2020-01-01
NEW@example.org,again,active,2020-01-01
left@example.org,left,unsubscribed,2020-01-01
waits@example.org,waits,unconfirmed,
no address,x,active,
late@example.org,late,active,2030-01-01
odd@example.org,odd,active,yesterday
"broken"x,y
`
	for again := range 2 {
		done, rejected := d.take(t, file)
		want := Imported{Rows: 12, Added: 2, Welcomed: 1, There: 2, Rejected: 7, Suppressed: 2, Different: 1}
		if again == 1 {
			want = Imported{Rows: 12, There: 5, Rejected: 7, Suppressed: 2, Different: 3}
		}
		if done != want || len(rejected) != done.Rejected {
			t.Errorf("%+v, want %+v\n%s", done, want, strings.Join(rejected, "\n"))
		}
		slices.Sort(rejected[5:]) // whom the store refuses: in the order of their ids
		for i, begin := range []string{"9 waits@example.org", "10 no address", "11 late@example.org", "12 odd@example.org", "13 broken", "4 gone@example.org", "5 erased@example.org"} {
			if i < len(rejected) && !strings.HasPrefix(rejected[i], begin) {
				t.Errorf("rejected %q, want %s", rejected[i], begin)
			}
		}
	}
	for address, want := range map[newsletter.Address]newsletter.Status{"active@example.org": newsletter.Active, "pending@example.org": newsletter.Active,
		"gone@example.org": newsletter.Unsubscribed, "new@example.org": newsletter.Active, "left@example.org": newsletter.Unsubscribed} {
		if s := d.imported(t, address); s.Status != want {
			t.Errorf("%s is %s, want %s", address, s.Status, want)
		}
	}
	if s := d.imported(t, "active@example.org"); s.Name != "before" {
		t.Errorf("somebody who was there is now %q", s.Name)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	d := open(t)
	done, err := d.Import(t.Context(), strings.NewReader("email\nada@example.org\n"), Import{DryRun: true})
	if err != nil || done.Added != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if page, err := d.store.SubscribersAfter(t.Context(), 0, 255, newsletter.SubscriberID{}, 1); err != nil || len(page) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestFilesThatAreNoTable(t *testing.T) {
	for name, file := range map[string]string{"empty": "", "without addresses": "name,status\nAda,active\n", "addresses without a heading": "ada@example.org\n"} {
		if _, err := open(t).Import(t.Context(), strings.NewReader(file), Import{}); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExportComesBackUnchanged, though no spreadsheet finds a formula in it.
func TestExportComesBackUnchanged(t *testing.T) {
	from, to := open(t), open(t)
	var all []newsletter.Subscriber
	for i, name := range []string{"=cmd()", "+1", "-1", "@SUM(1)", "'=x", "'t Hooft", "Ada, \"the\" Löwe", ""} {
		a := newsletter.Address(fmt.Sprintf("+r%d@example.org", i))
		at := monday.Add(-time.Duration(i) * day)
		all = append(all, newsletter.Subscriber{ID: newsletter.Identify(pepper, a), Address: a, Name: name, Status: []newsletter.Status{newsletter.Active, newsletter.Bounced}[i%2],
			Consent: newsletter.Consent{At: at, Origin: "=form", Wording: "2026-01"}, ConfirmedAt: at, Language: "de", Zone: "Europe/Berlin", Schedules: []string{"weekly", "monthly"}})
	}
	if _, err := from.store.AddSubscribers(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if n, err := (&Export{from.store, pepper}).Write(t.Context(), &file, nil); n != len(all) || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	cells, err := csv.NewReader(bytes.NewReader(file.Bytes())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range cells {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a spreadsheet runs %q", cell)
			}
		}
	}
	to.take(t, file.String())
	for _, want := range all {
		s := to.imported(t, want.Address)
		s.CreatedAt, s.ChangedAt, s.Rev = time.Time{}, time.Time{}, 0
		if fmt.Sprint(s) != fmt.Sprint(want) {
			t.Errorf("%+v\nwant %+v", s, want)
		}
	}
}

// TestTheFirstRowOfAnAddressCounts: also where its rows lie far apart and there are more
// rows than are added at once.
func TestTheFirstRowOfAnAddressCounts(t *testing.T) {
	d := open(t)
	var file strings.Builder
	file.WriteString("email,status\ntwice@example.org,unsubscribed\n")
	for i := range importAtOnce + 100 {
		fmt.Fprintf(&file, "reader.%d@example.org,active\n", i)
	}
	file.WriteString("TWICE@example.org,active\n")
	done, rejected := d.take(t, file.String())
	if want := (Imported{Rows: importAtOnce + 102, Added: importAtOnce + 101, Rejected: 1, Suppressed: 1}); done != want || len(rejected) != 1 {
		t.Errorf("%+v, want %+v; %v", done, want, rejected)
	}
	if s := d.imported(t, "twice@example.org"); s.Status != newsletter.Unsubscribed {
		t.Errorf("%+v", s)
	}
}

// FuzzImport: whatever a file holds, each row is counted once, and nobody becomes
// active whom the address rules refuse.
func FuzzImport(f *testing.F) {
	f.Add([]byte("email,name,status\nada@example.org,Ada,active\n"))
	f.Add([]byte("email;tags\n\"x@example.org\";\"a;b\"\n'+y@example.org;\n"))
	f.Add([]byte("\xef\xbb\xbfE-Mail\tconfirmed\n\"\n\xff@x.y\t1999-01-01"))
	f.Fuzz(func(t *testing.T, file []byte) {
		store := &counting{}
		s := &Subscribers{Store: store, Pepper: pepper, Now: func() time.Time { return monday }}
		rejected := 0
		done, err := s.Import(context.Background(), bytes.NewReader(file), Import{Reject: func(Rejected) error { rejected++; return nil }})
		if err != nil {
			return
		}
		if done.Rows != done.Added+done.There+done.Welcomed+done.Rejected+done.Barred || rejected != done.Rejected || store.added != done.Added {
			t.Errorf("%+v, %d rejected, %d stored", done, rejected, store.added)
		}
		for _, sub := range store.all {
			again, err := newsletter.ParseAddress(string(sub.Address))
			if err != nil || again != sub.Address || sub.Name != newsletter.Line(sub.Name) || sub.ConfirmedAt.After(monday) || plain(Guarded(sub.Name)) != sub.Name {
				t.Errorf("%+v, %v", sub, err)
			}
		}
	})
}

// counting is a store that only counts whom it is to add.
type counting struct {
	Store
	added int
	all   []newsletter.Subscriber
}

func (c *counting) Known(context.Context, []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Known, error) {
	return map[newsletter.SubscriberID]newsletter.Known{}, nil
}

func (c *counting) AddSuppressions(context.Context, []newsletter.Suppression) (int, error) {
	return 0, nil
}

func (c *counting) AddSubscribers(_ context.Context, all []newsletter.Subscriber) (int, error) {
	c.added, c.all = c.added+len(all), append(c.all, all...)
	return len(all), nil
}

// shuffled is a table of so many readers.
func shuffled(readers int) []byte {
	var b bytes.Buffer
	b.WriteString("email,name,status,confirmed_at,language\n")
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(readers) {
		fmt.Fprintf(&b, "Reader.%d@mail%d.example.org,Reader %d,active,2024-05-06 07:08:09,en\n", i, i%100, i)
	}
	return b.Bytes()
}

func BenchmarkImport(b *testing.B) {
	for _, readers := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(readers), func(b *testing.B) {
			file := shuffled(readers)
			for b.Loop() {
				b.StopTimer()
				d := open(b)
				b.StartTimer()
				cpu, began := cpuTime(), time.Now()
				done, err := d.Import(b.Context(), bytes.NewReader(file), Import{Origin: "import"})
				if err != nil || done.Added != readers {
					b.Fatalf("%+v, %v", done, err)
				}
				b.ReportMetric(float64(readers)/time.Since(began).Seconds(), "imported/s")
				b.ReportMetric(float64(cpuTime()-cpu)/float64(readers)/1000, "cpu-µs/row")
				began = time.Now()
				if n, err := (&Export{d.store, pepper}).Write(b.Context(), io.Discard, nil); n != readers || err != nil {
					b.Fatalf("%d, %v", n, err)
				}
				b.ReportMetric(float64(readers)/time.Since(began).Seconds(), "exported/s")
			}
		})
	}
}

// cpuTime is what this process has used so far, in its own code and in the kernel.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
