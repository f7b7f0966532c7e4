package mailtest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2" // an independent parser as the judge of what we write
)

// Parse reads a message as a mail program would. The recipient comes from the
// envelope, or from the To header where that is empty.
func Parse(t *testing.T, to string, raw []byte) Received {
	t.Helper()
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	for _, fault := range env.Errors {
		t.Errorf("message to %s: %v", to, fault)
	}
	if to == "" {
		to = env.GetHeader("To")
	}
	return Received{To: to, Subject: env.GetHeader("Subject"), Header: env.Root.Header, Text: lf(env.Text), HTML: lf(env.HTML)}
}

func lf(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
