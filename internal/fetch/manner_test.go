package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestASiteIsAskedInItsManner(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.Header.Get("User-Agent"))
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	c := &Client{Allow: []string{strings.TrimPrefix(srv.URL, "https://")}, UserAgent: "Masthead/1"}
	c.once.Do(c.start)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c.wire.TLSClientConfig, c.old.TLSClientConfig = &tls.Config{RootCAs: roots}, &tls.Config{RootCAs: roots}
	for _, tt := range []struct {
		manner Manner
		want   string
	}{
		{Manner{}, "HTTP/2.0 Masthead/1"},
		{Manner{HTTP1: true}, "HTTP/1.1 Masthead/1"},
		{Manner{UserAgent: "Other/2"}, "HTTP/2.0 Other/2"},
		{Manner{UserAgent: "Other/2", HTTP1: true}, "HTTP/1.1 Other/2"},
	} {
		got, err := c.Get(With(t.Context(), tt.manner), srv.URL, Validators{})
		if err != nil || string(got.Body) != tt.want {
			t.Errorf("%+v: %+v, %v", tt.manner, got, err)
		}
	}
}
