package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/inspect"
)

// inspection is what the command line asks for.
type inspection struct {
	kind, base, media string
	asJSON            bool
}

// inspectCommand shows what we see in documents that lie in files or come by standard
// input. It needs no data folder and asks nobody anything.
func inspectCommand(ctx context.Context, args []string, out io.Writer) error {
	var i inspection
	flags := flag.NewFlagSet("inspect", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&i.kind, "kind", "", "")
	flags.StringVar(&i.base, "base", "", "")
	flags.StringVar(&i.media, "type", "", "")
	flags.BoolVar(&i.asJSON, "json", false, "")
	cases := flags.Bool("cases", false, "")
	files, err := parseMixed(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return errHelp
	case err != nil:
		return mistake{fmt.Errorf("inspect: %w", err)}
	case *cases && len(files) == 0:
		files = []string{"-"}
	case len(files) != 1:
		return mistake{fmt.Errorf("inspect takes one file, or - for standard input")}
	}
	if *cases {
		return inspectCases(ctx, files[0], out)
	}
	return i.file(files[0], out)
}

// parseMixed lets flags stand behind the arguments, too.
func parseMixed(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
}

func inspectCases(ctx context.Context, name string, out io.Writer) error {
	in, err := openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	return inspect.Cases(ctx, in, filepath.Dir(name), out)
}

func openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(name)
}

func (i *inspection) file(name string, out io.Writer) error {
	if i.kind == "" {
		return mistake{fmt.Errorf("inspect: say with -kind what %s is: feed, page or wprest", name)}
	}
	in, err := openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	body, err := inspect.ReadAll(in, strings.HasSuffix(name, ".gz"))
	if err != nil {
		return err
	}
	header := http.Header{}
	if i.media != "" {
		header.Set("Content-Type", i.media)
	}
	seen := inspect.Read(i.kind, body, i.base, header)
	if i.asJSON {
		return inspect.Write(out, seen)
	}
	return inspect.Print(out, seen)
}
