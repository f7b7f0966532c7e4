package editor

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestManySourcesComeInParts(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	for n := range sourcesOnPage + 5 {
		s := newsletter.NewSource(fmt.Sprintf("https://site%03d.example.org", n))
		s.LastGood = monday
		if n == sourcesOnPage+4 {
			s.Failures, s.FailingSince = 5, monday.AddDate(0, 0, -3)
		}
		must(t, r.store.SaveSource(t.Context(), &s))
	}
	w := r.ask("GET", "/desk/sources/", cookie, nil)
	if want(t, w, 200, "More sources", "site064.example.org"); contains(w, "site062.") {
		t.Error("all are on one page, or those that need a look are not the first")
	}
	w = r.ask("GET", fmt.Sprint("/desk/sources/?from=", sourcesOnPage), cookie, nil)
	if want(t, w, 200, "site062.example.org"); contains(w, "site000.") || contains(w, "site064.") || contains(w, "More sources") {
		t.Error("the second page is not what is left")
	}
	for _, from := range []string{"1000", "-1", "x"} {
		want(t, r.ask("GET", "/desk/sources/?from="+from, cookie, nil), 200)
	}
}

func TestSourcesAtTheDesk(t *testing.T) {
	r := open(t)
	r.Desk.Collect = &collect.Collector{Store: r.store, Now: r.Now}
	editor, operator := r.signIn(t, ada), r.signIn(t, olga)
	want(t, r.ask("GET", "/desk/sources/", editor, nil), 200, "None yet")
	want(t, r.ask("POST", "/desk/sources/", editor, url.Values{"address": {"magazine.example.org"}}), 403)
	want(t, r.ask("POST", "/desk/sources/", operator, url.Values{"address": {"no address"}}), 422, "cannot be a source", "https://example.org/feed/")
	one := "/desk/sources/" + newsletter.SourceID("https://magazine.example.org")
	want(t, r.ask("POST", "/desk/sources/", operator, url.Values{"address": {"magazine.example.org"}}), 303, one+"?done=source-added")
	want(t, r.ask("POST", "/desk/sources/", operator, url.Values{"address": {"magazine.example.org"}}), 303, one+"?done=source-there")
	want(t, r.ask("GET", "/desk/sources/", editor, nil), 200, "not visited yet", `href="`+one+`"`)
	want(t, r.ask("GET", one, operator, nil), 200, "Visit it now", "Switch it off", "within a minute")
	w := r.ask("GET", one, editor, nil)
	if want(t, w, 200); contains(w, "<button class=\"danger\"") {
		t.Error("an editor sees the operator's buttons")
	}
	want(t, r.ask("POST", one+"/off", editor, url.Values{"rev": {"1"}}), 403)
	want(t, r.ask("POST", one+"/off", operator, url.Values{"rev": {"1"}}), 303)
	want(t, r.ask("GET", one, operator, nil), 200, "switched off", "Switch it on")
	want(t, r.ask("POST", one+"/due", operator, url.Values{"rev": {"1"}}), 409)
	want(t, r.ask("POST", one+"/on", operator, url.Values{"rev": {"1"}}), 303)
	want(t, r.ask("POST", one+"/saved", operator, url.Values{"rev": {"1"}, "http1": {"1"}}), 409, "or it was just visited")
	want(t, r.ask("POST", one+"/saved", operator, url.Values{"rev": {"3"}, "user-agent": {"Reader/7"}, "http1": {"1"}}), 303)
	want(t, r.ask("GET", one, operator, nil), 200, `value="Reader/7"`)
	want(t, r.ask("POST", one+"/nonsense", operator, url.Values{"rev": {"1"}}), 404)
	want(t, r.ask("GET", "/desk/audit", editor, nil), 200, "switched a source off", `href="`+one+`"`)
}
