package fetch

import (
	"errors"
	"io"
	"net/http"
	"testing"
)

// TestCall takes every status as it comes, follows no redirect, and keeps the guard.
func TestCall(t *testing.T) {
	c, site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(append([]byte(r.Method+" "), body...))
	})
	answer, err := c.Call(t.Context(), "POST", site+"/x", http.Header{"Authorization": {"Bearer x"}}, []byte("body"))
	if err != nil || answer.Status != http.StatusTeapot || string(answer.Body) != "POST body" || answer.Header.Get("X-Echo") != "Bearer x" {
		t.Errorf("%+v, %v", answer, err)
	}
	if answer, err := c.Call(t.Context(), "GET", site+"/moved", nil, nil); err != nil || answer.Status != http.StatusFound {
		t.Errorf("%+v, %v", answer, err)
	}
	if _, err := (&Client{}).Call(t.Context(), "GET", site, nil, nil); !errors.Is(err, ErrForbidden) {
		t.Errorf("%v", err)
	}
}
