package sqlite

import (
	"encoding/hex"
	"encoding/json"

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
