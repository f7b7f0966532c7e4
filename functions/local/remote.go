package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/web"
)

// remote is the API of a deployed stack.
type remote struct {
	url, token string
	ifMatch    string        // version of the record that the next requests change
	pause      time.Duration // before the second try, doubled with each; 0: a second
	call       func(ctx context.Context, method, link string, header http.Header, body []byte) (*fetch.Answer, error)
}

func (r *remote) check() error {
	u, err := url.Parse(r.url)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return mistake{fmt.Errorf("%q is no address of a stack; write it like -remote https://news.example.org", r.url)}
	}
	if u.Scheme == "http" && !loopbackName(u.Hostname()) {
		return mistake{errors.New("readers and the token travel encrypted only; write -remote https://…")}
	}
	if r.token == "" {
		return mistake{errors.New("the stack wants a token: -token TOKEN, or the setting MASTHEAD_REMOTE_TOKEN")}
	}
	r.url = strings.TrimRight(r.url, "/")
	host, err := fetch.HostPort(r.url)
	r.call = (&fetch.Client{Allow: []string{host}, Timeout: time.Minute, MaxBytes: maxAnswer}).Call // the operator's own server may be at home
	return err
}

// tries is how often a request is sent where no answer comes, or one that says to try
// again: within about a minute and a half.
const tries = 7

// ask sends a request until it is answered.
func (r *remote) ask(ctx context.Context, method, path, contentType string, body []byte) ([]byte, http.Header, error) {
	pause := cmp.Or(r.pause, time.Second)
	for try := 1; ; try++ {
		answer, header, err := r.once(ctx, method, path, contentType, body)
		var refused *refusal
		if err == nil || errors.As(err, &refused) && !refused.passing() || try == tries || ctx.Err() != nil {
			return answer, header, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, nil, err
		}
		pause *= 2
	}
}

// refusal is an answer that is no success, in the words of the stack.
type refusal struct {
	status   int
	words    string
	findings []finding // of preflight, where it stops an issue
}

// finding is one of preflight as the API tells it.
type finding struct {
	Blocks     bool
	Text, Cure string
}

func (r *refusal) Error() string { return fmt.Sprintf("the stack answers %d: %s", r.status, r.words) }

func (r *refusal) passing() bool { return r.status >= 500 || r.status == http.StatusTooManyRequests }

// maxAnswer is more than any answer has, in bytes.
const maxAnswer = 16 << 20

func (r *remote) once(ctx context.Context, method, path, contentType string, body []byte) ([]byte, http.Header, error) {
	header := http.Header{"Authorization": {"Bearer " + r.token}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	if r.ifMatch != "" {
		header.Set("If-Match", r.ifMatch)
	}
	answer, err := r.call(ctx, method, r.url+path, header, body)
	if err != nil {
		return nil, nil, fmt.Errorf("no answer of the stack: %w", err)
	}
	if answer.Status < 200 || answer.Status > 299 {
		var problem struct {
			Title, Detail string
			Findings      []finding
		}
		_ = json.Unmarshal(answer.Body, &problem) // a proxy answers in other words
		return nil, nil, &refusal{answer.Status, strings.TrimSpace(problem.Title + ". " + problem.Detail), problem.Findings}
	}
	return answer.Body, answer.Header, nil
}

// How much of a list goes with one request: DynamoDB takes a second for it.
const (
	chunkRows = 1000
	chunkSize = web.MaxChunk - 64<<10 // a row may be longer than the rest of a chunk
)

// course is how far a transfer has come. It lies beside the file until it has ended, so
// that the same command goes on where it was.
type course struct {
	path string

	URL   string           `json:"url"`
	File  string           `json:"file,omitempty"`  // hash of the list that is imported, with the flags
	Done  int              `json:"done,omitempty"`  // parts that were answered
	After string           `json:"after,omitempty"` // of an export: where the next page is
	Bytes int64            `json:"bytes,omitempty"` // that are written: of the file of an export, of what an import was told
	Rows  int              `json:"rows,omitempty"`
	Total web.ImportAnswer `json:"total,omitzero"`
}

// openCourse reads what an earlier command has left beside the file, if it was for the
// same transfer.
func openCourse(file string, same course) (course, error) {
	same.path = file + ".progress"
	raw, err := os.ReadFile(same.path)
	if errors.Is(err, os.ErrNotExist) {
		return same, nil
	}
	var found course
	if err == nil {
		err = json.Unmarshal(raw, &found)
	}
	if err != nil || found.URL != same.URL || found.File != same.File {
		return same, mistake{fmt.Errorf("%s belongs to another transfer; finish that one, or delete the file to begin anew", same.path)}
	}
	found.path = same.path
	return found, nil
}

// keep writes it, whole or not at all.
func (c *course) keep() error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	next := c.path + ".new"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(next, c.path)
}

func (c *transfer) overAPI(ctx context.Context) error {
	if c.verb == "export" {
		return c.exportRemote(ctx)
	}
	return c.importRemote(ctx)
}

// importRemote sends a list in parts. A part that was not answered is sent again, by
// this command or the next one.
func (c *transfer) importRemote(ctx context.Context) error {
	if c.file == "-" {
		return mistake{errors.New("a list that goes to a stack must be a file, so that it can go on after a break")}
	}
	raw, err := os.Open(c.file)
	if err != nil {
		return mistake{fmt.Errorf("the file cannot be read: %w", err)}
	}
	defer raw.Close()
	hash := sha256.New()
	fmt.Fprintln(hash, c.dryRun, c.update, c.report)
	if _, err := io.Copy(hash, raw); err != nil {
		return err
	}
	if _, err := raw.Seek(0, io.SeekStart); err != nil {
		return err
	}
	at, err := openCourse(c.file, course{URL: c.remote.url, File: hex.EncodeToString(hash.Sum(nil))})
	if err != nil {
		return err
	}
	if at.Done > 0 {
		fmt.Fprintf(c.log, "Going on behind the first %d rows.\n", at.Rows)
	}
	verdicts, err := c.newTold()
	if err != nil {
		return err
	}
	p := newProgress(c.log)
	err = subscribe.Chunks(raw, chunkRows, chunkSize, func(chunk []byte, n, rows int) error {
		if n <= at.Done {
			return nil
		}
		if err := c.sendChunk(ctx, chunk, n, &at); err != nil {
			return err
		}
		at.Done, at.Rows = n, at.Rows+rows
		p.step("Importing rows", at.Rows, 0)
		return at.keep()
	})
	p.end()
	if err := errors.Join(err, at.told(verdicts.take), verdicts.close()); err != nil {
		if at.Done > 0 {
			fmt.Fprintf(c.log, "%d rows are through. Run the same command again to go on.\n", at.Rows)
		}
		return err
	}
	t := &at.Total
	c.tell(subscribe.Imported{Rows: t.Rows, Added: t.Added, Welcomed: t.Welcomed, There: t.There, Different: t.Different, Rejected: t.Rejected, Suppressed: t.Suppressed, Barred: t.Barred})
	return errors.Join(forget(at.path), forget(at.path+".told"))
}

func (c *transfer) sendChunk(ctx context.Context, chunk []byte, n int, at *course) error {
	q := url.Values{"name": {filepath.Base(c.file)}, "n": {strconv.Itoa(n)}, "dry": {strconv.FormatBool(c.dryRun)},
		"update": {strconv.FormatBool(c.update)}, "report": {strconv.FormatBool(c.report != "")}}
	raw, _, err := c.remote.ask(ctx, http.MethodPost, "/api/readers/import?"+q.Encode(), "text/csv; charset=utf-8", chunk)
	if err != nil {
		return err
	}
	var answer web.ImportAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	t := &at.Total
	t.Rows, t.Added, t.Welcomed, t.There, t.Different = t.Rows+answer.Rows, t.Added+answer.Added, t.Welcomed+answer.Welcomed, t.There+answer.There, t.Different+answer.Different
	t.Rejected, t.Suppressed, t.Barred = t.Rejected+answer.Rejected, t.Suppressed+answer.Suppressed, t.Barred+answer.Barred
	return at.write(answer.Told)
}

// write keeps what was told of rows for the end, behind what is noted so far.
func (c *course) write(told []web.ToldLine) error {
	if len(told) == 0 {
		return nil
	}
	file, err := os.OpenFile(c.path+".told", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Truncate(c.Bytes), json.NewEncoder(io.NewOffsetWriter(file, c.Bytes)).Encode(told)); err != nil {
		return errors.Join(err, file.Close())
	}
	c.Bytes, err = file.Seek(0, io.SeekEnd)
	return errors.Join(err, file.Close())
}

// told hands over what was kept.
func (c *course) told(take func(subscribe.Verdict) error) error {
	file, err := os.Open(c.path + ".told")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	for lines := json.NewDecoder(io.LimitReader(file, c.Bytes)); lines.More(); {
		var part []web.ToldLine
		if err := lines.Decode(&part); err != nil {
			return err
		}
		for _, line := range part {
			if err := take(subscribe.Verdict(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

func forget(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

var nextLink = regexp.MustCompile(`<([^>]+)>; rel="next"`)

// exportRemote fetches all readers, page after page, into a file.
func (c *transfer) exportRemote(ctx context.Context) error {
	if c.file == "" || c.file == "-" {
		return mistake{errors.New("name the file that the readers of a stack go into, so that the export can go on after a break")}
	}
	at, err := openCourse(c.file, course{URL: c.remote.url})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return mistake{fmt.Errorf("the file cannot be written: %w", err)}
	}
	p := newProgress(c.log)
	err = c.fetchPages(ctx, file, &at, p)
	p.end()
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d rows are in %s.\n", at.Rows, c.file)
	return forget(at.path)
}

// fetchPages cuts off what a broken command may have written behind the last page that
// it has noted.
func (c *transfer) fetchPages(ctx context.Context, file *os.File, at *course, p *progress) error {
	if err := file.Truncate(at.Bytes); err != nil {
		return err
	}
	if _, err := file.Seek(at.Bytes, io.SeekStart); err != nil {
		return err
	}
	path := cmp.Or(at.After, "/api/readers/export")
	for path != "" {
		page, header, err := c.remote.ask(ctx, http.MethodGet, path, "", nil)
		if err != nil {
			return err
		}
		if _, err := file.Write(page); err != nil {
			return err
		}
		path = ""
		if next := nextLink.FindStringSubmatch(header.Get("Link")); next != nil {
			path = next[1]
		}
		if path != "" && !strings.HasPrefix(path, "/api/readers/export?") {
			return fmt.Errorf("the stack names %q as the next page: %w", path, newsletter.ErrInvalid)
		}
		at.Rows += bytes.Count(page, []byte("\n")) // a line a row: cells have no line breaks
		if at.After == "" {
			at.Rows-- // the heading
		}
		at.After, at.Bytes = path, at.Bytes+int64(len(page))
		p.step("Exporting rows", at.Rows, 0)
		if path == "" {
			return nil
		}
		if err := at.keep(); err != nil {
			return err
		}
	}
	return nil
}
