package fetch

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
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

// TestTheStatusCountsWhereTheBodyIsNotWanted: whoever has answered has answered, however
// the rest of it goes on.
func TestTheStatusCountsWhereTheBodyIsNotWanted(t *testing.T) {
	c, site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "90")
		if r.Header.Get("Range") != "" {
			t.Errorf("%s with Range: %s", r.Method, r.Header.Get("Range"))
		}
		switch r.URL.Path {
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		case "/broken":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("half"))
		case "/garbage":
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte("nonsense"))
		}
	})
	ctx := With(t.Context(), Manner{First: 10})
	for path, most := range map[string]int{"/endless": 10, "/broken": 4, "/garbage": 0} {
		answer, err := c.Call(ctx, "POST", site+path, nil, []byte("{}"))
		if err != nil || answer.Status != http.StatusOK || len(answer.Body) > most || answer.RetryAfter != 90*time.Second {
			t.Errorf("%s: %+v, %v", path, answer, err)
		}
	}
}

func TestLoopbackIsWhatNamesThisMachine(t *testing.T) {
	_, site := serve(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := (&Client{Loopback: true}).Call(t.Context(), "POST", site, nil, nil); err != nil {
		t.Error(err)
	}
	for address, want := range map[string]bool{"127.0.0.1:80": true, "127.9.9.9:1": true, "[::1]:443": true, "localhost:8080": true, "LocalHost:1": true,
		"localhost.example.org:80": false, "example.org:80": false, "10.0.0.1:80": false, "0.0.0.0:80": false, "127.0.0.1": false} {
		if loopback(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}
