package mime

import (
	"bytes"
	stdmime "mime"
	stdmail "net/mail" // the standard library's parsers as judges
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2" // an independent parser as the judge of what we write
	"golang.org/x/net/idna"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

var (
	monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	paper  = newsletter.Publication{Name: "The Lantern, Post", From: "digest@news.example.org", ReplyTo: "desk@example.org",
		Language: "en", BaseURL: "https://news.example.org"}
	ada = newsletter.Recipient{Subscriber: newsletter.Identify(nil, "ada@example.org"), Address: "ada@example.org",
		Name: "Ada Löwe", Unsubscribe: "v1.a.u.AAAAAAAAAAAAAAAAAAAAAA.0.0.BBBBBBBBBBBBBBBBBBBBBB", Preferences: "v1.a.p.x"}
)

func mail(subject, text, html string) *newsletter.Mail {
	return &newsletter.Mail{Issue: "weekly-1", Language: "en", Subject: subject, Text: text, HTML: html}
}

func parse(t *testing.T, raw []byte) *enmime.Envelope {
	t.Helper()
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	for _, fault := range env.Errors {
		t.Errorf("%v", fault)
	}
	return env
}

func TestDigestReadsBackUnchanged(t *testing.T) {
	long := strings.Repeat("a very long line without an end ", 40)
	for _, c := range []struct{ name, subject, text, html, wantText, wantHTML string }{
		{"plain", "News", "Hello\n", "<p>Hello</p>\n", "Hello\n", "<p>Hello</p>\n"},
		{"umlauts, emoji and long lines", "Über 🏮 Laternen", "Grüße 🏮\n" + long, "<p>ü</p>" + long, "Grüße 🏮\n" + long, "<p>ü</p>" + long},
		{"a token between text", "News", "leave: https://x/{{unsub}}\n", `<a href="https://x/{{unsub}}?a=b">`,
			"leave: https://x/" + ada.Unsubscribe + "\n", `<a href="https://x/` + ada.Unsubscribe + `?a=b">`},
		{"the reader's name, escaped where it must be", "News", "Dear{{nameText}}!", "<p>Dear{{nameHTML}}</p>", "Dear Ada Löwe!", "<p>Dear Ada Löwe</p>"},
		{"braces of an article's title", "{{lb}}template}}", "{{lb}}x}}", "&#123;&#123;x}}", "{{x}}", "&#123;&#123;x}}"},
		{"space at the end of a line", "News", "one  \ntwo {{unsub}} \n", "x", "one  \ntwo " + ada.Unsubscribe + " \n", "x"},
		{"lines that begin with dots and From", "News", ".\n..\nFrom here\n", ".", ".\n..\nFrom here\n", "."},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := NewDigest(&paper, mail(c.subject, c.text, c.html), "weekly-1").Append(nil, &ada, monday)
			env := parse(t, raw)
			if got := strings.ReplaceAll(env.Text, "\r\n", "\n"); got != c.wantText {
				t.Errorf("text %q, want %q", got, c.wantText)
			}
			if strings.ReplaceAll(env.HTML, "\r\n", "\n") != c.wantHTML {
				t.Errorf("html %q, want %q", env.HTML, c.wantHTML)
			}
			checkWire(t, raw)
		})
	}
}

// checkWire holds every message to what SMTP and RFC 5322 ask of its bytes.
func checkWire(t *testing.T, raw []byte) {
	t.Helper()
	if bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("a bare line feed")
	}
	for _, line := range bytes.Split(raw, []byte("\r\n")) {
		if bytes.HasPrefix(line, []byte(".")) {
			t.Errorf("a line begins with a dot: %s", line)
		}
		if len(line) > 100 && !bytes.HasPrefix(line, []byte("List-")) || len(line) > 998 {
			t.Errorf("line of %d: %s", len(line), line)
		}
		for _, c := range line {
			if c > '~' || c < ' ' && c != '\t' {
				t.Fatalf("byte %#x in %q", c, line)
			}
		}
	}
}

func TestDigestHeaders(t *testing.T) {
	raw := NewDigest(&paper, mail("News of the week", "t", "h"), "weekly-1").Append(nil, &ada, monday)
	env := parse(t, raw)
	for name, want := range map[string]string{
		"From":                  `"The Lantern, Post" <digest@news.example.org>`,
		"To":                    "ada@example.org",
		"Reply-To":              "desk@example.org",
		"Subject":               "News of the week",
		"Date":                  "Mon, 02 Mar 2026 07:00:00 +0000",
		"Message-ID":            "<weekly-1." + ada.Subscriber.String() + "@news.example.org>",
		"List-Unsubscribe":      "<https://news.example.org/unsubscribe/" + ada.Unsubscribe + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"List-Id":               `"The Lantern, Post" <digest.news.example.org>`,
		"List-Archive":          "<https://news.example.org/issues/weekly-1>",
		"Precedence":            "bulk",
		"Content-Language":      "en",
		"Auto-Submitted":        "",
	} {
		if got := env.GetHeaderValues(name); len(got) != 1 && want != "" || strings.Join(got, "") != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSubjectsSurviveTheHeader(t *testing.T) {
	for _, subject := range []string{
		"short", "Ünïcödé", strings.Repeat("漢字", 80), strings.Repeat("many short words ", 30), strings.Repeat("x", 300),
		"=?utf-8?Q?not_encoded?=", "a line\r\nBcc: eve@example.org", "\x00\x07 bell", "tab\there", "broken \xff utf-8",
		"ends with é", "🏮", "",
	} {
		raw := NewDigest(&paper, mail(subject, "t", "h"), "r").Append(nil, &ada, monday)
		env := parse(t, raw)
		want := strings.Join(strings.Fields(printable(subject)), " ")
		if got := env.GetHeader("Subject"); got != want {
			t.Errorf("subject %q came back as %q", want, got)
		}
		if env.GetHeader("Bcc") != "" {
			t.Error("a subject made a header")
		}
		checkWire(t, raw)
	}
}

// TestSendersSurviveTheHeader: whatever a magazine is called, its name comes back, and
// its address beside it.
func TestSendersSurviveTheHeader(t *testing.T) {
	words := new(stdmime.WordDecoder)
	for _, name := range []string{
		"The Lantern Post", "Zeitung für Licht", strings.Repeat("Laternenanzünderüberlandzeitung ", 4), "灯笼 🏮", `Bread, "Lamps" & Co. <news>`, "=?utf-8?Q?not_encoded?=",
		"a line\r\nBcc: eve@example.org", strings.Repeat("x", 120),
	} {
		p := paper
		p.Name = name
		raw := NewDigest(&p, mail("s", "t", "h"), "r").Append(nil, &ada, monday)
		message, err := stdmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Join(strings.Fields(printable(name)), " ")
		from, err := (&stdmail.AddressParser{WordDecoder: words}).Parse(message.Header.Get("From"))
		if err != nil || from.Name != want || from.Address != string(p.From) {
			t.Errorf("%q came back as %+v, %v, of %q", want, from, err, message.Header.Get("From"))
		}
		id := message.Header.Get("List-Id")
		if begin := strings.LastIndex(id, " <"); begin < 0 {
			t.Errorf("List-Id %q", id)
		} else if got, err := words.DecodeHeader(strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.TrimSuffix(strings.TrimPrefix(id[:begin], `"`), `"`))); err != nil || got != want && name != "=?utf-8?Q?not_encoded?=" {
			t.Errorf("List-Id %q says %q, %v", id, got, err)
		}
		if message.Header.Get("Bcc") != "" {
			t.Error("a name made a header")
		}
		checkWire(t, raw)
	}
}

func TestInternationalDomains(t *testing.T) {
	p := paper
	p.From = "digest@zeitung-münchen.example"
	r := ada
	r.Address = "ada@bücher.example"
	env := parse(t, NewDigest(&p, mail("s", "t", "h"), "r").Append(nil, &r, monday))
	if got := env.GetHeader("To"); got != "ada@xn--bcher-kva.example" {
		t.Errorf("To %q", got)
	}
	if got := env.GetHeader("From"); !strings.Contains(got, "@xn--zeitung-mnchen-osb.example") {
		t.Errorf("From %q", got)
	}
}

// TestOrdinaryDomainsStayAsTheyAre holds the short way against the library: where
// that would change a domain, the short way is not taken.
func TestOrdinaryDomainsStayAsTheyAre(t *testing.T) {
	for domain, want := range map[string]bool{
		"example.org": true, "news-1.example.org": true, "xn--bcher-kva.example": true, "xn--a": true, "-a.example": true, "a..example": true,
		"example.org.": true, "r3---sn-apo.example": true, "": true, "Example.org": false, "bücher.example": false, "a b": false, "[127.0.0.1]": false,
	} {
		if got := ordinary(domain); got != want {
			t.Errorf("%q is ordinary: %t", domain, got)
		}
		if ascii, err := idna.Lookup.ToASCII(domain); err == nil && ascii != asciiDomain(domain) {
			t.Errorf("%q became %q, the library says %q", domain, asciiDomain(domain), ascii)
		}
	}
}

func TestEncodeMarksAutomaticMail(t *testing.T) {
	m := newsletter.Message{Publication: &paper, To: "ada@example.org", Subject: "Please confirm", Text: "t\n", HTML: "<p>h</p>", Automatic: true}
	raw := Encode(&m, monday, "confirm.1")
	env := parse(t, raw)
	if env.GetHeader("Auto-Submitted") != "auto-generated" || env.GetHeader("List-Unsubscribe") != "" {
		t.Errorf("headers of a single mail:\n%s", raw)
	}
	if env.Text != "t\r\n" && env.Text != "t\n" || env.HTML != "<p>h</p>" {
		t.Errorf("text %q, html %q", env.Text, env.HTML)
	}
	checkWire(t, raw)
}

// FuzzDigest: whatever a feed or a reader's name holds, no header is made and
// the text comes back.
func FuzzDigest(f *testing.F) {
	f.Add("News", "Hello {{nameText}}\n", "Ada")
	f.Add("\r\nBcc: x", "=20 \n.\n", "{{unsub}}")
	f.Add("\xff", "a\rb", "\x00")
	f.Add("x", "..\n.{{nameText}}", "...")
	f.Fuzz(func(t *testing.T, subject, text, name string) {
		r := ada
		r.Name = name
		raw := NewDigest(&paper, mail(subject, text, "<p>x</p>"), "r").Append(nil, &r, monday)
		head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		if bytes.Contains(bytes.ToLower(head), []byte("\r\nbcc:")) {
			t.Errorf("header injected by %q", subject)
		}
		for _, line := range bytes.Split(raw, []byte("\r\n")) {
			if len(line) > 998 || bytes.HasPrefix(line, []byte(".")) {
				t.Errorf("line of %d bytes: %.20s", len(line), line)
			}
		}
	})
}

// TestPiecesAreTheMessage: a copy in pieces is the copy in one, also for the second
// reader who uses the same memory.
func TestPiecesAreTheMessage(t *testing.T) {
	eve := newsletter.Recipient{Subscriber: newsletter.Identify(nil, "eve@example.org"), Address: "eve@example.org",
		Name: strings.Repeat("Ein längerer Name ", 50), Unsubscribe: strings.Repeat("v", 100)}
	d := NewDigest(&paper, mail("News", "Dear {{nameText}}, {{unsub}}{{prefs}}", "{{nameHTML}}<p>{{unsub}}</p>"), "run")
	var pieces [][]byte
	var own []byte
	for _, r := range []newsletter.Recipient{ada, eve, {Address: "x@example.org"}, ada} {
		pieces, own = d.Pieces(pieces[:0], own, &r, monday)
		if got, want := bytes.Join(pieces, nil), d.Append(nil, &r, monday); !bytes.Equal(got, want) {
			t.Errorf("for %s\n%q, want\n%q", r.Address, got, want)
		}
	}
}

// benchmarked is a digest whose message has 40 KB.
func benchmarked() *Digest {
	html := strings.Repeat("<p>Ein Absatz über Laternen, in dem einiges steht.</p>\n", 582)
	return NewDigest(&paper, mail("News", strings.Repeat("A line of text.\n", 200)+"{{unsub}}", html+`<a href="{{unsub}}">x</a>{{prefs}}`), "run")
}

// BenchmarkSplice is one reader's copy of a digest of 40 KB, as SMTP takes it.
func BenchmarkSplice(b *testing.B) {
	d := benchmarked()
	var pieces [][]byte
	var own []byte
	b.ReportAllocs()
	for b.Loop() {
		pieces, own = d.Pieces(pieces[:0], own, &ada, monday)
	}
	b.ReportMetric(float64(len(bytes.Join(pieces, nil))), "bytes/message")
}

// BenchmarkSpliceInOne is the same as one stretch of memory, as files take it.
func BenchmarkSpliceInOne(b *testing.B) {
	d := benchmarked()
	buf := make([]byte, 0, 100<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = d.Append(buf[:0], &ada, monday)
	}
	b.ReportMetric(float64(len(buf)), "bytes/message")
}
