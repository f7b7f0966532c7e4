package newsletter

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a Hook may be told of.
const (
	EventDrafted      = "issue.drafted"
	EventApproved     = "issue.approved"
	EventSent         = "issue.sent"
	EventConfirmed    = "subscriber.confirmed"
	EventUnsubscribed = "subscriber.unsubscribed"
	EventTest         = "test" // an operator asked for it; every Hook takes it
)

// EventTypes are those that a Hook chooses among.
func EventTypes() []string {
	return []string{EventDrafted, EventApproved, EventSent, EventConfirmed, EventUnsubscribed}
}

// Hook is where a program elsewhere is told what happens here: a web address that is
// called (Standard Webhooks, https://www.standardwebhooks.com).
type Hook struct {
	ID        string
	URL       string
	Events    []string // of EventTypes
	Secret    string   // with which calls are signed; unlike a token's it must be kept itself
	OldSecret string   // the one before, which signs as well until OldUntil
	OldUntil  time.Time
	Off       string // why nobody is called, in words; empty: calls are made
	By        string // who made it
	Since     time.Time
	Rev       int64
}

// The limits of hooks.
const (
	MaxHooks   = 20
	maxHookURL = 1000 // bytes
	// SecretRest is how long a secret that was replaced goes on signing.
	SecretRest = 24 * time.Hour
)

// secretPrefix is that of Standard Webhooks.
const secretPrefix = "whsec_"

// NewHook makes one with a secret of its own. loopback: it may lead to a program on
// this machine, over plain HTTP. Its errors are those of Change.
func NewHook(link string, events []string, loopback bool, by string, at time.Time) (Hook, error) {
	h := Hook{ID: strings.ToLower(rand.Text()[:10]), Secret: newSecret(), By: by, Since: at}
	return h, h.Change(link, events, loopback)
}

func newSecret() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// Change sets where it leads and what it is told of. A Fault says why it may not.
func (h *Hook) Change(link string, events []string, loopback bool) error {
	link = strings.TrimSpace(link)
	if err := checkHookURL(link, loopback); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(EventTypes(), func(e string) bool { return !slices.Contains(events, e) })
	for _, e := range events {
		if !slices.Contains(chosen, e) {
			return &Fault{"events", fmt.Sprintf("there is no event %q; choose among %s", e, strings.Join(EventTypes(), ", "))}
		}
	}
	if len(chosen) == 0 {
		return &Fault{"events", "a hook is told of one event at least"}
	}
	h.URL, h.Events = link, chosen
	return nil
}

// checkHookURL judges what can be seen of an address; where its name leads, the client
// looks when it calls.
func checkHookURL(link string, loopback bool) error {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Hostname() == "" || len(link) > maxHookURL:
		return &Fault{"url", fmt.Sprintf("%q is no web address; a right one looks like https://crm.example.org/masthead", Shorten(link, 100))}
	case u.User != nil:
		return &Fault{"url", "leave name and password out of the address; the signature tells who calls"}
	case u.Fragment != "":
		return &Fault{"url", "leave out what follows the #; it is never sent"}
	case onThisMachine(u.Hostname()):
		if loopback && (u.Scheme == "http" || u.Scheme == "https") {
			return nil
		}
		return &Fault{"url", u.Host + " leads to this machine itself, which is allowed on a laptop only"}
	case u.Scheme != "https":
		return &Fault{"url", "only addresses that begin with https:// are called, so that nobody on the way reads along"}
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && (addr.IsPrivate() || addr.IsLinkLocalUnicast() || !addr.IsGlobalUnicast()) {
		return &Fault{"url", u.Hostname() + " is no address on the public internet"}
	}
	return nil
}

func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// Wants tells whether it is called about an event.
func (h *Hook) Wants(event string) bool {
	return h.Off == "" && (event == EventTest || slices.Contains(h.Events, event))
}

// Rotate replaces the secret. The one before signs beside it for SecretRest, so that a
// receiver can change over without missing a call.
func (h *Hook) Rotate(at time.Time) {
	h.OldSecret, h.OldUntil, h.Secret = h.Secret, at.Add(SecretRest), newSecret()
}

// Sign makes the header webhook-signature: one signature for each secret that holds.
// Five lines of the standard library; the official one is the judge of the tests.
func (h *Hook) Sign(id string, at time.Time, body []byte) string {
	signed := signature(h.Secret, id, at, body)
	if h.OldSecret != "" && at.Before(h.OldUntil) {
		signed += " " + signature(h.OldSecret, id, at, body)
	}
	return signed
}

func signature(secret, id string, at time.Time, body []byte) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix)) // newSecret made it
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
