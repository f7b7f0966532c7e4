// Command local is Masthead on one machine: every stage in one process over one
// SQLite file, and the command line. It is no Lambda. Nothing has to be set to
// try it:
//
//	go run ./functions/local          a digest of the sample magazine, on a page
//	go run ./functions/local digest   collect, compose and send once
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMistake = 2 // the command line or the settings
)

const usage = `Masthead turns a magazine's new articles into an e-mail digest.

  local                     serve: collect, compose, send on schedule, show it at http://127.0.0.1:8080
  local digest [flags]      one pass: collect, compose, send, and stop
  local collect [flags]     visit the sources now, and send nothing
  local runs                the newest runs: how they stand, and what came of them
  local watch [RUN]         how a run gets on that a server sends, until it ends or halts
  local forecast [SCHEDULE] what a run would be like: readers, speed, time, quota, cost
  local pause [RUN]         mail nobody more until it is resumed; -reason TEXT says why
  local resume [RUN]        let a run go on that is paused or waits
  local cancel [RUN]        end a run for good; -reason TEXT says why
  local result [RUN]        who was sent it, who was not, and why
  local retry [RUN]         send it once more to those who failed; -outcome unknown:
                            to those who may get it twice
  local issue list          the newest issues; show, preflight ISSUE: one, and what is wrong with it
  local issue new [SCHEDULE]   a draft of what is new; now [SCHEDULE]: composed and sent at once
  local issue test ISSUE    mail it to -to ADDRESS, marked [TEST]; hold (-reason TEXT), release,
                            approve, send, discard ISSUE; all with -remote URL: of a deployed
                            stack, over its API, with -token TOKEN or MASTHEAD_REMOTE_TOKEN
  local sources [flags]     the sources, and how each is doing
  local inspect URL         how a site would be read: each field and where it comes from
  local inspect -cases F    what we see in the documents of a list (-: standard input)
  local inspect [flags] F   what we see in one document (-: standard input)
  local readers import FILE take readers over from a table (CSV) with a heading, of ours
                            or of another system; - is what comes in; -dry-run only
                            tells; -rejects FILE says of each row left out, why;
                            -report FILE what becomes of every row; -update changes
                            who is there to what the file says
  local readers export [FILE]  all readers as such a table
                            both with -remote URL: of a deployed stack, over its API, with
                            -token TOKEN or MASTHEAD_REMOTE_TOKEN; run again, they go on
  local readers find [TEXT] readers whose address begins so; -status, -tag, -schedule,
                            -language choose among them, -limit says how many
  local readers show ADDRESS  all that is known of one
  local readers tag ADDRESS -add TAG, -remove TAG
  local readers suppress ADDRESS -reason TEXT   never mail it; -as bounced or complained
  local readers unsuppress ADDRESS -reason TEXT mail it again
  local sign-in [ADDRESS]   print a link to the desk of a server on this data folder
  local bounces             take what has come back to the mailbox for bounces, now
  local bounces -           take one mail that came back, from standard input
  local secrets rotate      sign links with a new key; those of mails sent so far go on working
  local preview [flags]     what the next issue would look like, in each theme, as files;
                            -shots DIR takes pictures (desktop, phone, dark) with Chromium
  local dkim                what to publish in DNS for the keys of MASTHEAD_DKIM
  local dkim new SELECTOR   make a key and say what to publish; -ed25519: of that kind;
                            -out FILE: not SELECTOR.pem; -from ADDRESS: whose domain
  local settings            all settings, which are environment variables
  local help                this text

Flags of digest (and of serve and collect, -to apart):
  -source URL        a site or a feed to collect from; may be repeated
  -to ADDRESS        subscribe this reader; may be repeated
  -out DIR           write the messages there (default: outbox in the data folder)
  -data DIR          keep the data there (default ./.masthead)
  -smtp URL          send through a mail server, smtp://user:password@host:port
  -allow-private     the sources' own host and port may be a private address

A run is named after its issue. RUN may be left out where just one is open. These
commands work while a server or a pass is sending, on the same data folder (-data
DIR, and -out or -smtp as it has them): within one batch it does as it is told.

Flags of sources:
  -release URL       take in again what is held because the site renamed everything;
                     what it lists now is not mailed, except the newest few
  -off URL, -on URL  visit it no more, or again
  -set URL           change how a source is asked: with -user-agent TEXT instead of
                     our own name, and with -http1 not over HTTP/2

Flags of inspect:
  -kind KIND         feed, page or wprest (an answer of the WordPress REST API)
  -base URL          the document's address, for its relative links
  -type TYPE         the Content-Type with which it came
  -json              print JSON
  -articles N        of a URL, so many of the newest articles (default 5)
  -allow-private     the URL's own host and port may be a private address

Flags of result:
  -outcome LIST      sent, failed, skipped, unknown, ambiguous, retry, with commas
                     between them (default: all but sent; in a file all)
  -csv FILE          write a table, - is the terminal; a cell that a spreadsheet
                     would take for a formula gets an apostrophe before it
`

// gcPercent is how much memory may become garbage before it is collected, in percent of
// what is in use: a run is a tenth quicker than with Go's own 100, for 3 MB more.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. What people ask for goes to out, what happens to log.
func run(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) int {
	command := "serve"
	if len(args) > 0 && (args[0] == "" || args[0][0] != '-') {
		command, args = args[0], args[1:]
	}
	var err error
	switch command {
	case "serve":
		err = serve(ctx, args, getenv, out, log)
	case "digest":
		err = digest(ctx, args, getenv, out, log)
	case "collect":
		err = collectOnly(ctx, args, getenv, out, log)
	case "runs", "watch", "forecast", "pause", "resume", "cancel", "result", "retry":
		err = control(ctx, command, args, getenv, out, log)
	case "sources":
		err = sourcesCommand(ctx, args, getenv, out)
	case "issue":
		err = issueCommand(ctx, args, getenv, out, log)
	case "readers":
		err = readersCommand(ctx, args, getenv, out, log)
	case "secrets":
		err = secretsCommand(args, getenv, out)
	case "bounces":
		err = bouncesCommand(ctx, args, getenv, out)
	case "inspect":
		err = inspectCommand(ctx, args, out)
	case "preview":
		err = previewCommand(ctx, args, getenv, out, log)
	case "sign-in":
		err = signInCommand(ctx, args, getenv, out)
	case "dkim":
		err = dkimCommand(args, getenv, out)
	case "settings":
		err = printSettings(args, out)
	case "help":
		fmt.Fprint(out, usage)
	default:
		err = mistake{fmt.Errorf("there is no command %q; use serve, digest, collect, runs, watch, forecast, pause, resume, cancel, result, retry, issue, sources, readers, bounces, secrets, inspect, sign-in, preview, dkim, settings or help", command)}
	}
	return exitCode(err, out, log)
}

// mistake is an error of whoever typed the command.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

func exitCode(err error, out, log io.Writer) int {
	var typed mistake
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errHelp):
		fmt.Fprint(out, usage)
		return exitDone
	case errors.As(err, &typed):
		fmt.Fprintf(log, "%s\nRun \"local help\" to see what there is.\n", sentence(err))
		return exitMistake
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(log, "Stopped. What was sent is in the books; run the same command again to go on.")
		return exitFailed
	case errors.Is(err, newsletter.ErrInvalid):
		fmt.Fprintln(log, sentence(err))
		return exitMistake
	}
	fmt.Fprintln(log, sentence(err))
	return exitFailed
}
