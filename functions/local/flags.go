package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/config"
)

// errHelp means that somebody asked for help by flag.
var errHelp = flag.ErrHelp

// parse reads the settings and then the flags, which win. All faults are
// reported together.
func parse(command string, args []string, getenv func(string) string) (config.Settings, error) {
	o, err := config.Load(getenv)
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var given, readers []string
	flags.Func("source", "", collectWords(&given))
	if command == "digest" {
		flags.Func("to", "", collectWords(&readers))
	}
	flags.StringVar(&o.Out, "out", o.Out, "")
	flags.StringVar(&o.Data, "data", o.Data, "")
	flags.StringVar(&o.SMTP, "smtp", o.SMTP, "")
	flags.BoolVar(&o.AllowPrivate, "allow-private", o.AllowPrivate, "")
	fault := flags.Parse(args)
	if errors.Is(fault, flag.ErrHelp) {
		return o, errHelp
	}
	if fault == nil && flags.NArg() > 0 {
		fault = fmt.Errorf("%q is not a flag; sources go after -source, readers after -to, all before it", flags.Arg(0))
	}
	if fault != nil {
		fault = mistake{fmt.Errorf("%s: %w", command, fault)}
	}
	if len(given) > 0 {
		o.Sources = given
	}
	if len(readers) > 0 {
		o.Readers = readers
	}
	o.Out = cmp.Or(o.Out, filepath.Join(o.Data, "outbox"))
	return o, errors.Join(err, fault)
}

// collectWords gathers a flag that may be repeated.
func collectWords(into *[]string) func(string) error {
	return func(value string) error {
		*into = append(*into, value)
		return nil
	}
}

func printSettings(args []string, out io.Writer) error {
	if len(args) > 0 {
		return mistake{fmt.Errorf("settings takes no arguments, %q is too much", args[0])}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, v := range config.Variables {
		fmt.Fprintf(table, "%s\t%s\t%s\n", v.Name, cmp.Or(v.Value, "-"), v.Help)
	}
	return table.Flush()
}

// sentence is an error as people read it: it begins with a capital and, where
// there are several, stands on several lines.
func sentence(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		for _, sentinel := range []string{": invalid", ": conflict", ": not found"} {
			line = strings.TrimSuffix(line, sentinel)
		}
		if first, size := utf8.DecodeRuneInString(line); !strings.HasPrefix(line, "http") {
			line = string(unicode.ToUpper(first)) + line[size:]
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
