package sqlite

import (
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// appendText adds a text as JSON. The ones that come with every delivery need no
// escapes.
func appendText(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			escaped, _ := json.Marshal(s) // a string always has a form
			return append(dst, escaped...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

func appendReader(dst []byte, id newsletter.SubscriberID) []byte {
	return append(hex.AppendEncode(append(dst, '"'), id[:]), '"')
}

// appendEntry adds what entryForm reads.
func appendEntry(dst []byte, e *newsletter.Entry) []byte {
	dst = appendReader(append(dst, `{"subscriber":`...), e.Subscriber)
	dst = appendText(append(dst, `,"outcome":`...), string(e.Outcome))
	if e.MessageID != "" {
		dst = appendText(append(dst, `,"messageId":`...), e.MessageID)
	}
	if e.Reason != "" {
		dst = appendText(append(dst, `,"reason":`...), e.Reason)
	}
	return append(dst, '}')
}

// cutEntry reads what appendEntry wrote from the front of s, and tells whether it
// could: what other hands have put there, encoding/json reads.
func cutEntry(s string) (e newsletter.Entry, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `{"subscriber":`); !ok {
		return e, s, false
	}
	id, s, ok := cutText(s)
	if !ok || len(id) != 2*len(e.Subscriber) {
		return e, s, false
	}
	if _, err := hex.Decode(e.Subscriber[:], []byte(id)); err != nil {
		return e, s, false
	}
	if s, ok = strings.CutPrefix(s, `,"outcome":`); !ok {
		return e, s, false
	}
	outcome, s, ok := cutText(s)
	e.Outcome = newsletter.Outcome(outcome)
	for _, more := range [...]struct {
		name string
		at   *string
	}{{`,"messageId":`, &e.MessageID}, {`,"reason":`, &e.Reason}} {
		if after, found := strings.CutPrefix(s, more.name); ok && found {
			*more.at, s, ok = cutText(after)
		}
	}
	rest, closed := strings.CutPrefix(s, "}")
	return e, rest, ok && closed
}

// cutText reads a text that needs no escapes, see appendText.
func cutText(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[1:i], s[i+1:], true
		case c < ' ' || c > '~' || c == '\\':
			return "", s, false
		}
	}
	return "", s, false
}

// cutEntries reads a list of what appendEntry wrote.
func cutEntries(s string) (list []newsletter.Entry, ok bool) {
	if list = []newsletter.Entry{}; s == "[]" {
		return list, true
	}
	s, ok = strings.CutPrefix(s, "[")
	for ok {
		var e newsletter.Entry
		if e, s, ok = cutEntry(s); !ok {
			break
		}
		if list = append(list, e); s == "]" {
			return list, true
		}
		s, ok = strings.CutPrefix(s, ",")
	}
	return nil, false
}
