package editor

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

type point struct{ X, Y float64 }

// grip is where the handle of the n-th article is on the screen, and where a pointer is
// that would drop it at the m-th place.
func (b *browser) grip(n, m int) (from, to point) {
	b.t.Helper()
	both := see[[]point](b, fmt.Sprintf(`(() => {
		const items = [...document.querySelectorAll(".articles > li")];
		items[Math.min(%[1]d, %[2]d)].scrollIntoView({block: "center"});
		const grip = items[%[1]d].querySelector(".grip").getBoundingClientRect(), place = items[%[2]d].getBoundingClientRect();
		return [{X: grip.x + grip.width / 2, Y: grip.y + grip.height / 2}, {X: grip.x + grip.width / 2, Y: %[2]d > %[1]d ? place.bottom - 4 : place.top + 4}];
	})()`, n, m))
	return both[0], both[1]
}

// drag drags the n-th article to the m-th place, as a person does: bit by bit.
func (b *browser) drag(n, m int) {
	b.t.Helper()
	from, to := b.grip(n, m)
	mouse := func(kind input.DispatchMouseEventType, at point, held int64) {
		_, err := chromedp.Call(b.Context, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, Buttons: held, ClickCount: 1})
		must(b.t, err)
	}
	mouse(input.DispatchMouseEventTypeMousePressed, from, 1)
	for _, at := range way(from, to) {
		mouse(input.DispatchMouseEventTypeMouseMoved, at, 1)
	}
	mouse(input.DispatchMouseEventTypeMouseReleased, to, 0)
}

// swipe does the same with a finger.
func (b *browser) swipe(n, m int) {
	b.t.Helper()
	from, to := b.grip(n, m)
	touch := func(kind input.DispatchTouchEventType, at ...*input.TouchPoint) {
		_, err := chromedp.Call(b.Context, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: append([]*input.TouchPoint{}, at...)})
		must(b.t, err)
	}
	touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: from.X, Y: from.Y})
	for _, at := range way(from, to) {
		touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: at.X, Y: at.Y})
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
}

func way(from, to point) (points []point) {
	for n := 1; n <= 8; n++ {
		part := float64(n) / 8
		points = append(points, point{from.X + (to.X-from.X)*part, from.Y + (to.Y-from.Y)*part})
	}
	return points
}

const shownOrder = `[...document.querySelectorAll(".articles > li")].map(i => i.dataset.id)`

// says waits for what the list tells.
func (b *browser) says(words string) {
	b.t.Helper()
	b.Until(fmt.Sprintf(`document.getElementById("order-said").innerText.includes(%q)`, words))
}

// TestArticlesAreDragged with real events of a mouse and a finger.
func TestArticlesAreDragged(t *testing.T) {
	t.Parallel()
	r, home := newsroom(t)
	b := newBrowser(t, home, false, true)
	id := b.atIssue(r)
	stored := func() newsletter.Issue {
		t.Helper()
		issue, err := r.store.Issue(t.Context(), id)
		must(t, err)
		return issue
	}
	wanted := slices.Clone(stored().Articles)
	moved := func(n, m int) {
		t.Helper()
		article := wanted[n]
		wanted = slices.Insert(slices.Delete(wanted, n, n+1), m, article)
		if shown := see[[]string](b, shownOrder); !slices.Equal(shown, wanted) || !slices.Equal(stored().Articles, wanted) {
			t.Fatalf("%d to %d: %q is shown and %q stored, want %q", n, m, shown, stored().Articles, wanted)
		}
	}
	b.write("Subject", "Words that are not saved")
	waits := make(chan struct{})
	r.before = func(q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/fetch") {
			<-waits
		}
	}
	b.write("Take an article in by its address", home+"/nothing-here")
	b.press("Take it in")
	b.says("Reading the page at 127.0.0.1")
	close(waits)
	b.says("There is no")
	if typed := see[string](b, `document.getElementById("address").value`); !strings.HasSuffix(typed, "/nothing-here") {
		t.Errorf("the address is %q by now", typed)
	}
	b.drag(2, 0)
	b.says("The order is changed.")
	moved(2, 0)
	b.drag(0, 1)
	b.Until(`document.querySelector("#order [name=rev]").value === "3"`)
	moved(0, 1)
	b.Reach("Move down: " + see[string](b, `document.querySelector(".articles .title").innerText`))
	b.Do(chromedp.KeyEvent("\r"))
	b.Until(`document.querySelector("#order [name=rev]").value === "4"`)
	moved(0, 1)
	if at := see[string](b, `document.activeElement.value`); at != "down "+wanted[1] {
		t.Errorf("the focus is at %q", at)
	}
	if typed := see[string](b, `document.getElementById("subject").value`); typed != "Words that are not saved" {
		t.Errorf("the subject is %q by now", typed)
	}
	b.press("Save the words")
	b.reads("Saved.")
	if shown := see[[]string](b, shownOrder); !slices.Equal(shown, wanted) || stored().Subject != "Words that are not saved" {
		t.Errorf("after a reload: %q, %q", shown, stored().Subject)
	}

	from, to := b.grip(0, 2)
	must(t, chromedp.Do(b.Context, chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, from.X, from.Y, chromedp.ButtonLeft), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, to.X, to.Y, chromedp.ButtonLeft)))
	b.Until(`document.querySelectorAll(".articles > li")[0].dataset.id !== "` + wanted[0] + `"`)
	b.Do(chromedp.KeyEvent("\x1b"))
	if shown := see[[]string](b, shownOrder); !slices.Equal(shown, wanted) {
		t.Errorf("after Escape: %q", shown)
	}
	must(t, chromedp.Do(b.Context, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, to.X, to.Y, chromedp.ButtonLeft)))

	_, err := chromedp.Call(b.Context, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
	must(t, err)
	b.Do(chromedp.EmulateViewport(375, 800))
	b.swipe(1, 0)
	b.says("The order is changed.")
	moved(1, 0)
	b.phone = true
	b.judge("dragged")
	b.Quiet("/fetch")
}

// TestTwoEditorsDrag: who is second sees what the first one did, and nothing typed or
// wished is lost.
func TestTwoEditorsDrag(t *testing.T) {
	t.Parallel()
	r, home := newsroom(t)
	b := newBrowser(t, home, false, true)
	id := b.atIssue(r)
	other := desk.Person{Who: string(olga), Role: newsletter.RoleEditor}
	issue, err := r.store.Issue(t.Context(), id)
	must(t, err)
	dropped := issue.Articles[4]
	issue, err = r.Desk.Drop(t.Context(), other, id, issue.Rev, dropped)
	must(t, err)
	b.write("Subject", "Words of mine")
	b.drag(1, 0)
	b.says("olga@example.org has changed the issue meanwhile.")
	wished := slices.Clone(issue.Articles)
	wished[0], wished[1] = wished[1], wished[0]
	if shown := see[[]string](b, shownOrder); !slices.Equal(shown, wished) || slices.Contains(shown, dropped) {
		t.Errorf("%q is shown, want %q", shown, wished)
	}
	if now, err := r.store.Issue(t.Context(), id); err != nil || now.Rev != issue.Rev {
		t.Errorf("something was saved: %+v, %v", now, err)
	}
	b.judge("drag-conflict")
	b.press("Show theirs")
	b.says("This is the order that is saved.")
	if shown := see[[]string](b, shownOrder); !slices.Equal(shown, issue.Articles) {
		t.Errorf("%q is shown, want theirs", shown)
	}
	b.drag(1, 0)
	b.Until(`!document.getElementById("order-said").classList.contains("fault") && document.getElementById("order-said").innerText.includes("changed")`)
	now, err := r.store.Issue(t.Context(), id)
	must(t, err)
	if !slices.Equal(now.Articles, wished) {
		t.Errorf("%q is stored", now.Articles)
	}
	if typed := see[string](b, `document.getElementById("subject").value`); typed != "Words of mine" {
		t.Errorf("the subject is %q by now", typed)
	}
	b.leaves()
	b.press("Approve") // of what this page has not shown
	b.reads("Somebody else was faster")
	if now, err = r.store.Issue(t.Context(), id); err != nil || !now.SendAt.IsZero() {
		t.Errorf("%+v, %v", now, err)
	}
	b.Quiet("status of 409")
}
