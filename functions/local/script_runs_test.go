package main

import (
	"fmt"
	"regexp"
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
