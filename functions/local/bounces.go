package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/local/imap"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// returnPath makes the address that mail to a reader comes back to; nil: the sender's.
func (a *app) returnPath() func(to newsletter.Address) newsletter.Address {
	if a.BounceFrom == "" {
		return nil
	}
	local, domain, _ := strings.Cut(string(a.BounceFrom), "@")
	tokens := &token.Signer{Keys: a.secrets.Keys}
	return func(to newsletter.Address) newsletter.Address {
		return newsletter.Address(local + "+" + tokens.ReturnPath(newsletter.Identify(a.secrets.Pepper, to), time.Now()) + "@" + domain)
	}
}

// checkBounces refuses settings that could not work.
func (a *app) checkBounces() error {
	var faults []error
	if local, _, _ := strings.Cut(string(a.BounceFrom), "@"); len(local)+1+token.ReturnPathLength > 64 || strings.Contains(local, "+") {
		faults = append(faults, fmt.Errorf("MASTHEAD_BOUNCE_ADDRESS: the part before the @ may have %d letters and no +: %w", 64-1-token.ReturnPathLength, newsletter.ErrInvalid))
	}
	if a.BounceBox != "" {
		if _, err := imap.ParseMailbox(a.BounceBox); err != nil {
			faults = append(faults, fmt.Errorf("MASTHEAD_BOUNCE_MAILBOX: %w", err))
		}
		if a.BounceFrom == "" {
			faults = append(faults, fmt.Errorf("MASTHEAD_BOUNCE_MAILBOX: set MASTHEAD_BOUNCE_ADDRESS, too; without it nobody can tell whose mail came back: %w", newsletter.ErrInvalid))
		}
	}
	return errors.Join(faults...)
}

// returned takes mail that came back.
func (a *app) returned() (*feedback.Returns, *feedback.Handler) {
	return &feedback.Returns{Tokens: a.signer, Now: time.Now}, &feedback.Handler{Store: a.store, Pepper: a.secrets.Pepper, Now: time.Now, Brake: a.engine.Brake, Announce: a.hooks.Announce,
		Trouble: func(err error) { fmt.Fprintln(os.Stderr, sentence(err)) }}
}

// readBounces visits the mailbox once, and says what came of it.
func (a *app) readBounces(ctx context.Context) (counts map[string]int, err error) {
	box, err := imap.ParseMailbox(a.BounceBox)
	if err != nil {
		return nil, err
	}
	box.MaxBytes = feedback.MaxMail
	returns, handler := a.returned()
	counts = map[string]int{}
	_, err = box.Read(ctx, func(ctx context.Context, raw []byte) error {
		what, err := returns.Take(ctx, handler, raw)
		if err == nil {
			counts[what]++
		}
		return err
	})
	return counts, err
}

// bouncesCommand visits the mailbox, or takes one mail that comes in: a mail server can
// hand each to it, as an alias |masthead bounces -.
func bouncesCommand(ctx context.Context, args []string, getenv func(string) string, out io.Writer) (err error) {
	stdin := len(args) > 0 && args[0] == "-"
	if stdin {
		args = args[1:]
	}
	o, err := parse("bounces", args, getenv)
	if err != nil {
		return err
	}
	a, err := open(ctx, o, placeholderURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if stdin {
		raw, err := io.ReadAll(io.LimitReader(os.Stdin, feedback.MaxMail))
		if err != nil {
			return err
		}
		returns, handler := a.returned()
		what, err := returns.Take(ctx, handler, raw)
		if err == nil {
			fmt.Fprintf(out, "One mail: %s.\n", what)
		}
		return err
	}
	if a.BounceBox == "" {
		return mistake{errors.New("no mailbox is set; see MASTHEAD_BOUNCE_MAILBOX, or hand in a mail: local bounces - < mail.eml")}
	}
	counts, err := a.readBounces(ctx)
	fmt.Fprintln(out, bouncesSaid(counts))
	return err
}

func bouncesSaid(counts map[string]int) string {
	var said []string
	for _, what := range []string{"bounced", "returned", "delayed", "complaint", "delivered", "no report", "not about a mail of ours", "cannot be read"} {
		if n := counts[what]; n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, what))
		}
	}
	if len(said) == 0 {
		return "Nothing has come back."
	}
	return "What came back: " + strings.Join(said, ", ") + "."
}
