package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/collect/inspect"
	"github.com/masthead-mail/masthead/internal/fetch"
)

// inspection is what the command line asks for.
type inspection struct {
	kind, base, media string
	asJSON            bool
	articles          int
	private           bool
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
	flags.IntVar(&i.articles, "articles", 5, "")
	flags.BoolVar(&i.private, "allow-private", false, "")
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
		return mistake{fmt.Errorf("inspect takes one address, or one file, or - for standard input")}
	}
	if *cases {
		return inspectCases(ctx, files[0], out)
	}
	if i.kind == "" && looksLikeSite(files[0]) {
		return i.site(ctx, files[0], out)
	}
	return i.file(files[0], out)
}

// looksLikeSite tells an address from a file.
func looksLikeSite(name string) bool {
	if _, err := os.Stat(name); err == nil || name == "-" {
		return false
	}
	return strings.Contains(name, "://") || strings.Contains(name, ".") && !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".json")
}

// site reads a site as a first visit would, and stores nothing.
func (i *inspection) site(ctx context.Context, address string, out io.Writer) error {
	client := &fetch.Client{}
	if i.private {
		if pair, ok := hostPort(address); ok {
			client.Allow = []string{pair}
		}
	}
	seen, err := (&collect.Collector{Fetch: client}).Inspect(ctx, address, i.articles)
	if err != nil {
		return err
	}
	if i.asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(seen)
	}
	return printSite(out, &seen)
}

// fields are what a digest shows of an article, in the order of its appearance.
var fields = []string{"title", "link", "dek", "excerpt", "published", "updated", "image", "image alt", "image size", "comments", "number of comments", "topics", "language"}

// printSite prints how a site is read and each field of its newest articles with where
// it comes from, or that it is missing.
func printSite(out io.Writer, in *collect.Inspection) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	s := &in.Source
	fmt.Fprintf(table, "%s\tis read as %s\tat %s\n\ttitle\t%s\n\ttagline\t%s\n\tlanguage\t%s\n", s.URL, s.Kind, s.Endpoint, dash(s.Title), dash(s.Tagline), dash(s.Language))
	for n := range in.Articles {
		printSeen(table, n+1, &in.Articles[n])
	}
	return table.Flush()
}

func printSeen(table io.Writer, n int, seen *collect.Seen) {
	a := &seen.Article
	value := map[string]string{"title": a.Title, "link": a.URL, "dek": a.Dek, "excerpt": a.Excerpt, "published": clock(a.Published), "updated": clock(a.Updated), "image": a.Image.URL, "image alt": a.Image.Alt,
		"image size": fmt.Sprintf("%d × %d", a.Image.Width, a.Image.Height), "comments": a.CommentURL, "number of comments": strconv.Itoa(a.Comments), "topics": strings.Join(a.Categories, ", "), "language": a.Language}
	fmt.Fprintf(table, "\n%d\t\t\n", n)
	row := func(field, value string) {
		from := seen.From[field]
		if from == "" {
			from, value = "missing", "-"
		}
		fmt.Fprintf(table, "\t%s\t%s\t(%s)\n", field, short(value), from)
	}
	for _, field := range fields {
		row(field, value[field])
	}
	if a.Unshown != "" {
		fmt.Fprintf(table, "\tleft out\t%s\t(some mail programs do not show its format)\n", a.Unshown)
	}
	for i, author := range seen.Byline {
		who := fmt.Sprintf("author %d ", i+1)
		fmt.Fprintf(table, "\t%s\t%s\t(%s)\n", strings.TrimSpace(who), author.Name, seen.From["authors"])
		row(who+"bio", author.Bio)
		row(who+"photo", author.Photo)
		row(who+"link", author.URL)
	}
	if len(seen.Byline) == 0 {
		row("author", "")
	}
}

func dash(text string) string { return cmp.Or(text, "-") }

// short is how a value stands in a table.
func short(text string) string {
	text = oneLine(text)
	if cut := []rune(text); len(cut) > 100 {
		return string(cut[:100]) + "…"
	}
	return text
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
