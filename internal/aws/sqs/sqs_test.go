package sqs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/sqs"
	"github.com/masthead-mail/masthead/internal/deliver"
)

var _ deliver.Queue = (*sqs.Queue[deliver.LaneRef])(nil)

func TestPutSendsOneMessageAsJSON(t *testing.T) {
	var got struct{ QueueUrl, MessageBody string }
	var target string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target = r.Header.Get("X-Amz-Target")
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"MessageId":"1"}`)
	}))
	defer server.Close()
	queue := sqs.Open[deliver.LaneRef](awstest.Config(server.URL), server.URL+"/lanes")
	if err := queue.Put(t.Context(), deliver.LaneRef{Run: "weekly-1", Lane: 3}); err != nil {
		t.Fatal(err)
	}
	if target != "AmazonSQS.SendMessage" || got.QueueUrl != server.URL+"/lanes" || got.MessageBody != `{"run":"weekly-1","lane":3}` {
		t.Errorf("%s %+v", target, got)
	}
}

func TestARefusedMessageIsAnErrorThatNamesTheQueue(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", "AccessDenied")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"__type":"AccessDenied","message":"no"}`)
	}))
	defer server.Close()
	queue := sqs.Open[deliver.LaneRef](awstest.Config(server.URL), server.URL+"/lanes")
	if err := queue.Put(t.Context(), deliver.LaneRef{}); err == nil || !strings.Contains(err.Error(), "/lanes") {
		t.Errorf("error %v", err)
	}
}
