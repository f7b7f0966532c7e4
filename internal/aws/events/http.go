package events

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// HTTP serves a Handler behind an HTTP API of API Gateway, payload format 2.0
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
// aws-lambda-go has an adapter for function URLs only, and the known ones for API
// Gateway are archived or carry every web framework with them.
//
// The Host of a request is the domain of the API, whatever the client says, and
// its RemoteAddr that of the caller.
func HTTP(log *slog.Logger, h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		request, err := request(ctx, &e)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusBadRequest, Body: "The request cannot be read.\n"}, nil
		}
		w := &recorder{header: http.Header{}, head: request.Method == http.MethodHead}
		if !serve(ctx, log, h, w, request) {
			return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusInternalServerError, Body: "Something went wrong here.\n"}, nil
		}
		return w.response(), nil
	}
}

// serve tells whether the Handler came to its end.
func serve(ctx context.Context, log *slog.Logger, h http.Handler, w http.ResponseWriter, r *http.Request) (done bool) {
	defer func() {
		if fault := recover(); fault != nil {
			log.ErrorContext(ctx, "the handler panicked", "fault", fmt.Sprint(fault))
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

func request(ctx context.Context, e *events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, err
		}
	}
	where := target(e)
	r := &http.Request{
		Method: e.RequestContext.HTTP.Method, URL: where, RequestURI: where.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(e.Headers)+1), Host: e.RequestContext.DomainName, RemoteAddr: e.RequestContext.HTTP.SourceIP,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	for name, value := range e.Headers {
		r.Header.Set(name, value) // API Gateway has joined repeated ones by commas
	}
	r.Header.Del("Host")
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return r.WithContext(ctx), nil
}

// target is the URL as a server sees it. What cannot be decoded stays as it is.
func target(e *events.APIGatewayV2HTTPRequest) *url.URL {
	raw := "/" + strings.TrimLeft(e.RawPath, "/")
	u := &url.URL{Path: raw, RawQuery: e.RawQueryString}
	if decoded, err := url.PathUnescape(raw); err == nil {
		u.Path, u.RawPath = decoded, raw
	}
	return u
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	head   bool
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // informational answers cannot be passed on
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.head || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return len(p), nil
	}
	return w.body.Write(p)
}

func (w *recorder) response() events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	if w.header.Get("Content-Type") == "" && w.body.Len() > 0 {
		w.header.Set("Content-Type", http.DetectContentType(w.body.Bytes())) // as net/http does
	}
	r := events.APIGatewayV2HTTPResponse{StatusCode: w.status, Headers: map[string]string{}, Cookies: w.header.Values("Set-Cookie")}
	for name, values := range w.header {
		if name != "Set-Cookie" && name != "Content-Length" { // API Gateway counts by itself
			r.Headers[name] = strings.Join(values, ", ")
		}
	}
	if utf8.Valid(w.body.Bytes()) && w.header.Get("Content-Encoding") == "" {
		r.Body = w.body.String()
	} else {
		r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return r
}
