package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func batch(bodies ...string) events.SQSEvent {
	var e events.SQSEvent
	for _, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{MessageId: "id-" + body, Body: body})
	}
	return e
}

func TestMessagesThatFailComeBackAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		bodies []string
		want   string
	}{
		{"all are handled", []string{"a", "b"}, `{"batchItemFailures":[]}`},
		{"none came", nil, `{"batchItemFailures":[]}`},
		{"one fails", []string{"a", "bad", "c"}, `{"batchItemFailures":[{"itemIdentifier":"id-bad"}]}`},
		{"the rest after the end of the time", []string{"a", "stop", "c", "d"}, `{"batchItemFailures":[{"itemIdentifier":"id-c"},{"itemIdentifier":"id-d"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			ctx, cancel := context.WithCancel(t.Context())
			handle := Messages(slog.New(slog.NewJSONHandler(&log, nil)), func(_ context.Context, body string) error {
				switch body {
				case "bad":
					return errors.New("it is bad")
				case "stop":
					cancel()
				}
				return nil
			})
			response, err := handle(ctx, batch(c.bodies...))
			got, _ := json.Marshal(response)
			if err != nil || string(got) != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
			if strings.Contains(log.String(), `"bad"`) {
				t.Errorf("the body is in the log: %s", log.String())
			}
		})
	}
}

func TestABatchIsHandledAtOnce(t *testing.T) {
	calls := 0
	handle := Batches(quiet, func(_ context.Context, bodies []string) []error {
		calls++
		if strings.Join(bodies, " ") != "a b c" {
			t.Errorf("bodies %q", bodies)
		}
		return []error{nil, errors.New("it is bad"), nil}
	})
	response, err := handle(t.Context(), batch("a", "b", "c"))
	got, _ := json.Marshal(response)
	if want := `{"batchItemFailures":[{"itemIdentifier":"id-b"}]}`; err != nil || string(got) != want || calls != 1 {
		t.Errorf("%s, %v, %d calls; want %s", got, err, calls, want)
	}
}
