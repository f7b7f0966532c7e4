package newsletter

import "testing"

func TestByPerson(t *testing.T) {
	const (
		firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
		iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
		chrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
		page    = "text/html,application/xhtml+xml,*/*;q=0.8"
	)
	for _, c := range []struct {
		name string
		v    Visit
		want bool
	}{
		{"Firefox", Visit{Method: "GET", Agent: firefox, Accept: page}, true},
		{"a phone", Visit{Method: "GET", Agent: iphone, Accept: page}, true},
		{"Chrome", Visit{Method: "GET", Agent: chrome, Accept: page}, true},
		{"HEAD", Visit{Method: "HEAD", Agent: firefox, Accept: page}, false},
		{"a browser that fetches in advance", Visit{Method: "GET", Agent: chrome, Accept: page, Purpose: "prefetch;prerender"}, false},
		{"our own archive", Visit{Method: "GET", Agent: chrome, Accept: page, Ours: true}, false},
		{"who names nothing", Visit{Method: "GET", Accept: page}, false},
		{"who wants no page", Visit{Method: "GET", Agent: firefox, Accept: "image/avif,*/*"}, false},
		{"who wants anything", Visit{Method: "GET", Agent: "Mozilla/5.0 (compatible)", Accept: "*/*"}, false},
		{"a crawler", Visit{Method: "GET", Agent: "Mozilla/5.0 (compatible; Examplebot/2.1; +https://example.org/bot.html)", Accept: page}, false},
		{"a chat's preview", Visit{Method: "GET", Agent: "facebookexternalhit/1.1", Accept: page}, false},
		{"a company's scanner", Visit{Method: "GET", Agent: "Mozilla/5.0 (Windows NT 10.0) Proofpoint URL Defense", Accept: page}, false},
		{"a browser without a window", Visit{Method: "GET", Agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36", Accept: page}, false},
		{"a programmer's tool", Visit{Method: "GET", Agent: "curl/8.5.0", Accept: "text/html"}, false},
	} {
		if got := c.v.ByPerson(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
