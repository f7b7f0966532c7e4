package main

import (
	"fmt"
	"io"
	"os"

	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/internal/words"
)

// newRenderer is the renderer with the magazine's own templates and words, if it has
// any. Those that are refused are named in log, and the built-in ones used.
func newRenderer(s *config.Settings, log io.Writer) (*render.Renderer, error) {
	r, err := render.New()
	if err != nil {
		return nil, err
	}
	if s.Templates == "" {
		return r, nil
	}
	if info, err := os.Stat(s.Templates); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("MASTHEAD_TEMPLATES: there is no folder %s; make it, with mail/ and words/ as in templates/: %w", s.Templates, newsletter.ErrInvalid)
	}
	dir := os.DirFS(s.Templates)
	spoken, unspoken := words.Override(dir) // first: the templates are tried with them
	used, refused := r.Override(dir)
	for _, err := range append(unspoken, refused...) {
		fmt.Fprintln(log, sentence(err))
	}
	if len(spoken)+len(used)+len(unspoken)+len(refused) == 0 {
		fmt.Fprintf(log, "%s holds neither mail/*.tmpl nor words/*.json; the built-in ones are used.\n", s.Templates)
	}
	return r, nil
}
