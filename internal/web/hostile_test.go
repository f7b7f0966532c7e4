package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// forEverybody are the routes of the API that need no token: readers' browsers ask the
// first, programs the other.
var forEverybody = []string{"post /api/subscribe", "get /api/openapi.json"}

// TestEveryRouteOfTheAPIIsGuarded: all that the document describes, for whoever has no
// token, one in the wrong place, one that was revoked, or one that may only read.
func TestEveryRouteOfTheAPIIsGuarded(t *testing.T) {
	h := open(t)
	d, err := described()
	must(t, err)
	boss := desk.Person{Who: "olga@example.org", Role: newsletter.RoleOperator}
	_, reads, err := h.Access.NewToken(t.Context(), boss, "reads", newsletter.RoleRead)
	must(t, err)
	gone, revoked, err := h.Access.NewToken(t.Context(), boss, "is gone", newsletter.RoleOperator)
	must(t, err)
	must(t, h.Access.RevokeToken(t.Context(), boss, gone.ID))
	tried := 0
	for path, methods := range d.Paths {
		for method := range methods {
			if slices.Contains(forEverybody, method+" "+path) {
				continue
			}
			tried++
			link, method := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "x"), strings.ToUpper(method)
			want := func(name string, status int, link string, headers ...string) {
				t.Helper()
				w := h.do(request(method, link, "{}", append(headers, "Content-Type", typeJSON)...))
				if w.Code != status || w.Header().Get("Content-Type") != typeProblem {
					t.Errorf("%s %s, %s: %d %s, want %d", method, path, name, w.Code, w.Header().Get("Content-Type"), status)
				}
			}
			want("no token", 401, link)
			want("a token in the address", 401, link+"?token="+editorToken+"&access_token="+editorToken)
			want("a token that was revoked", 401, link, "Authorization", "Bearer "+revoked)
			if method != http.MethodGet {
				want("a token that reads", 403, link, "Authorization", "Bearer "+reads)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d were tried", tried)
	}
}

// TestOtherMethodsAreRefused with those that there are.
func TestOtherMethodsAreRefused(t *testing.T) {
	h := open(t)
	for path, allow := range map[string]string{"/api/issues": "GET", "/api/issues/x": "PATCH", "/api/settings": "PATCH", "/api/hooks": "POST", "/api/runs/x/pause": "POST"} {
		for _, method := range []string{"OPTIONS", "TRACE", "PROPFIND"} {
			w := h.do(request(method, path, "", "Authorization", "Bearer "+editorToken))
			if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Header().Get("Allow"), allow) {
				t.Errorf("%s %s: %d, Allow: %q", method, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
}

// TestGiantBodies are not read to their end.
func TestGiantBodies(t *testing.T) {
	h := open(t)
	path, etag := h.draft(1)
	giant := `{"subject":"` + strings.Repeat("x", 4<<20) + `"}`
	for _, c := range [][2]string{{"PATCH", path}, {"POST", "/api/issues"}, {"PATCH", "/api/settings"}, {"POST", "/api/hooks"}, {"POST", "/api/sources"}} {
		w := h.editor(c[0], c[1], giant, "Content-Type", typeJSON, "If-Match", etag)
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s %s: %d %.200s", c[0], c[1], w.Code, w.Body)
		}
	}
}
