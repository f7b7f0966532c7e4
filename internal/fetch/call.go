package fetch

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// Answer is what a program elsewhere says to a Call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // decoded

	RetryAfter time.Duration // as the program asks; zero where it does not
}

// Call asks a program elsewhere, and takes any status for an answer. Redirects are not
// followed, and nothing is sent twice. Where only the first bytes are wanted (see
// Manner), a body that breaks off, or cannot be decoded, is no error: the status counts.
// The other errors are those of Get.
func (c *Client) Call(ctx context.Context, method, link string, header http.Header, body []byte) (*Answer, error) {
	c.once.Do(c.start)
	target, err := parse(link)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, failure(ErrForbidden, "%q is not a web address", link)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.GetBody = nil // the transport would send it again by itself
	resp, err := c.send(request)
	if err != nil {
		return nil, c.explain(ctx, request, err)
	}
	defer resp.Body.Close()
	first := manner(ctx).First
	answer, err := readBody(resp, c.MaxBytes, first)
	if err != nil && first == 0 {
		return nil, c.explain(ctx, request, err)
	}
	return &Answer{resp.StatusCode, resp.Header, answer, retryAfter(resp.Header.Get("Retry-After"), c.Now())}, nil
}
