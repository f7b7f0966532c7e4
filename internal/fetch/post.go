package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Post sends a form and takes any status of success for a yes. Redirects are not
// followed. Its errors are those of Get.
func (c *Client) Post(ctx context.Context, link string, form url.Values) error {
	c.once.Do(c.start)
	target, err := parse(link)
	if err != nil {
		return err
	}
	leave, err := c.hosts.enter(ctx, target.Host)
	if err != nil {
		return err
	}
	defer leave()
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodPost, target.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return failure(ErrForbidden, "%q is not a web address", link)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.send(request)
	if err != nil {
		return c.explain(ctx, request, err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return &StatusError{Code: resp.StatusCode, URL: target.String(), RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.Now())}
	}
	return nil
}
