package endtoend

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// storm is Amazon SES on a bad day. It loses answers, accepts half a call and fails,
// resets connections, refuses for speed, stalls; and its events come late and twice. It
// knows what it has accepted.
type storm struct {
	t    *testing.T
	dice *rand.Rand

	mu     sync.Mutex
	calm   bool
	got    map[string]int
	faults int
	calls  int
	events []string // not handed over yet
}

type bulkEntry struct {
	Destination     struct{ ToAddresses []string }
	ReplacementTags []struct{ Name, Value string }
}

func (s *storm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		fmt.Fprint(w, `{"SendingEnabled":true,"SendQuota":{"Max24HourSend":-1,"MaxSendRate":2000,"SentLast24Hours":0}}`)
		return
	}
	var request struct{ BulkEmailEntries []bulkEntry }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	all := request.BulkEmailEntries
	chance := s.dice.IntN(20)
	if s.calm || chance > 6 || all[0].Destination.ToAddresses[0] == simulator {
		s.accept(all)
		reply(w, len(all), 0)
		return
	}
	s.faults++
	s.strike(w, chance, all)
}

// strike does one of seven things that go wrong.
func (s *storm) strike(w http.ResponseWriter, chance int, all []bulkEntry) {
	switch chance {
	case 0: // too fast
		w.Header().Set("X-Amzn-ErrorType", "TooManyRequestsException")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"message":"Maximum sending rate exceeded."}`)
	case 1: // failed, accepted nothing
		w.WriteHeader(http.StatusInternalServerError)
	case 2: // failed, accepted half
		s.accept(all[:len(all)/2])
		w.WriteHeader(http.StatusServiceUnavailable)
	case 3: // accepted, the answer is lost
		s.accept(all)
		reset(w)
	case 4: // reset, accepted nothing
		reset(w)
	case 5: // stalls, then accepts
		time.Sleep(time.Duration(s.dice.IntN(300)) * time.Millisecond)
		s.accept(all)
		reply(w, len(all), 0)
	case 6: // some are refused for now
		refused := s.dice.IntN(len(all))
		s.accept(all[refused:])
		reply(w, len(all), refused)
	}
}

func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// reply says that all were accepted but the first few.
func reply(w http.ResponseWriter, n, refused int) {
	type result struct {
		Status, Error string `json:",omitempty"`
		MessageId     *string
	}
	results := make([]result, n)
	for i := range results {
		results[i] = result{Status: "SUCCESS", MessageId: aws.String(fmt.Sprintf("message-%d-%d", time.Now().UnixNano(), i))}
		if i < refused {
			results[i] = result{Status: "TRANSIENT_FAILURE", Error: "try later"}
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"BulkEmailEntryResults": results})
}

func (s *storm) accept(entries []bulkEntry) {
	for _, e := range entries {
		s.got[e.Destination.ToAddresses[0]]++
		tags := map[string]string{}
		for _, tag := range e.ReplacementTags {
			tags[tag.Name] = tag.Value
		}
		body := sendEvent(s.t, tags)
		s.events = append(s.events, body)
		if s.dice.IntN(20) == 0 {
			s.events = append(s.events, body)
		}
	}
}

// simulator is whom a probe goes to.
const simulator = "success@simulator.amazonses.com"

// take hands over some of the events that wait, in any order.
func (s *storm) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dice.Shuffle(len(s.events), func(i, j int) { s.events[i], s.events[j] = s.events[j], s.events[i] })
	n := (len(s.events) + 1) / 2
	taken := append([]string(nil), s.events[:n]...)
	s.events = append([]string(nil), s.events[n:]...)
	return taken
}

// putBack lets events come again whose handler has died.
func (s *storm) putBack(events []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
}
