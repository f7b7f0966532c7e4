// Package sqlite keeps everything in one SQLite file: the local twin of the
// table on AWS. The tables have plain columns, so that people can open the file
// and query it; migrations/ says what they mean.
//
// Several processes may have the file open at once: the command line works while
// the server runs. A write waits for another's; it never fails because of it
// within the time of lockWait. Every write is synced to the disk before it
// returns, since a claim or a result that power loss could undo would mail
// somebody twice.
//
// The package holds no rules of the domain. It never deletes what has expired,
// apart from spent allowances; the twin on AWS drops batches after 90 days and
// sign-ups that nobody confirmed.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	driver "modernc.org/sqlite" // SQLite in pure Go: no C compiler needed for `go run`
)

// lockWait is how long a write waits for another process.
const lockWait = 20 * time.Second

// Store is an open file. It keeps the contract of storetest.Store.
type Store struct {
	path  string
	write *pool // one connection: writers queue here rather than at the file's lock
	read  *pool
	group group

	allowed atomic.Int64 // calls of Allow
	called  atomic.Int64 // new calls of hooks
	imports atomic.Int64 // calls of AddSubscribers with many rows; see find.go
	latest  atomic.Value // of newsletter.Run, the one read last; see Run

	publications table[newsletter.Publication]
	sources      table[newsletter.Source]
	articles     table[newsletter.Article]
	authors      table[newsletter.Author]
	schedules    table[newsletter.Schedule]
	issues       table[newsletter.Issue]
	mails        table[newsletter.Mail]
	links        table[newsletter.Links]
	runs         table[newsletter.Run]
	lanes        table[newsletter.Lane]
	batches      table[newsletter.Batch]
	subscribers  table[newsletter.Subscriber]
	recipients   table[newsletter.Subscriber] // what a Run needs of them
	suppressions table[newsletter.Suppression]
	quotas       table[newsletter.Quota]
	actions      table[newsletter.Action]
	signIns      table[newsletter.SignIn]
	sessions     table[newsletter.Session]
	apiTokens    table[newsletter.APIToken]
	hooks        table[newsletter.Hook]
	calls        table[newsletter.Call]
}

// Open opens the file, makes it and its folder where they are missing, and brings
// an older one up to date. The errors say what a person can do.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("no place for the data of Masthead: %w; choose another folder", err)
	}
	_, _ = driver.Fdatasync(true) // as SQLite is built for Linux: as durable as fsync; where there is none, fsync stays
	s := &Store{path: path}
	s.describe()
	if err := s.connect(); err != nil {
		return nil, err
	}
	if err := s.useWAL(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// makeFile makes the file where it is missing, for its owner's eyes only: it holds
// addresses. SQLite gives its own files beside it the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func (s *Store) describe() {
	s.publications = newTable("publication", 1, publicationFields)
	s.sources = newTable("source", 1, sourceFields)
	s.articles = newTable("article", 1, articleFields)
	s.authors = newTable("author", 1, authorFields)
	s.schedules = newTable("schedule", 1, scheduleFields)
	s.issues = newTable("issue", 1, issueFields)
	s.mails = newTable("mail", 2, mailFields)
	s.links = newTable("links", 1, linksFields)
	s.runs = newTable("run", 1, runFields)
	s.lanes = newTable("lane", 2, laneFields)
	s.batches = newTable("batch", 3, batchFields)
	s.subscribers = newTable("subscriber", 1, subscriberFields)
	s.recipients = newTable("subscriber", 1, recipientFields)
	s.suppressions = newTable("suppression", 1, suppressionFields)
	s.quotas = newTable("quota", 1, quotaFields)
	s.actions = newTable("action", 1, actionFields)
	s.signIns = newTable("sign_in", 1, signInFields)
	s.sessions = newTable("session", 1, sessionFields)
	s.apiTokens = newTable("api_token", 1, apiTokenFields)
	s.hooks = newTable("hook", 1, hookFields)
	s.calls = newTable("call", 2, callFields)
}

func (s *Store) connect() error {
	absolute, err := filepath.Abs(s.path)
	if err != nil {
		return fmt.Errorf("data file %s: %w", s.path, err)
	}
	if s.write, err = newPool(dataSource(absolute, "cache_size(-4000)"), 1); err != nil { // KiB
		return s.explain("open", err)
	}
	if s.read, err = newPool(dataSource(absolute), max(4, runtime.NumCPU())); err != nil {
		return s.explain("open", err)
	}
	return nil
}

// dataSource names the file to the driver, with what each connection is set to.
func dataSource(path string, pragmas ...string) string {
	query := url.Values{
		"_pragma": append(pragmas, fmt.Sprintf("busy_timeout(%d)", lockWait.Milliseconds()), "synchronous(FULL)", "foreign_keys(1)"),
		"_txlock": {"immediate"}, // a transaction that starts reading and then writes could not wait for another's
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}).String()
}

// useWAL makes SQLite write ahead, so that readers do not wait for writers
// (https://sqlite.org/wal.html). The file remembers it. The switch itself does not
// wait for other processes by its busy timeout, so it is tried again.
func (s *Store) useWAL(ctx context.Context) error {
	for deadline := time.Now().Add(lockWait); ; {
		_, err := s.write.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		if !busy(err) || time.Now().After(deadline) {
			return s.explain("open", err)
		}
		select {
		case <-ctx.Done():
			return s.explain("open", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Close ends all work on the file.
func (s *Store) Close() error { return errors.Join(s.read.close(), s.write.close()) }

// query runs a SELECT and calls row for each row. It asks only at its start whether
// ctx has ended: reads are short and wait for nobody, and to watch ctx meanwhile
// would cost two goroutines for each.
func (s *Store) query(ctx context.Context, what, text string, args []any, row func(*sql.Rows) error) error {
	if err := ctx.Err(); err != nil {
		return s.explain(what, err)
	}
	ctx = context.WithoutCancel(ctx)
	stmt, err := s.read.statement(ctx, text)
	if err != nil {
		return s.explain(what, err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return s.explain(what, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return s.explain(what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return s.explain(what, err)
	}
	return nil
}

// transact runs do in one transaction that holds the file's write lock from its
// start. An error of do undoes everything.
func (s *Store) transact(ctx context.Context, what string, do func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(what, err)
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := do(tx); err != nil {
		return s.explain(what, err)
	}
	if err := tx.Commit(); err != nil {
		return s.explain(what, err)
	}
	return nil
}
