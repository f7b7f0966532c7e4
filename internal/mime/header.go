package mime

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Header is one header field of a mail. The value is decoded text without line
// breaks.
type Header struct{ Name, Value string }

// ListHeaders are the fields that make a digest a good list mail: RFC 2369
// (List-*), RFC 2919 (List-Id), RFC 8058 (one-click unsubscribe, whose
// List-Unsubscribe itself differs per reader and is not among them).
func ListHeaders(p *newsletter.Publication, issue string) []Header {
	domain := asciiDomain(p.From.Domain())
	return []Header{
		{"List-Id", phrase(p.Name) + " <digest." + domain + ">"},
		{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
		{"List-Help", "<" + p.BaseURL + newsletter.SubscribePath + ">"},
		{"List-Archive", "<" + p.IssueURL(issue) + ">"},
		{"Precedence", "bulk"},
	}
}

// SingleHeaders are those of a single mail that is a copy of an Issue: the reader can
// leave by them as by any other copy.
func SingleHeaders(m *newsletter.Message) []Header {
	if m.Issue == "" {
		return nil
	}
	leave := Header{"List-Unsubscribe", "<" + m.Publication.UnsubscribeURL(m.Unsubscribe) + ">"}
	return append([]Header{leave}, ListHeaders(m.Publication, m.Issue)...)
}

// From is the sender as a header value.
func From(p *newsletter.Publication) string {
	return phrase(cmp.Or(p.FromName, p.Name)) + " <" + Address(p.From) + ">"
}

// Address is an address as headers and mail systems carry it: the domain in ASCII
// (RFC 5890).
func Address(a newsletter.Address) string {
	at := strings.LastIndexByte(string(a), '@')
	return string(a[:at+1]) + asciiDomain(a.Domain())
}

// phrase is a display name (RFC 5322, 3.2.5): encoded words where it is not
// ASCII, quoted where it holds special characters.
func phrase(name string) string {
	name = strings.Join(strings.Fields(printable(name)), " ")
	switch {
	case !readable(name):
		return strings.Join(encodedWords(name, len("List-Id: ")), " ")
	case strings.ContainsAny(name, `()<>[]:;@\,."`):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	return name
}

// writeText adds a field whose value is anybody's text (unstructured, RFC 5322, 3.2.5),
// encoded (RFC 2047) where it is not ASCII.
func writeText(b *bytes.Buffer, name, value string) {
	if !readable(value) {
		value = strings.Join(encodedWords(strings.Join(strings.Fields(printable(value)), " "), len(name)+2), " ")
	}
	writeHeader(b, name, value)
}

// writeHeader adds a field whose value has its form already, folded before column 77
// where it has a space to fold at.
func writeHeader(b *bytes.Buffer, name, value string) {
	words := strings.Fields(printable(value))
	b.WriteString(name + ":")
	column := len(name) + 1
	for i, word := range words {
		if i > 0 && column+1+len(word) > 76 {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(" " + word)
		column += 1 + len(word)
	}
	b.WriteString("\r\n")
}

// maxEncodedWord is the longest encoded word, delimiters included (RFC 2047, 2).
const maxEncodedWord = 75

// encodedWords splits text into base64 encoded words that each hold whole
// characters. The first one leaves room for the field's name before it.
func encodedWords(text string, before int) []string {
	const frame = len("=?utf-8?B?") + len("?=")
	room := (maxEncodedWord - frame - before) / 4 * 3
	var words []string
	for text != "" {
		n := 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			if n+size > room {
				break
			}
			n += size
		}
		words = append(words, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(text[:n]))+"?=")
		text, room = text[n:], (maxEncodedWord-frame)/4*3
	}
	return words
}

// printable replaces control characters, which could otherwise begin a header of
// their own, by spaces, and what is not UTF-8 by U+FFFD.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// readable tells whether a value may stand in a header as it is: ASCII, nothing
// that a reader would take for an encoded word, and no word too long to fold.
func readable(s string) bool {
	run := 0
	for i := 0; i < len(s); i++ {
		if run++; s[i] == ' ' {
			run = 0
		}
		if s[i] >= utf8.RuneSelf || run > maxEncodedWord || s[i] == '=' && strings.HasPrefix(s[i:], "=?") {
			return false
		}
	}
	return true
}
