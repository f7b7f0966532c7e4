package magazine

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

var newest = time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)

// serve starts the magazine on a free loopback port.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	handler, err := New(newest)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// get fetches and reads the answer to its end. Redirects are not followed.
func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func expect(t *testing.T, url string, status int) string {
	t.Helper()
	answer, body := get(t, url)
	if answer.StatusCode != status {
		t.Fatalf("GET %s answers %d, want %d", url, answer.StatusCode, status)
	}
	return body
}
