package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/local/dkim"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// dkimCommand says what to publish for the keys that sign, and makes keys.
func dkimCommand(args []string, getenv func(string) string, out io.Writer) error {
	o, err := config.Load(getenv)
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "new" {
		return newKey(o, args[1:], out)
	}
	if len(args) > 0 {
		return mistake{fmt.Errorf("dkim: %q; use dkim alone, or dkim new SELECTOR", args[0])}
	}
	keys, err := dkim.Load(o.DKIM)
	switch {
	case err != nil:
		return err
	case len(keys) == 0:
		return mistake{errors.New("MASTHEAD_DKIM names no key; \"local dkim new mail1\" makes one")}
	case o.From == "":
		return mistake{errNoSender}
	}
	for i := range keys {
		printRecord(out, &keys[i], o.From)
	}
	return nil
}

var errNoSender = errors.New("set MASTHEAD_FROM to the sender of the mails: the record stands under its domain")

func newKey(o config.Settings, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("dkim new", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	ed := flags.Bool("ed25519", false, "")
	file := flags.String("out", "", "")
	from := flags.String("from", string(o.From), "")
	err := flags.Parse(args)
	selector := flags.Arg(0)
	if err == nil && flags.NArg() > 1 { // flags may stand behind the selector as well
		if err = flags.Parse(flags.Args()[1:]); err == nil && flags.NArg() > 0 {
			err = fmt.Errorf("%q is too much", flags.Arg(0))
		}
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return errHelp
	case err != nil:
		return mistake{fmt.Errorf("dkim new: %w", err)}
	case selector == "":
		return mistake{errors.New("dkim new wants a selector, the name of the key in DNS, as mail1")}
	case *from == "":
		return mistake{fmt.Errorf("%w; or say -from ADDRESS", errNoSender)}
	}
	sender, err := address.Parse(*from)
	if err != nil {
		return mistake{fmt.Errorf("dkim new: -from: %w", err)}
	}
	key, err := dkim.Create(selector, cmp.Or(*file, selector+".pem"), *ed)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The key is in %s; keep it secret, and back it up.\n\n", key.File)
	printRecord(out, &key, sender)
	fmt.Fprintf(out, "Once DNS has it, set MASTHEAD_DKIM=%s:%s (several: separated by spaces).\n", key.Selector, key.File)
	return nil
}

// longestString is how long one string of a TXT record may be, in bytes; a longer text
// is several (RFC 1035, 3.3.14; RFC 6376, 3.6.2.2).
const longestString = 255

// printRecord prints a record as the forms of DNS providers ask for it, and as a line of
// a zone file.
func printRecord(out io.Writer, key *dkim.Key, from newsletter.Address) {
	name, text := key.Record(dkim.Domain(from))
	fmt.Fprintf(out, "Publish for %s (%s):\n  type   TXT\n  name   %s\n  value  %s\n  or, in a zone file:\n  %s. IN TXT (", key.File, key.Algorithm(), name, text, name)
	for len(text) > 0 {
		n := min(len(text), longestString)
		fmt.Fprintf(out, " %q", text[:n])
		text = text[n:]
	}
	fmt.Fprint(out, " )\n\n")
}
