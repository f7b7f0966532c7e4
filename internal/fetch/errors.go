package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// What callers tell apart, beside *StatusError.
var (
	// ErrForbidden means that the URL, or where it leads, must not be fetched: not
	// http(s), or not on the public internet.
	ErrForbidden = errors.New("address not allowed")
	// ErrTooLarge means that the answer exceeds Client.MaxBytes, as sent or decoded.
	ErrTooLarge = errors.New("answer too large")
)

// StatusError is an answer whose status means that there is no content.
type StatusError struct {
	Code       int           // HTTP status
	URL        string        // that answered, after redirects
	RetryAfter time.Duration // as the server asks; zero where it does not
}

// Error says in words an editor understands what the status means for a source.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s (%d from %s)", statusWords(e.Code), e.Code, e.URL)
}

func statusWords(code int) string {
	switch {
	case code == http.StatusUnauthorized || code == http.StatusPaymentRequired || code == http.StatusForbidden:
		return "the site does not let us in"
	case code == http.StatusNotFound:
		return "there is no such page (any more)"
	case code == http.StatusGone:
		return "the site says that this page is gone for good"
	case code == http.StatusTooManyRequests:
		return "the site asks us to come less often"
	case code == http.StatusServiceUnavailable:
		return "the site is not available at the moment"
	case code >= 500:
		return "the site has a fault of its own"
	case code >= 300 && code < 400:
		return "the site redirects without saying where to"
	}
	return "the site refuses to answer"
}

// Failure is any other reason why nothing was fetched. Words are for editors; Err
// is what Go saw.
type Failure struct {
	Words string
	Err   error
}

func (f *Failure) Error() string { return f.Words }
func (f *Failure) Unwrap() error { return f.Err }

func failure(err error, format string, args ...any) error {
	return &Failure{Words: fmt.Sprintf(format, args...), Err: err}
}

// explain turns what the network said into a Failure. A context that the caller
// cancelled passes unchanged: that is nobody's fault.
func (c *Client) explain(caller context.Context, request *http.Request, err error) error {
	host := request.URL.Hostname()
	if caller.Err() != nil {
		return caller.Err()
	}
	if request.Context().Err() != nil { // whatever the connection said when its time was up
		return failure(context.DeadlineExceeded, "%s took longer than %s to answer", host, c.Timeout)
	}
	if verdict := (*forbidden)(nil); errors.As(err, &verdict) {
		return &Failure{Words: verdict.words(host), Err: err}
	}
	return &Failure{Words: networkWords(host, err), Err: err}
}

func networkWords(host string, err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, ErrTooLarge):
		return err.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no site called %s; check the spelling", host)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("%s cannot be reached: nothing answers there", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("%s does not answer (connection refused)", host)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprintf("%s broke off in the middle of its answer", host)
	case errors.As(err, &noTLS):
		return fmt.Sprintf("%s answers, but not over https; write the address with http://", host)
	case errors.As(err, &certificate):
		return fmt.Sprintf("the certificate of %s is not valid: %v", host, certificate.Err)
	}
	return fmt.Sprintf("%s cannot be reached: %v", host, err)
}
