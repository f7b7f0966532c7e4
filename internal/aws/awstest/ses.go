package awstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// LocalSES is the stand-in for Amazon SES: an npm package, MIT. It renders
// templates and headers as SES does; unlike SES it takes more than 50 entries a
// call and forgets configuration sets and tags.
const LocalSES = "aws-ses-v2-local@2.10.2"

const serveSES = `
require(process.argv[1]).default({host: '127.0.0.1', port: 0})
	.then(server => console.log('http://127.0.0.1:' + server.address().port))`

// account is what GetAccount answers there: 50,000 a day, and so many a second.
const account = `{"DedicatedIpAutoWarmupEnabled":false,"Details":{"AdditionalContactEmailAddresses":[],"ContactLanguage":"EN","MailType":"MARKETING",
"ReviewDetails":{"CaseId":"1","Status":"GRANTED"},"UseCaseDescription":"digest","WebsiteURL":"https://example.org"},"EnforcementStatus":"HEALTHY",
"ProductionAccessEnabled":true,"SendingEnabled":true,"SendQuota":{"Max24HourSend":50000,"MaxSendRate":%d,"SentLast24Hours":25000},
"SuppressionAttributes":{"SuppressedReasons":[]}}`

// MailServer is a running LocalSES.
type MailServer struct{ Endpoint string }

// SES serves an empty LocalSES until the test ends. It allows so many messages a
// second, and does not enforce it.
func SES(t testing.TB, perSecond int) MailServer {
	t.Helper()
	return MailServer{start(t, serveSES, LocalSES, "aws-ses-v2-local", "AWS_SES_ACCOUNT="+fmt.Sprintf(account, perSecond))}
}

// Stored is one message as LocalSES has it, in the words of the request: nothing
// is encoded for transport yet.
type Stored struct {
	ID          string   `json:"messageId"`
	From        string   `json:"from"`
	ReplyTo     []string `json:"replyTo"`
	Destination struct {
		To []string `json:"to"`
	} `json:"destination"`
	Subject string `json:"subject"`
	Body    struct {
		HTML string `json:"html"`
		Text string `json:"text"`
	} `json:"body"`
	Headers []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"headers"`
}

// Stored returns all messages since the last Clear.
func (s MailServer) Stored(t testing.TB) []Stored {
	t.Helper()
	var store struct {
		Emails []Stored `json:"emails"`
	}
	s.get(t, "/store", &store)
	return store.Emails
}

// Raw returns a message as it would go out: encoded by an independent library.
func (s MailServer) Raw(t testing.TB, id string) []byte {
	t.Helper()
	var eml struct {
		Body struct {
			Data []int `json:"data"` // a Node buffer
		} `json:"body"`
	}
	s.get(t, "/get-emlContent?messageId="+id, &eml)
	raw := make([]byte, len(eml.Body.Data))
	for i, b := range eml.Body.Data {
		raw[i] = byte(b)
	}
	return raw
}

// Clear forgets all messages.
func (s MailServer) Clear(t testing.TB) {
	t.Helper()
	resp, err := http.Post(s.Endpoint+"/clear-store", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("clear the mail server: %s", resp.Status)
	}
}

func (s MailServer) get(t testing.TB, path string, into any) {
	t.Helper()
	resp, err := http.Get(s.Endpoint + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%.200s", path, resp.Status, err, body)
	}
}
