package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	judge "github.com/emersion/go-msgauth/dkim"

	"github.com/masthead-mail/masthead/internal/local/dkim"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func open(t *testing.T) *Outbox {
	return &Outbox{Dir: t.TempDir(), Now: func() time.Time { return time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC) }}
}

func TestContract(t *testing.T) {
	mailtest.Run(t, func(t *testing.T) mailtest.System {
		o := open(t)
		return mailtest.System{Mailer: o, Received: func(t *testing.T) (all []mailtest.Received) {
			files, _ := filepath.Glob(filepath.Join(o.Dir, "*", "*.eml"))
			for _, name := range files {
				raw, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, mailtest.Parse(t, "", raw))
			}
			return all
		}}
	})
}

func TestRecallTellsWhoseFileIsThere(t *testing.T) {
	o := open(t)
	m := mailtest.Mailing(3)
	half := *m
	half.Recipients = m.Recipients[:2]
	if _, err := o.Send(t.Context(), &half); err != nil {
		t.Fatal(err)
	}
	results, err := o.Recall(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeSent, newsletter.OutcomeRetry} {
		if results[i].Outcome != want {
			t.Errorf("reader %d: %+v, want %s", i, results[i], want)
		}
	}
}

func TestMessagesAreSigned(t *testing.T) {
	o := open(t)
	key, err := dkim.Create("mail1", filepath.Join(t.TempDir(), "key.pem"), true)
	if err != nil {
		t.Fatal(err)
	}
	o.Sign = dkim.Keys{key}
	if _, err := o.Send(t.Context(), mailtest.Mailing(1)); err != nil {
		t.Fatal(err)
	}
	if err := o.Post(t.Context(), &newsletter.Message{Publication: &mailtest.Publication, To: "ada@example.org", Subject: "s", Text: "t", HTML: "h"}); err != nil {
		t.Fatal(err)
	}
	name, record := key.Record("news.example.org")
	files, _ := filepath.Glob(filepath.Join(o.Dir, "*", "*.eml"))
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		found, err := judge.VerifyWithOptions(bytes.NewReader(raw), &judge.VerifyOptions{LookupTXT: func(asked string) ([]string, error) {
			return map[string][]string{name: {record}}[asked], nil
		}})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			t.Errorf("%s: %v, %+v", file, err, found)
		}
	}
	if len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
}

func TestFileNames(t *testing.T) {
	long := newsletter.Address(strings.Repeat("l", 64) + "@" + strings.Repeat("ü", 60) + ".example")
	for _, c := range []struct {
		address newsletter.Address
		want    string
	}{
		{"ada@example.org", "ada@example.org.eml"},
		{"ada+news@example.org", "ada+news@example.org.eml"},
		{"a/../b@example.org", "a%2F..%2Fb@example.org.eml"},
		{"50%@example.org", "50%25@example.org.eml"},
		{"zoë@example.org", "zo%C3%AB@example.org.eml"},
	} {
		if got := FileName(c.address); got != c.want {
			t.Errorf("FileName(%s) = %s, want %s", c.address, got, c.want)
		}
	}
	if got := FileName(long); len(got) > 240 || got == FileName(long+"x") {
		t.Errorf("a long address becomes %s", got)
	}
}

func TestFaultsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, "free some space"}, {os.ErrPermission, "-out"}, {errors.New("x"), "x"},
	} {
		got := explain(&os.PathError{Op: "write", Path: "p", Err: c.err})
		if !errors.Is(got, newsletter.ErrSendingPaused) || !strings.Contains(got.Error(), c.want) {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

// TestAFullDisk writes to a device that is always full, where there is one.
func TestAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	o := open(t)
	m := mailtest.Mailing(3)
	dir := filepath.Join(o.Dir, m.Mail.Issue)
	full := filepath.Join(dir, FileName(m.Recipients[1].Address)+fmt.Sprintf(".%d.part", os.Getpid()))
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Symlink("/dev/full", full)); err != nil {
		t.Fatal(err)
	}
	results, err := o.Send(t.Context(), m)
	if !errors.Is(err, newsletter.ErrSendingPaused) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("error %v", err)
	}
	for i, want := range []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeRetry, newsletter.OutcomeRetry} {
		if results[i].Outcome != want {
			t.Errorf("reader %d: %+v, want %s", i, results[i], want)
		}
	}
	if results, err = o.Send(t.Context(), m); err != nil || results[2].Outcome != newsletter.OutcomeSent {
		t.Errorf("after space was freed: %+v, %v", results, err)
	}
}

func TestAFolderThatCannotBeWrittenPausesAndLosesNobody(t *testing.T) {
	o := open(t)
	o.Dir = filepath.Join(o.Dir, "file", "below")
	if err := os.WriteFile(filepath.Dir(o.Dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := o.Send(t.Context(), mailtest.Mailing(2))
	if !errors.Is(err, newsletter.ErrSendingPaused) || len(results) != 2 || results[1].Outcome != newsletter.OutcomeRetry {
		t.Errorf("%+v, %v", results, err)
	}
}
