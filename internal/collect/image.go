package collect

import (
	"bytes"
	"context"
	"image"
	_ "image/gif"  // to know the size
	_ "image/jpeg" // to know the size
	_ "image/png"  // to know the size
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

const (
	mostLooks = 60       // at pictures in one visit
	mostTries = 4        // for one article
	headBytes = 64 << 10 // of a picture tell its format and size
)

// chooseImage gives an article the first picture that suits and that all mail programs
// show, with its size. Where the site offers none but in a format that some do not show, it
// is left out and remembered.
func (v *visit) chooseImage(ctx context.Context, p *piece) {
	kept := newsletter.Image{}
	for i, candidate := range p.Pictures() {
		if i == mostTries && kept.URL == "" && p.Unshown == "" || i > 2*mostTries {
			break
		}
		if !found.Suits(candidate) {
			continue
		}
		if !found.ShownEverywhere(candidate.URL) || !v.look(ctx, &candidate) {
			if p.Unshown == "" {
				p.Unshown = candidate.URL
			}
			continue
		}
		if found.Suits(candidate) { // its size may have become known
			kept = candidate
			break
		}
	}
	if kept.URL != "" {
		p.Unshown = ""
		if kept.Alt == "" {
			kept.Alt = p.Image.Alt
		}
	}
	p.Image = kept
}

// look finds out the size of a picture, and whether it is in a format that all mail programs
// show. What cannot be looked at now counts as shown.
func (v *visit) look(ctx context.Context, i *newsletter.Image) bool {
	if i.Width > 0 && i.Height > 0 && strings.Contains(i.URL, ".") || v.looks >= mostLooks || ctx.Err() != nil || v.givenUp(host(i.URL)) {
		return true
	}
	v.looks++
	resp, err := v.Fetch.Get(fetch.With(ctx, fetch.Manner{UserAgent: v.source.UserAgent, HTTP1: v.source.HTTP1, First: headBytes}), i.URL, fetch.Validators{})
	if err != nil {
		return true
	}
	if inUnshownFormat(resp.Body) {
		return false
	}
	if config, _, err := image.DecodeConfig(bytes.NewReader(resp.Body)); err == nil {
		i.Width, i.Height = config.Width, config.Height
	}
	return true
}

// inUnshownFormat knows WebP (RFC 9649), AVIF and HEIF (ISO/IEC 23008-12) by their first
// bytes, whatever their address or type says.
func inUnshownFormat(body []byte) bool {
	head := string(body[:min(len(body), 32)])
	return strings.HasPrefix(head, "RIFF") && strings.Contains(head, "WEBP") || len(head) > 12 && head[4:8] == "ftyp" || strings.HasPrefix(strings.TrimSpace(head), "<svg")
}
