package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// awaitRuns waits until the list of runs in the folder data matches, and sets $RUN
// to the newest: await PATTERN. The pattern is of many lines.
func awaitRuns(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await PATTERN")
	}
	pattern, list := regexp.MustCompile("(?m)"+args[0]), ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ts.Exec("masthead", "runs", "-data", "data") != nil {
			continue // not even the folder is there yet
		}
		list = ts.ReadFile("stdout")
		if pattern.MatchString(list) {
			ts.Setenv("RUN", regexp.MustCompile(`(?m)^weekly-\S+`).FindString(list))
			return
		}
	}
	ts.Fatalf("the runs never match %s:\n%s", args[0], list)
}

// askAsEditor puts the answer of the editors' API into the file page: editor METHOD
// URL STATUS.
func askAsEditor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: editor METHOD URL STATUS")
	}
	r := request(http.NewRequest(args[0], args[1], nil))
	r.Header.Set("Authorization", "Bearer "+editorToken)
	answered(ts, r, args[2])
}

// refuseReader lets the mail server answer like that to a reader's address, or
// accept it again: refuse ADDRESS [ANSWER].
func refuseReader(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: refuse ADDRESS [ANSWER]")
	}
	ts.Value(sitesKey{}).(*sites).sink.Refuse(args[0], strings.Join(args[1:], ""))
}

// inventReaders puts the addresses of so many readers into $READERS: readers N.
func inventReaders(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(strings.Join(args, " "))
	if neg || err != nil {
		ts.Fatalf("usage: readers N")
	}
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("reader%d@example.org", i))
	}
	ts.Setenv("READERS", strings.Join(all, " "))
}

// refuseEvery lets the mail server refuse every N-th of $READERS, in words that differ:
// refuseevery N ANSWER.
func refuseEvery(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: refuseevery N ANSWER")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i, address := range strings.Fields(ts.Getenv("READERS")) {
		if i%n == 0 {
			ts.Value(sitesKey{}).(*sites).sink.Refuse(address, fmt.Sprintf("%s (%d)", args[1], i%19))
		}
	}
}

// countAllMailed checks that the mail server has one message each for so many
// readers: mailedall N.
func countAllMailed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mailedall N")
	}
	accepted := ts.Value(sitesKey{}).(*sites).sink.Accepted()
	for address, n := range accepted {
		if n != 1 {
			ts.Fatalf("%s was mailed %d times", address, n)
		}
	}
	if fmt.Sprint(len(accepted)) != args[0] {
		ts.Fatalf("%d readers were mailed, want %s", len(accepted), args[0])
	}
}
