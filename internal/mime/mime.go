// Package mime turns mails into RFC 5322 bytes. A digest is encoded once, into
// segments; each reader's copy is those segments with a few short values between
// them. The package knows neither SMTP nor files, and it does not sign (DKIM is
// the business of whoever sends).
//
// The result is what SMTP carries: CRLF line ends, no line over 76 characters but
// unfoldable addresses and links, ASCII throughout, and no line that begins with
// a dot, so that nothing needs dot-stuffing (RFC 5321, 4.5.2).
package mime

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"mime/quotedprintable" // the standard library's encoder: nothing faster is worth a dependency
	"strings"
	"time"

	"golang.org/x/net/idna" // addresses in headers need the ASCII form of a domain (RFC 5890)

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Digest is one Mail of one Publication, encoded once and ready to be completed
// for any number of readers. It is safe for concurrent use.
type Digest struct {
	publication newsletter.Publication
	domain      string // of Message-IDs
	run         string
	shared      []segment // the headers that every copy has, and the body
}

// segment is a stretch that every copy has, encoded, followed by a reader's value unless the
// name is empty.
type segment struct {
	literal []byte
	value   string // placeholder name
}

// softBreak ends a quoted-printable line without ending the line of text
// (RFC 2045, 6.7). A value stands between two of them, so that it never makes
// an encoded line too long.
const softBreak = "=\r\n"

// NewDigest encodes a Mail. The run names this send in the Message-IDs: the
// same reader gets the same Message-ID from the same run.
func NewDigest(p *newsletter.Publication, m *newsletter.Mail, run string) *Digest {
	d := &Digest{publication: *p, domain: asciiDomain(p.From.Domain()), run: run}
	boundary := boundaryOf(m)
	d.literal(string(digestHeaders(p, m, boundary)))
	d.part("--"+boundary+"\r\nContent-Type: text/plain; charset=utf-8\r\n", m.Text)
	d.part("\r\n--"+boundary+"\r\nContent-Type: text/html; charset=utf-8\r\n", m.HTML)
	d.literal("\r\n--" + boundary + "--\r\n")
	return d
}

func (d *Digest) part(head, body string) {
	d.literal(head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	for i, part := range newsletter.Segments(body) {
		if i%2 == 1 {
			last := &d.shared[len(d.shared)-1]
			last.literal = append(last.literal, softBreak...)
			last.value = part
			d.shared = append(d.shared, segment{literal: []byte(softBreak)})
			continue
		}
		d.literal(quoted(part))
	}
}

func (d *Digest) literal(s string) {
	if len(d.shared) == 0 || d.shared[len(d.shared)-1].value != "" {
		d.shared = append(d.shared, segment{})
	}
	last := &d.shared[len(d.shared)-1]
	last.literal = append(last.literal, s...)
}

// Append adds the reader's message to dst and returns the extended slice.
func (d *Digest) Append(dst []byte, r *newsletter.Recipient, date time.Time) []byte {
	dst = d.appendOwn(dst, r, date)
	for i := range d.shared {
		s := &d.shared[i]
		dst = append(dst, s.literal...)
		if s.value != "" {
			dst = appendQuoted(dst, r.Value(s.value))
		}
	}
	return dst
}

// Pieces adds the reader's message to dst piece by piece, without copying what all
// readers share, for a connection that takes many pieces at once. Pieces must not
// be written to. The reader's own bytes are put into own, and are good until it
// is used again.
func (d *Digest) Pieces(dst [][]byte, own []byte, r *newsletter.Recipient, date time.Time) (pieces [][]byte, used []byte) {
	own = d.appendOwn(own[:0], r, date)
	dst = append(dst, own)
	for i := range d.shared {
		s := &d.shared[i]
		dst = append(dst, s.literal)
		if s.value != "" {
			begin := len(own)
			own = appendQuoted(own, r.Value(s.value))
			dst = append(dst, own[begin:])
		}
	}
	return dst, own
}

// appendOwn adds the headers that differ from reader to reader.
func (d *Digest) appendOwn(dst []byte, r *newsletter.Recipient, date time.Time) []byte {
	dst = append(dst, "Date: "...)
	dst = date.AppendFormat(dst, dateFormat)
	dst = append(append(append(dst, "\r\nMessage-ID: <"...), d.MessageID(r.Subscriber)...), ">\r\nTo: "...)
	dst = append(append(dst, Address(r.Address)...), "\r\nList-Unsubscribe:\r\n <"...)
	return append(append(append(append(dst, d.publication.BaseURL...), newsletter.UnsubscribePath...), r.Unsubscribe...), ">\r\n"...)
}

// MessageID is the identifier of the reader's copy, without angle brackets. It
// is the same however often the message is made, so that a copy sent twice by a
// fault of the network is one message to most mailboxes.
func (d *Digest) MessageID(id newsletter.SubscriberID) string {
	return d.run + "." + id.String() + "@" + d.domain
}

// dateFormat is that of RFC 5322, 3.3.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 -0700"

// Encode makes the bytes of a single mail. The id is the left part of its
// Message-ID, unique to the mail.
func Encode(m *newsletter.Message, date time.Time, id string) []byte {
	p := m.Publication
	boundary := boundaryOf(&newsletter.Mail{Subject: m.Subject, HTML: m.HTML, Text: m.Text})
	var b bytes.Buffer
	b.WriteString("Date: " + date.Format(dateFormat) + "\r\n")
	b.WriteString("Message-ID: <" + id + "@" + asciiDomain(p.From.Domain()) + ">\r\n")
	b.WriteString("To: " + Address(m.To) + "\r\n")
	writeSender(&b, p)
	writeText(&b, "Subject", m.Subject)
	for _, h := range SingleHeaders(m) {
		writeHeader(&b, h.Name, h.Value)
	}
	if m.Automatic {
		b.WriteString("Auto-Submitted: auto-generated\r\n") // RFC 3834: no machine shall answer
	}
	writeAlternative(&b, cmp.Or(m.Language, p.Language), boundary)
	for _, part := range []struct{ kind, text string }{{"plain", m.Text}, {"html", m.HTML}} {
		b.WriteString("--" + boundary + "\r\nContent-Type: text/" + part.kind +
			"; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted(part.text) + "\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}

func digestHeaders(p *newsletter.Publication, m *newsletter.Mail, boundary string) []byte {
	var b bytes.Buffer
	writeSender(&b, p)
	writeText(&b, "Subject", Subject(m))
	for _, h := range ListHeaders(p, m.Issue) {
		writeHeader(&b, h.Name, h.Value)
	}
	writeAlternative(&b, m.Language, boundary)
	return b.Bytes()
}

// Subject is the subject of a digest as readers see it.
func Subject(m *newsletter.Mail) string {
	nobody := newsletter.Recipient{}
	return newsletter.Splice(m.Subject, nobody.Value)
}

func writeSender(b *bytes.Buffer, p *newsletter.Publication) {
	writeHeader(b, "From", From(p))
	if p.ReplyTo != "" {
		writeHeader(b, "Reply-To", Address(p.ReplyTo))
	}
}

func writeAlternative(b *bytes.Buffer, language, boundary string) {
	if language != "" {
		writeHeader(b, "Content-Language", language)
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n")
}

// boundaryOf derives a boundary from the content: the same mail gives the same
// bytes. No line of quoted-printable text can begin with it: "=_" is not a valid
// escape (RFC 2045, 6.7).
func boundaryOf(m *newsletter.Mail) string {
	sum := sha256.Sum256([]byte(m.Subject + "\x00" + m.Text + "\x00" + m.HTML))
	return "=_" + hex.EncodeToString(sum[:12])
}

// quoted is s in quoted-printable, its line ends as CRLF.
func quoted(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // a strings.Builder takes everything
	_ = w.Close()
	return undotted(b.String())
}

// undotted encodes the dots that begin a line, each on a soft-broken line of its
// own, so that the rest of the line grows no longer.
func undotted(s string) string {
	const encoded = "=2E" + softBreak
	for strings.HasPrefix(s, ".") {
		s = encoded + s[1:]
	}
	for strings.Contains(s, "\r\n.") {
		s = strings.ReplaceAll(s, "\r\n.", "\r\n"+encoded)
	}
	return s
}

// appendQuoted adds a value in quoted-printable. Tokens, the usual case, need no
// encoding and fit on a line.
func appendQuoted(dst []byte, value string) []byte {
	if len(value) < 76 && plain(value) && value[:min(1, len(value))] != "." {
		return append(dst, value...)
	}
	return append(dst, quoted(value)...)
}

func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == '=' || c > '~' {
			return false
		}
	}
	return true
}

// asciiDomain is the domain as DNS and headers know it (punycode). A domain
// that has no such form is left as it is; ParseAddress has seen it already.
func asciiDomain(domain string) string {
	if ordinary(domain) {
		return domain
	}
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		return ascii
	}
	return domain
}

// ordinary tells of a domain that is in its ASCII form, or has none: nearly every
// reader's, three times a message.
func ordinary(domain string) bool {
	for i := 0; i < len(domain); i++ {
		if c := domain[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// Compiler keeps the Digests of the Mails that were sent last, so that a mailer
// which is handed the same Mails batch after batch encodes them once. The zero value
// is ready; it is safe for concurrent use.
type Compiler struct{ digests Prepared[*Digest] }

// Digest is the encoded form of the Mailing's Mail, which must not change.
func (c *Compiler) Digest(m *newsletter.Mailing) *Digest {
	return c.digests.Get(m, func() *Digest { return NewDigest(m.Publication, m.Mail, m.Run) })
}
