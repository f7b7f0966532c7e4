package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// letter is one message of the outbox, taken apart.
type letter struct {
	message
	Header []field
	Text   string
	HTML   string
	Raw    string
}

type field struct{ Name, Value string }

func (h *host) showMessage(w http.ResponseWriter, r *http.Request) {
	l, err := h.letter(r)
	if err != nil {
		h.fail(w, err)
		return
	}
	h.page(w, "message.html.tmpl", l)
}

// showForm answers one form of a message: html, text or raw.
func (h *host) showForm(w http.ResponseWriter, r *http.Request) {
	l, err := h.letter(r)
	if err != nil {
		h.fail(w, err)
		return
	}
	switch r.PathValue("form") {
	case "html":
		secure(w, "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, l.HTML)
	case "text":
		plain(w, l.Text)
	case "raw":
		plain(w, l.Raw)
	default:
		h.fail(w, newsletter.ErrNotFound)
	}
}

func plain(w http.ResponseWriter, s string) {
	secure(w, "default-src 'none'")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, s)
}

func (h *host) letter(r *http.Request) (*letter, error) {
	issue, file := r.PathValue("issue"), r.PathValue("file")
	raw, err := h.outbox.Read(issue, file)
	if err != nil {
		return nil, err
	}
	l := &letter{message: message{Issue: issue, File: file, To: strings.TrimSuffix(file, ".eml")}, Raw: string(raw)}
	return l, l.takeApart(raw)
}

func (l *letter) takeApart(raw []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("read %s: %w", l.File, err)
	}
	var words mime.WordDecoder
	for _, name := range []string{"From", "To", "Subject", "Date", "Reply-To", "List-Unsubscribe", "List-Id", "Message-Id"} {
		if value, err := words.DecodeHeader(m.Header.Get(name)); err == nil && value != "" {
			l.Header = append(l.Header, field{name, value})
		}
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("read %s: %w", l.File, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s: %w", l.File, err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("read %s: %w", l.File, err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.HTML = string(body)
		} else {
			l.Text = string(body)
		}
	}
}
