package web

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// TestPreflightFollowsTheLinkToUnsubscribe over HTTP to the page that readers get.
func TestPreflightFollowsTheLinkToUnsubscribe(t *testing.T) {
	h := open(t)
	server := httptest.NewServer(h)
	defer server.Close()
	p, err := h.store.Publication(t.Context())
	must(t, err)
	p.BaseURL = server.URL
	must(t, h.store.SavePublication(t.Context(), &p))
	host, err := fetch.HostPort(server.URL)
	must(t, err)
	h.Composer.Pages = &fetch.Client{Allow: []string{host}, Now: h.Composer.Now}
	draft := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueDraft, Subject: "Bread", FireAt: monday}
	for _, c := range []struct {
		keys *token.Signer
		rule string // empty: nothing is wrong
	}{
		{h.Clicks.Tokens, ""},
		{&token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("those of another program")}}}, "broken-unsubscribe-link"},
	} {
		h.Composer.Nobody = func(context.Context) (string, error) { return c.keys.Nobody(), nil }
		found, err := h.Composer.Preflight(t.Context(), &draft)
		must(t, err)
		rules := map[string]bool{}
		for _, f := range found.Findings {
			rules[f.Rule] = true
		}
		if rules["broken-unsubscribe-link"] != (c.rule != "") || rules["untried-unsubscribe-link"] {
			t.Errorf("%q: %+v", c.rule, found.Findings)
		}
	}
}
