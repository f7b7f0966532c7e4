package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/web/editor"
)

// whoever works at the desk of a laptop on which nobody is listed.
const whoever newsletter.Address = "you@example.org"

// desk is the editor's desk of the running server.
func (h *host) desk(log *slog.Logger) *editor.Pages {
	hint := ""
	if h.private() {
		if len(h.access.Everybody()) == 0 {
			h.access.Operators = []newsletter.Address{whoever}
		}
		h.access.Show = func(a newsletter.Address, link, code string) {
			fmt.Fprintf(h.out, "To sign in as %s, open %s or type %s.\n", a, link, code)
		}
		hint = fmt.Sprintf("On this machine, %s may work here. The link is printed in the terminal, too.", h.access.Everybody()[0])
	}
	return &editor.Pages{Access: h.access, Store: h.store, Publication: h.publication, Now: time.Now, Sleep: sleep, Hint: hint, Log: log}
}

// welcome prints a link to the desk, on a machine of one's own.
func (h *host) welcome(ctx context.Context) error {
	if !h.private() {
		return nil
	}
	link, err := h.access.Link(ctx, string(h.access.Everybody()[0]), newsletter.ByCommandLine)
	if err == nil {
		fmt.Fprintf(h.out, "The editor's desk (this link works once, for 15 minutes): %s\n", link)
	}
	return err
}

// signInCommand prints a link to the desk of a server on this data folder.
func signInCommand(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	address := ""
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		address, args = args[0], args[1:]
	}
	o, err := parse("sign-in", args, getenv)
	if err != nil {
		return err
	}
	o.BaseURL = cmp.Or(o.BaseURL, "http://"+o.Listen)
	a, err := openBooks(ctx, o)
	if err != nil {
		return err
	}
	listed := a.access.Everybody()
	switch {
	case address == "" && len(listed) > 0:
		address = string(listed[0])
	case address == "" || len(listed) == 0:
		return errors.Join(mistake{errors.New("set MASTHEAD_OPERATORS to your address, so that the desk knows you")}, a.close())
	}
	link, err := a.access.Link(ctx, address, newsletter.ByCommandLine)
	if err == nil {
		fmt.Fprintf(out, "For %s, once, for 15 minutes: %s\n", address, link)
	}
	return errors.Join(err, a.close())
}
