package editor

import (
	"net/url"
	"strconv"
	"testing"
)

// TestSureOfWhatCannotBeTakenBack: the pages say whom it concerns, change nothing, and
// their button does it.
func TestSureOfWhatCannotBeTakenBack(t *testing.T) {
	r := open(t)
	r.readers(t, 3)
	cookie := r.signIn(t, ada)
	issue := r.drafted(t)
	here := "/desk/issues/" + issue.ID
	want(t, r.ask("GET", here+"/send", cookie, nil), 200, "goes to 3 readers", "Send it now", `name="rev" value="`+strconv.FormatInt(issue.Rev, 10)+`"`)
	if now, err := r.store.Issue(t.Context(), issue.ID); err != nil || now.Rev != issue.Rev {
		t.Errorf("asking has changed it: %+v, %v", now, err)
	}
	want(t, r.ask("POST", here+"/send", cookie, url.Values{"rev": {strconv.FormatInt(issue.Rev+1, 10)}}), 409)
	want(t, r.ask("POST", here+"/send", cookie, url.Values{"rev": {strconv.FormatInt(issue.Rev, 10)}}), 303, "/desk/runs/"+issue.ID)
	want(t, r.ask("GET", here+"/send", cookie, nil), 409, "no draft any more")
	run := "/desk/runs/" + issue.ID + "/cancel"
	want(t, r.ask("GET", run, cookie, nil), 200, "has reached 0 of 3 readers", "Cancel it for good")
	want(t, r.ask("POST", run, cookie, url.Values{}), 303)
	r.walk(t)
	want(t, r.ask("GET", run, cookie, nil), 409)
	want(t, r.ask("GET", run, "", nil), 303)
}
