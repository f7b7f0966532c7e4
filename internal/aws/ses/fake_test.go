package ses_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/ses"
)

// fake is Amazon SES at the SDK's edge, as its API reference describes it: it keeps
// what it accepted, and takes no more than SES does. A test may have it answer
// otherwise.
type fake struct {
	url string

	mu       sync.Mutex
	calls    int
	requests []bulk
	single   []json.RawMessage
	answer   func(call int, w http.ResponseWriter, r *bulk) // of the bulk call; nil: accept
}

type bulk struct {
	FromEmailAddress     string
	ReplyToAddresses     []string
	ConfigurationSetName string
	DefaultContent       struct {
		Template struct {
			TemplateContent struct{ Subject, Html, Text string }
			TemplateData    string
			Headers         []pair
		}
	}
	BulkEmailEntries []entry
	DefaultEmailTags []pair

	size int
}

type entry struct {
	Destination             struct{ ToAddresses []string }
	ReplacementEmailContent struct {
		ReplacementTemplate struct{ ReplacementTemplateData string }
	}
	ReplacementHeaders []pair
	ReplacementTags    []pair
}

type pair struct{ Name, Value string }

// result is an entry of the answer.
type result struct{ Status, Error, MessageId string }

func startFake(t testing.TB) *fake {
	f := &fake{}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fake) mailer() *ses.Mailer {
	return &ses.Mailer{API: ses.Connect(awstest.Config(f.url)), ConfigurationSet: "masthead"}
}

// made is how many calls came.
func (f *fake) made() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// accepted are the bulk calls whose messages SES sends.
func (f *fake) accepted() []bulk {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	switch r.URL.Path {
	case "/v2/email/outbound-bulk-emails":
		request := &bulk{size: len(body)}
		if err := json.Unmarshal(body, request); err != nil {
			refuse(w, http.StatusBadRequest, "BadRequestException", err.Error())
			return
		}
		f.bulk(w, request)
	case "/v2/email/outbound-emails":
		f.single = append(f.single, body)
		if f.answer != nil {
			f.answer(f.calls, w, nil)
			return
		}
		fmt.Fprint(w, `{"MessageId":"single-1"}`)
	default:
		http.NotFound(w, r)
	}
}

func (f *fake) bulk(w http.ResponseWriter, r *bulk) {
	switch {
	case len(r.BulkEmailEntries) > 50:
		refuse(w, http.StatusBadRequest, "BadRequestException", "too many entries")
	case r.size > 1_000_000:
		refuse(w, http.StatusRequestEntityTooLarge, "BadRequestException", "request too large")
	case f.answer != nil:
		f.answer(f.calls, w, r)
	default:
		f.accept(w, r, nil)
	}
}

// accept keeps the request and answers with success, but for the entries that
// others has.
func (f *fake) accept(w http.ResponseWriter, r *bulk, others map[int]result) {
	f.requests = append(f.requests, *r)
	var results []result
	for i := range r.BulkEmailEntries {
		answer, ok := others[i]
		if !ok {
			answer = result{Status: "SUCCESS", MessageId: fmt.Sprintf("message-%d-%d", f.calls, i)}
		}
		results = append(results, answer)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"BulkEmailEntryResults": results})
}

func refuse(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": text})
}

// hangUp breaks the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}
