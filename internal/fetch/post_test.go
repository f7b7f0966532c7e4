package fetch

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
)

func TestPost(t *testing.T) {
	var got url.Values
	status := http.StatusAccepted
	c, site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.ParseForm() != nil {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		got = r.PostForm
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
	})
	if err := c.Post(t.Context(), site, url.Values{"a": {"1 & 2"}}); err != nil || got.Get("a") != "1 & 2" {
		t.Errorf("%v, %v", got, err)
	}
	for _, status = range []int{http.StatusFound, http.StatusForbidden, http.StatusInternalServerError} {
		if failed := (*StatusError)(nil); !errors.As(c.Post(t.Context(), site, nil), &failed) || failed.Code != status {
			t.Errorf("%d: %v", status, failed)
		}
	}
	for _, link := range []string{"http://127.0.0.1:1/", "http://169.254.169.254/", "file:///x"} {
		if err := (&Client{}).Post(t.Context(), link, nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", link, err)
		}
	}
}
