package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/web/editor"
)

// whoever works at the desk of a laptop on which nobody is listed.
const whoever newsletter.Address = "you@example.org"

// atDesk is the editor's desk of the running server.
func (h *host) atDesk(log *slog.Logger) *editor.Pages {
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
	return &editor.Pages{Access: h.access, Clicks: h.clicks(), Desk: h.office, Composer: h.composer, Runs: h.engine, Subscribers: h.subscribers, Hooks: h.hooksAtDesk(), Store: h.store,
		Tokens: h.signer, Publication: h.publication, Now: time.Now, Sleep: sleep, Hint: hint, Log: log, Collects: collectEvery, Long: true}
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

// identity is how far mailbox providers may trust the sender, as far as it is known
// here.
func (a *app) identity(ctx context.Context, p *newsletter.Publication) (newsletter.Identity, error) {
	if a.SMTP == "" {
		return newsletter.Identity{Trial: true}, nil
	}
	id := newsletter.Identity{Verified: true, Signed: a.DKIM != "", Policy: "?"}
	if a.BaseURL == "" {
		return id, nil // a trial: nobody publishes anything for it
	}
	asking, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	records, err := net.DefaultResolver.LookupTXT(asking, "_dmarc."+p.From.Domain())
	var missing *net.DNSError
	if errors.As(err, &missing) && missing.IsNotFound {
		err = nil
	}
	if err != nil {
		return id, nil // no name server answers: nobody knows
	}
	id.Policy = strings.Join(records, " ")
	return id, nil
}

// teller mails those who work at the desk what happens without them.
func (a *app) teller() *desk.Teller {
	return &desk.Teller{To: a.access.Everybody(), Store: a.store, Preflight: a.composer, Mail: a.office.Mail, Render: a.renderer, Publication: a.publication,
		Tokens: a.signer, Now: time.Now}
}
