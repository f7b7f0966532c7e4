package newsletter

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

func TestSoftBounces(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	for _, c := range []struct {
		name   string
		events []string // day, and run, or "delivered"
		dead   bool
	}{
		{"five in different runs over two weeks", []string{"0 a", "7 b", "10 c", "12 d", "14 e"}, true},
		{"four", []string{"0 a", "7 b", "14 c", "21 d"}, false},
		{"five within two weeks", []string{"0 a", "1 b", "2 c", "3 d", "13 e"}, false},
		{"the same run twice is one", []string{"0 a", "7 b", "10 c", "14 d", "15 d"}, false},
		{"a delivery in between begins anew", []string{"0 a", "7 b", "10 c", "11 delivered", "12 d", "14 e", "20 f"}, false},
		{"five after a delivery", []string{"0 a", "1 delivered", "2 b", "7 c", "10 d", "12 e", "16 f"}, true},
		{"older ones are forgotten", []string{"0 a", "7 b", "10 c", "12 d", "120 e"}, false},
		{"a daily digest for three weeks", []string{"0 a", "1 b", "2 c", "3 d", "4 e", "5 f", "6 g", "7 h", "8 i", "9 j", "10 k", "11 l", "12 m", "13 n", "14 o"}, true},
		{"mails outside of runs count once a day", []string{"0 ", "0 ", "0 ", "0 ", "15 "}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b SoftBounces
			for _, e := range c.events {
				var n int
				var what string
				_, _ = fmt.Sscanf(e, "%d %s", &n, &what)
				if what == "delivered" {
					b.DeliveredAt(day(n))
				} else {
					b.Bounced(what, day(n))
				}
			}
			if b.Dead() != c.dead {
				t.Errorf("dead is %v: %+v", b.Dead(), b)
			}
		})
	}
}

// TestSoftBouncesInAnyOrder: reports that come twice and in any order leave the same
// record, for a reader who has had a soft bounce before.
func TestSoftBouncesInAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 7))
		var events []func(*SoftBounces)
		for i := range 3 + dice.IntN(8) {
			at := noon.AddDate(0, 0, dice.IntN(60)).Add(time.Duration(i) * time.Minute)
			if run := fmt.Sprint("run ", i); dice.IntN(4) == 0 {
				events = append(events, func(b *SoftBounces) { b.DeliveredAt(at) })
			} else {
				events = append(events, func(b *SoftBounces) { b.Bounced(run, at) })
			}
		}
		var first SoftBounces
		for round := range 6 {
			b := SoftBounces{Delivered: noon.AddDate(0, 0, -30)}
			order := append(dice.Perm(len(events)), dice.Perm(len(events))...) // each of them twice
			for _, i := range order {
				events[i](&b)
			}
			if len(b.Since) == 0 {
				b.Since = nil
			}
			b.Delivered = first.Delivered // how exactly is noted when nothing came back since need not be the same
			if round == 0 {
				first = b
			} else if !reflect.DeepEqual(b.Since, first.Since) || b.Dead() != first.Dead() {
				t.Fatalf("seed %d: %+v, and in another order %+v", seed, first, b)
			}
		}
	}
}
