package collect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestAHubIsAskedToTell(t *testing.T) {
	for name, offer := range map[string]func(s *site, w http.ResponseWriter) (links string){
		"in the feed": func(s *site, _ http.ResponseWriter) string {
			return `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="` + s.URL + `/hub"/><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="` + s.URL + `/feed"/>`
		},
		"in the header": func(s *site, w http.ResponseWriter) string {
			w.Header().Set("Link", "<"+s.URL+`/hub>; rel="hub", <`+s.URL+`/feed>; rel="self"`)
			return ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			var asked []url.Values
			s.handle("/hub", func(w http.ResponseWriter, r *http.Request) {
				if r.ParseForm() == nil {
					asked = append(asked, r.PostForm)
				}
				w.WriteHeader(http.StatusAccepted)
			})
			s.handle("/feed", func(w http.ResponseWriter, _ *http.Request) {
				links := offer(s, w)
				fmt.Fprint(w, strings.ReplaceAll(strings.Replace(rss("/a|The ferry is late again|1"), "<item>", links+"<item>", 1), "SITE", s.URL))
			})
			c, store := collector(t, s)
			c.Hub, c.HubBase = c.Fetch.(*fetch.Client), "https://news.example.org"
			r := visit(t, c, s.URL+"/feed")
			c.Visit(t.Context(), r.Source.ID)
			if r.Err != nil || len(asked) != 1 {
				t.Fatalf("asked %d times: %+v", len(asked), r)
			}
			stored, err := store.Source(t.Context(), r.Source.ID)
			want := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {s.URL + "/feed"}, "hub.lease_seconds": {"864000"}, "hub.callback": {"https://news.example.org/hooks/websub/" + stored.ID + "/" + stored.HubKey}}
			if err != nil || len(stored.HubKey) < 20 || asked[0].Encode() != want.Encode() {
				t.Errorf("%v, want %v, %v", asked[0], want, err)
			}
		})
	}
}

func TestAHubThatRefusesIsNoFault(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", strings.Replace(rss("/a|The ferry is late again|1"), "<item>", `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="SITE/none"/><item>`, 1))
	c, _ := collector(t, s)
	c.Hub, c.HubBase = c.Fetch.(*fetch.Client), "https://news.example.org"
	r := visit(t, c, s.URL+"/feed")
	if r.Err != nil || r.New != 1 || r.Source.Health(noon) != "good" || r.Source.HubTopic != s.URL+"/feed" {
		t.Errorf("%+v", r)
	}
	if !r.Source.WantsHub(noon.Add(2*time.Hour)) || r.Source.NextAt.Sub(noon) != newsletter.PollInterval {
		t.Errorf("asked again %v, polled again %v", r.Source.HubUntil, r.Source.NextAt)
	}
}
