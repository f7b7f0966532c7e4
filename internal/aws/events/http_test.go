package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

var quiet = slog.New(slog.DiscardHandler)

// sample is a request as API Gateway sends it.
func sample(t testing.TB) events.APIGatewayV2HTTPRequest {
	t.Helper()
	raw, err := os.ReadFile("../../../infra/events/web-get.json")
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestWhatTheHandlerSees: each change of the sample, and what becomes of it.
func TestWhatTheHandlerSees(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(e *events.APIGatewayV2HTTPRequest)
		see    func(r *http.Request) string
		want   string
	}{
		{"the path", nil, func(r *http.Request) string { return r.URL.Path }, "/unsubscribe/v1.a.u.token"},
		{"a path with escapes, decoded", func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "/issues/a%20b%2Fc" }, func(r *http.Request) string { return r.URL.Path + " " + r.URL.EscapedPath() }, "/issues/a b/c /issues/a%20b%2Fc"},
		{"a path that cannot be decoded, as it is", func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "/100%" }, func(r *http.Request) string { return r.URL.Path }, "/100%"},
		{"an empty path is the root", func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "" }, func(r *http.Request) string { return r.URL.Path }, "/"},
		{"the query as it was sent", func(e *events.APIGatewayV2HTTPRequest) { e.RawQueryString = "a=1&a=2&b=x%26y" }, func(r *http.Request) string { return fmt.Sprint(r.URL.Query()["a"], r.URL.Query()["b"]) }, "[1 2] [x&y]"},
		{"the request line", func(e *events.APIGatewayV2HTTPRequest) { e.RawQueryString = "q=1" }, func(r *http.Request) string { return r.RequestURI }, "/unsubscribe/v1.a.u.token?q=1"},
		{"the API's domain as host, whatever the client says", func(e *events.APIGatewayV2HTTPRequest) { e.Headers["host"] = "evil.example" }, func(r *http.Request) string { return r.Host + r.Header.Get("Host") }, "news.example.org"},
		{"who asks", nil, func(r *http.Request) string { return r.RemoteAddr }, "203.0.113.7"},
		{"headers, letter case aside", nil, func(r *http.Request) string { return r.Header.Get("User-Agent") }, "Mozilla/5.0"},
		{"several values of a header, joined", func(e *events.APIGatewayV2HTTPRequest) { e.Headers["accept"] = "text/html,text/plain" }, func(r *http.Request) string { return r.Header.Get("Accept") }, "text/html,text/plain"},
		{"cookies, one by one", func(e *events.APIGatewayV2HTTPRequest) { e.Cookies = []string{"a=1", "b=2"} }, func(r *http.Request) string { return fmt.Sprint(r.Cookies()) }, "[a=1 b=2]"},
		{"a plain body", func(e *events.APIGatewayV2HTTPRequest) { e.Body = "email=ada%40example.org" }, body, "23 email=ada%40example.org"},
		{"a body in base64", func(e *events.APIGatewayV2HTTPRequest) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("email=ada")), true
		}, body, "9 email=ada"},
		{"the method", func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = "POST" }, func(r *http.Request) string { return r.Method }, "POST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := sample(t)
			if c.change != nil {
				c.change(&e)
			}
			var got string
			response, err := HTTP(quiet, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = c.see(r) }))(t.Context(), e)
			if err != nil || response.StatusCode != http.StatusOK || got != c.want {
				t.Errorf("%q, status %d, %v; want %q", got, response.StatusCode, err, c.want)
			}
		})
	}
}

func body(r *http.Request) string {
	b, err := io.ReadAll(r.Body)
	return fmt.Sprintf("%d %s%v", r.ContentLength, b, orEmpty(err))
}

func orEmpty(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestWhatTheCallerGets: each answer of a handler, and what API Gateway is told.
func TestWhatTheCallerGets(t *testing.T) {
	picture := []byte{0x89, 'P', 'N', 'G', 0xff}
	for _, c := range []struct {
		name   string
		method string
		answer http.HandlerFunc
		want   events.APIGatewayV2HTTPResponse
	}{
		{"nothing written is 200", "GET", func(http.ResponseWriter, *http.Request) {}, events.APIGatewayV2HTTPResponse{StatusCode: 200}},
		{"text, with its type found out", "GET", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>é") },
			events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "text/html; charset=utf-8"}, Body: "<html>é"}},
		{"bytes in base64", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(picture)
		}, events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "image/png"}, Body: "iVBOR/8=", IsBase64Encoded: true}},
		{"several values and cookies", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Vary"] = []string{"Accept", "Origin"}
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			w.WriteHeader(http.StatusNoContent)
		}, events.APIGatewayV2HTTPResponse{StatusCode: 204, Headers: map[string]string{"Vary": "Accept, Origin"}, Cookies: []string{"a=1", "b=2"}}},
		{"the first status counts, hints apart", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusOK)
		}, events.APIGatewayV2HTTPResponse{StatusCode: 418}},
		{"HEAD has no body, and the length is API Gateway's to say", "HEAD", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "hello")
		}, events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "text/plain"}}},
		{"a panic is our fault", "GET", func(http.ResponseWriter, *http.Request) { panic("oops") },
			events.APIGatewayV2HTTPResponse{StatusCode: 500, Body: "Something went wrong here.\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := sample(t)
			e.RequestContext.HTTP.Method = c.method
			got, err := HTTP(quiet, c.answer)(t.Context(), e)
			if err != nil || got.StatusCode != c.want.StatusCode || got.Body != c.want.Body || got.IsBase64Encoded != c.want.IsBase64Encoded ||
				!maps.Equal(got.Headers, c.want.Headers) || !slices.Equal(got.Cookies, c.want.Cookies) {
				t.Errorf("%+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestABodyThatIsNoBase64IsTheCallersFault(t *testing.T) {
	e := sample(t)
	e.Body, e.IsBase64Encoded = "%%%", true
	got, err := HTTP(quiet, http.NotFoundHandler())(t.Context(), e)
	if err != nil || got.StatusCode != http.StatusBadRequest {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzHTTP sends whatever strangers may: the handler sees the body as it was sent,
// a path that begins at the root, and never a host of the client's choice.
func FuzzHTTP(f *testing.F) {
	f.Add("GET", "/", "", "", "accept", "*/*", false)
	f.Add("POST", "/subscribe", "a=%zz&b", "email=ada", "host", "evil.example", false)
	f.Add("HEAD", "//evil.example/%2e%2e/", ";", "aGVsbG8=", "content-length", "99", true)
	f.Add("", "100%", "?", "\xff\xfe", "\r\nx", "\x00", false)
	f.Fuzz(func(t *testing.T, method, path, query, sent, name, value string, encoded bool) {
		e := events.APIGatewayV2HTTPRequest{RawPath: path, RawQueryString: query, Headers: map[string]string{name: value}, Body: sent, IsBase64Encoded: encoded}
		e.RequestContext.HTTP.Method, e.RequestContext.DomainName = method, "news.example.org"
		served := false
		echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served = true
			if r.Host != "news.example.org" || !strings.HasPrefix(r.URL.Path, "/") || strings.HasPrefix(r.RequestURI, "//") {
				t.Errorf("host %q, path %q, request line %q", r.Host, r.URL.Path, r.RequestURI)
			}
			_, _ = io.Copy(w, r.Body)
		})
		response, err := HTTP(quiet, echo)(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		want, decodeErr := []byte(sent), error(nil)
		if encoded {
			want, decodeErr = base64.StdEncoding.DecodeString(sent)
		}
		if served != (decodeErr == nil) {
			t.Fatalf("served: %t, %v", served, decodeErr)
		}
		got := []byte(response.Body)
		if response.IsBase64Encoded {
			got, err = base64.StdEncoding.DecodeString(response.Body)
		}
		if served && method != http.MethodHead && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("sent %q, came back %q, %v", want, got, err)
		}
	})
}
