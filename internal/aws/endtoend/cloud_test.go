// Package endtoend runs the seven Lambda binaries as AWS would, with a stand-in for
// every service, and follows a digest from the magazine to the mailbox. It has tests
// only. It lies with the adapters and not in functions/, where each folder is a
// function of template.yaml.
package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

const (
	pepper      = "a pepper of enough characters"
	editorToken = "0123456789abcdef"
	readers     = 120
)

// cloud is all of AWS that Masthead needs, and Masthead on it.
type cloud struct {
	store *dynamo.Store
	mail  awstest.MailServer
	line  *line // to the mail server
	queue *services

	collect, compose, deliver, feedback, hooks, sweep, web *lambda
}

func openCloud(t *testing.T) *cloud {
	t.Helper()
	dynamoDB := awstest.StartDynalite(t)
	table := awstest.Table(t, awstest.Client(dynamoDB))
	c := &cloud{store: dynamo.Open(awstest.Client(dynamoDB), table), mail: awstest.SES(t, 1000), queue: &services{}}
	c.line = &line{to: c.mail.Endpoint}
	ses := httptest.NewServer(c.line)
	t.Cleanup(ses.Close)
	others := httptest.NewServer(c.queue)
	t.Cleanup(others.Close)
	env := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_ENDPOINT_URL_DYNAMODB": dynamoDB, "AWS_ENDPOINT_URL_SESV2": ses.URL, "AWS_ENDPOINT_URL_SQS": others.URL, "AWS_ENDPOINT_URL_SSM": others.URL,
		"MASTHEAD_TABLE": table, "MASTHEAD_QUEUE": others.URL + "/lanes", "MASTHEAD_CONFIGURATION_SET": "masthead", "MASTHEAD_SECRETS": "/masthead",
		"MASTHEAD_FROM": "digest@news.example.org", "MASTHEAD_BASE_URL": "https://news.example.org", "MASTHEAD_EDITOR_TOKEN": editorToken,
		"MASTHEAD_SOURCES": serveMagazine(t), "MASTHEAD_ALLOW_PRIVATE": "true",
	}
	dir := build(t)
	for name, l := range map[string]**lambda{
		"collect": &c.collect, "compose": &c.compose, "deliver": &c.deliver, "feedback": &c.feedback, "hooks": &c.hooks, "sweep": &c.sweep, "web": &c.web,
	} {
		*l = start(t, dir, name, env)
	}
	return c
}

// serveMagazine serves the sample magazine, its newest article some hours old.
func serveMagazine(t *testing.T) (site string) {
	t.Helper()
	handler, err := magazine.New(magazine.Morning(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// subscribe stores the readers as if they had confirmed long ago.
func (c *cloud) subscribe(t *testing.T) {
	t.Helper()
	then := time.Now().Add(-24 * time.Hour)
	var all []newsletter.Subscriber
	for i := range readers {
		a := reader(i)
		all = append(all, newsletter.Subscriber{ID: identify(a), Address: a, Status: newsletter.Active, CreatedAt: then, ConfirmedAt: then})
	}
	if added, err := c.store.AddSubscribers(t.Context(), all); err != nil || added != readers {
		t.Fatalf("%d readers added, %v", added, err)
	}
}

func reader(i int) newsletter.Address {
	return newsletter.Address(fmt.Sprintf("reader%d@example.org", i))
}

func identify(a newsletter.Address) newsletter.SubscriberID {
	return newsletter.Identify([]byte(pepper), a)
}

// services stand in for SQS, whose messages the test delivers itself, and for SSM.
type services struct {
	mu       sync.Mutex
	messages []string
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		MessageBody    string
		Names          []string
		WithDecryption bool
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch target := r.Header.Get("X-Amz-Target"); {
	case target == "AmazonSQS.SendMessage":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.messages = append(s.messages, request.MessageBody)
		fmt.Fprint(w, `{"MessageId":"1"}`)
	case target == "AmazonSSM.GetParameters" && request.WithDecryption:
		stored := map[string]string{"/masthead/token-keys": "k1:0123456789abcdef0123456789abcdef", "/masthead/pepper": pepper}
		var found []map[string]string
		for _, name := range request.Names {
			found = append(found, map[string]string{"Name": name, "Type": "SecureString", "Value": stored[name]})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameters": found})
	default:
		http.Error(w, "there is no stand-in for "+target, http.StatusBadRequest)
	}
}

// take removes all messages from the queue, as one batch for a function.
func (s *services) take() events.SQSEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.messages
	s.messages = nil
	return batch(taken...)
}

func batch(bodies ...string) (e events.SQSEvent) {
	for i, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{MessageId: fmt.Sprint("message-", i), Body: body, EventSource: "aws:sqs"})
	}
	return e
}
