package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestABounceComesBack: the envelope of a mail leads the report about it to its reader.
func TestABounceComesBack(t *testing.T) {
	settings, err := parse("serve", []string{"-data", t.TempDir()}, func(name string) string {
		return map[string]string{"MASTHEAD_BOUNCE_ADDRESS": "bounce@news.example.org"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(t.Context(), settings, placeholderURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	if _, _, err := a.subscribers.Add(t.Context(), []string{"Ada@example.org"}, "test"); err != nil {
		t.Fatal(err)
	}
	path := a.returnPath()("ada@example.org")
	local, _, _ := strings.Cut(string(path), "@")
	if len(local) > 64 || !strings.HasPrefix(local, "bounce+") {
		t.Fatalf("return path %s", path)
	}
	report := "To: " + string(path) + "\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
	returns, handler := a.returned()
	if what, err := returns.Take(t.Context(), handler, []byte(report)); err != nil || what != "bounced" {
		t.Errorf("%s, %v", what, err)
	}
	sub, err := a.store.Subscriber(t.Context(), newsletter.Identify(a.secrets.Pepper, "ada@example.org"))
	if err != nil || sub.Status != newsletter.Bounced {
		t.Errorf("%+v, %v", sub, err)
	}
}

func TestBounceSettingsThatCannotWork(t *testing.T) {
	for name, set := range map[string]map[string]string{
		"too long":     {"MASTHEAD_BOUNCE_ADDRESS": "returned-mail-of-readers@news.example.org"},
		"a plus":       {"MASTHEAD_BOUNCE_ADDRESS": "b+c@news.example.org"},
		"no mailbox":   {"MASTHEAD_BOUNCE_ADDRESS": "b@news.example.org", "MASTHEAD_BOUNCE_MAILBOX": "mail.example.org"},
		"box alone":    {"MASTHEAD_BOUNCE_MAILBOX": "imaps://a:b@mail.example.org"},
		"none to read": {},
	} {
		var log bytes.Buffer
		if code := run(t.Context(), []string{"bounces", "-data", t.TempDir()}, func(k string) string { return set[k] }, &log, &log); code != exitMistake || !strings.Contains(log.String(), "MASTHEAD_BOUNCE_") {
			t.Errorf("%s: exit %d, %s", name, code, &log)
		}
	}
}
