package ses_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestASingleMailThatIsRefusedIsAnError(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		want   error
	}{
		{"too fast", func(w http.ResponseWriter) {
			refuse(w, 429, "TooManyRequestsException", "Maximum sending rate exceeded.")
		}, newsletter.ErrThrottled},
		{"refused", func(w http.ResponseWriter) { refuse(w, 400, "MessageRejected", "no") }, newsletter.ErrSendingPaused},
		{"no answer", hangUp, newsletter.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := startFake(t)
			f.answer = func(_ int, w http.ResponseWriter, _ *bulk) { c.answer(w) }
			err := f.mailer().Post(t.Context(), &newsletter.Message{Publication: &mailtest.Publication, To: "ada@example.org", Subject: "s", Text: "t", HTML: "h"})
			if !errors.Is(err, c.want) || f.made() != 1 {
				t.Errorf("%v after %d calls, want %v after one", err, f.made(), c.want)
			}
		})
	}
}

func TestASingleMailNeedsAnASCIIAddress(t *testing.T) {
	f := startFake(t)
	err := f.mailer().Post(t.Context(), &newsletter.Message{Publication: &mailtest.Publication, To: "zoë@example.org"})
	if !errors.Is(err, newsletter.ErrInvalid) || f.made() != 0 {
		t.Errorf("%v after %d calls", err, f.made())
	}
}
