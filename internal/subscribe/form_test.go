package subscribe

import (
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

func TestHasty(t *testing.T) {
	d := open(t)
	stamp := d.FormStamp()
	for _, c := range []struct {
		name, stamp string
		after       time.Duration
		want        bool
	}{
		{"none: the form stands on another site", "", 0, false},
		{"at once", stamp, 0, true},
		{"in half a second", stamp, time.Second / 2, true},
		{"in two seconds", stamp, 2 * time.Second, false},
		{"a week later", stamp, 7 * day, false},
		{"from an old cache", stamp, 90 * day, false},
		{"invented", "v1.a.f.x.0.0.x", 0, true},
		{"another link of ours", d.unsubscribeLink(ada), 0, true},
		{"from the future", d.Tokens.Sign(token.Form, token.Claims{Subscriber: newsletter.SubscriberID{}, Expires: monday.Add(60 * day)}), 0, true},
	} {
		d.now = monday.Add(c.after)
		if got := d.Hasty(c.stamp); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
