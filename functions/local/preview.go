package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// preview shows what the next issue would look like, in every theme. It mails
// nobody and takes no article.
type preview struct {
	*pass
	dir      string
	shots    string // folder for pictures; empty: none
	height   int64  // of the pictures, in pixels; 0: the whole mail
	theme    string // empty: all
	language string
}

func previewCommand(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) error {
	p, o, err := parsePreview(args, getenv)
	if err != nil {
		return err
	}
	a, err := open(ctx, o, placeholderURL)
	if err != nil {
		return err
	}
	p.pass = &pass{app: a, progress: newProgress(log), out: out, log: log}
	err = p.show(ctx)
	p.progress.end()
	return errors.Join(err, a.close())
}

func parsePreview(args []string, getenv func(string) string) (*preview, config.Settings, error) {
	o, err := config.Load(getenv)
	p := &preview{}
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var given []string
	flags.Func("source", "", collectWords(&given))
	flags.StringVar(&o.Data, "data", o.Data, "")
	flags.StringVar(&p.dir, "out", "", "")
	flags.StringVar(&p.shots, "shots", "", "")
	flags.Int64Var(&p.height, "height", 0, "")
	flags.StringVar(&p.theme, "theme", "", "")
	flags.StringVar(&p.language, "language", "", "")
	flags.BoolVar(&o.AllowPrivate, "allow-private", o.AllowPrivate, "")
	fault := flags.Parse(args)
	switch {
	case errors.Is(fault, flag.ErrHelp):
		return p, o, errHelp
	case fault == nil && flags.NArg() > 0:
		fault = fmt.Errorf("%q is not a flag", flags.Arg(0))
	case fault == nil && p.theme != "" && !slices.Contains(newsletter.Themes(), newsletter.Theme(p.theme)):
		fault = fmt.Errorf("there is no theme %q; use editorial, modern or compact", p.theme)
	}
	if fault != nil {
		fault = mistake{fmt.Errorf("preview: %w", fault)}
	}
	if len(given) > 0 {
		o.Sources = given
	}
	p.dir = cmp.Or(p.dir, p.shots, "preview")
	o.Out = filepath.Join(o.Data, "outbox")
	return p, o, errors.Join(err, fault)
}

func (p *preview) show(ctx context.Context) error {
	site, err := p.chooseSite(ctx)
	if site != nil {
		defer site.close() // it has the pictures
	}
	if err != nil {
		return err
	}
	if err := p.visit(ctx, site); err != nil {
		return err
	}
	content, err := p.composer.Preview(ctx, p.schedule)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return fmt.Errorf("the folder cannot be made: %w; choose another with -out", err)
	}
	files, err := p.write(content)
	if err == nil && p.shots != "" {
		err = p.shoot(ctx, files)
	}
	return err
}

// write makes the files of each theme, and returns those that a browser can show.
func (p *preview) write(content newsletter.IssueContent) (files []string, err error) {
	content.Language = p.language
	reader := newsletter.Recipient{Name: "Ada", Unsubscribe: "preview"}
	for _, theme := range newsletter.Themes() {
		if p.theme != "" && p.theme != string(theme) {
			continue
		}
		content.Publication.Theme = theme
		mail, err := p.renderer.Issue(content)
		if err != nil {
			return nil, err
		}
		base := filepath.Join(p.dir, string(theme))
		fmt.Fprintf(p.out, "%s.html  %d bytes of HTML, of 100000 at most\n", base, len(mail.HTML))
		err = errors.Join(os.WriteFile(base+".html", []byte(newsletter.Splice(mail.HTML, reader.Value)), 0o644),
			os.WriteFile(base+".txt", []byte(newsletter.Splice(mail.Text, reader.Value)), 0o644))
		if err != nil {
			return nil, fmt.Errorf("the preview cannot be written: %w; choose another folder with -out", err)
		}
		files = append(files, base+".html")
	}
	return files, nil
}
