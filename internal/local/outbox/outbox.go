// Package outbox is the mailer that mails nobody: it writes every message to a
// file, complete as a mail server would carry it. It is what a newcomer tries
// Masthead with, and what tests read.
//
// Unlike a mail server it can look: a file has its final name only when it is
// complete, so a batch whose sender died is settled by the files that are there.
package outbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/masthead-mail/masthead/internal/local/dkim"
	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Outbox is a folder: <Dir>/<issue id>/<address>.eml. Single mails lie in
// <Dir>/single. It is safe for concurrent use, by several processes too.
type Outbox struct {
	Dir  string
	Now  func() time.Time
	Sign dkim.Keys // none: messages are not signed

	encode  mime.Compiler
	buffers sync.Pool
}

// Send writes a file for each reader; one that is there already is the same message
// and gives way. Where the disk takes no more, it fails with
// newsletter.ErrSendingPaused.
func (o *Outbox) Send(ctx context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	results := make([]newsletter.Result, len(m.Recipients))
	digest := o.encode.Digest(m)
	dir := filepath.Join(o.Dir, m.Mail.Issue)
	fault := os.MkdirAll(dir, 0o755)
	for i := range m.Recipients {
		if !m.Recipients[i].Address.ASCII() { // as a mail server would, see mailtest
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: newsletter.ReasonNotASCII}
			continue
		}
		fault = cmp.Or(fault, ctx.Err())
		if fault == nil {
			fault = o.deliver(dir, digest, m.Publication.From, &m.Recipients[i])
		}
		if fault != nil {
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: fault.Error()}
			continue
		}
		results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: digest.MessageID(m.Recipients[i].Subscriber)}
	}
	return results, explain(fault)
}

func (o *Outbox) deliver(dir string, digest *mime.Digest, from newsletter.Address, r *newsletter.Recipient) error {
	buffer, ok := o.buffers.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
	}
	defer o.buffers.Put(buffer)
	*buffer = digest.Append((*buffer)[:0], r, o.Now())
	return o.write(filepath.Join(dir, FileName(r.Address)), from, *buffer)
}

// write writes a message, signed if there are keys.
func (o *Outbox) write(name string, from newsletter.Address, message []byte) error {
	if len(o.Sign) == 0 {
		return write(name, message)
	}
	signatures, err := o.Sign.Sign(nil, from, message)
	if err != nil {
		return err
	}
	return write(name, append(signatures, message...))
}

// write makes the file appear whole or not at all. A message has one writer in a
// process at a time, who holds its lane; the name it has meanwhile is the process's.
func write(name string, content []byte) error {
	return writeBy(fmt.Sprintf("%s.%d.part", name, os.Getpid()), name, content)
}

func writeBy(partial, name string, content []byte) error {
	err := os.WriteFile(partial, content, 0o644)
	if err == nil {
		err = os.Rename(partial, name)
	}
	if err != nil {
		_ = os.Remove(partial)
	}
	return err
}

// Recall says what became of a Mailing whose sender died: whose file is there was
// sent.
func (o *Outbox) Recall(_ context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	results := make([]newsletter.Result, len(m.Recipients))
	digest := o.encode.Digest(m)
	for i, r := range m.Recipients {
		_, err := os.Stat(filepath.Join(o.Dir, m.Mail.Issue, FileName(r.Address)))
		switch {
		case err == nil:
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: digest.MessageID(r.Subscriber)}
		case errors.Is(err, fs.ErrNotExist):
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "its file was not written"}
		default:
			return nil, explain(err)
		}
	}
	return results, nil
}

// Post writes a single mail to a file of its own.
func (o *Outbox) Post(_ context.Context, m *newsletter.Message) error {
	now := o.Now()
	id := now.UTC().Format("20060102-150405.000000000")
	dir := filepath.Join(o.Dir, "single")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return explain(err)
	}
	return explain(o.write(filepath.Join(dir, id+" "+FileName(m.To)), m.Publication.From, mime.Encode(m, now, id)))
}

// WriteIssue writes the issue as anybody may read it, without a reader's own
// values: issue.html and issue.txt. It returns their names.
func (o *Outbox) WriteIssue(m *newsletter.Mail) ([]string, error) {
	var nobody newsletter.Recipient
	html := filepath.Join(o.Dir, m.Issue, "issue.html")
	text := filepath.Join(o.Dir, m.Issue, "issue.txt")
	err := cmp.Or(
		os.MkdirAll(filepath.Dir(html), 0o755),
		writeBy(html+"."+rand.Text(), html, []byte(newsletter.Splice(m.HTML, nobody.Value))), // several may write it at once
		writeBy(text+"."+rand.Text(), text, []byte(newsletter.Splice(m.Text, nobody.Value))))
	return []string{html, text}, explain(err)
}

// Messages lists the files of an issue, or of "single", by name.
func (o *Outbox) Messages(issue string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(o.Dir, filepath.Base(issue)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".eml") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, explain(err)
}

// Read returns one message. ErrNotFound: there is none of that name.
func (o *Outbox) Read(issue, name string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(o.Dir, filepath.Base(issue), filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("message %s of %s: %w", name, issue, newsletter.ErrNotFound)
	}
	return raw, explain(err)
}

// FileName is an address as the name of its message's file: percent-encoded
// where a file name needs it, and ended by a hash where it would be too long.
func FileName(a newsletter.Address) string {
	const longest = 255 - len(".eml.9999999999.part") // what common file systems take
	name := strings.ReplaceAll(url.PathEscape(string(a)), ":", "%3A")
	if len(name) > longest {
		sum := sha256.Sum256([]byte(a.Normal()))
		name = name[:longest-40] + "~" + hex.EncodeToString(sum[:16])
	}
	return name + ".eml"
}

// explain tells what to do about a file system's fault. It wraps
// newsletter.ErrSendingPaused, since trying the next reader would not help.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("outbox: the disk is full; free some space and send again, nobody gets the mail twice: %w (%w)", newsletter.ErrSendingPaused, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("outbox: the folder may not be written; choose another with -out: %w (%w)", newsletter.ErrSendingPaused, err)
	}
	return fmt.Errorf("outbox: %w (%w)", newsletter.ErrSendingPaused, err)
}
