package smtp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Notes are kept while a Mailing is under way: which messages were begun, and what
// the server answered. A mail server cannot be asked afterwards; but when a process
// is killed, its notes tell all but the messages that were on the wire at that
// moment, one for each connection.
//
// A note is a small file for each lane that a process works on, written over once
// for each message and never synced: what a process has written outlives it, but
// not a power cut. So notes of before the machine's last start say nothing.
//
// The sender holds a lock on its note, which the system takes back when the process
// dies, not when it merely stalls. Whoever asks leaves a mark first, then looks at
// the locks; the sender takes its lock first, then looks for a mark. So a sender
// that wakes up late finds that its batch has been settled, and sends nothing.
type Notes struct {
	dir     string
	boot    string
	process string // tells its files from those of others

	mu    sync.Mutex
	swept bool
}

// NewNotes keeps notes in a folder of their own beside the books of the runs: the
// two belong together. It is made when it is needed. Where the system does not tell
// one start of the machine from the next, there are no notes: nil.
func NewNotes(dir string) *Notes {
	boot := bootID()
	if boot == "" {
		return nil
	}
	return &Notes{dir: dir, boot: boot, process: rand.Text()}
}

// What a note says of each reader.
const (
	unbegun = iota
	begun
	accepted
	refusedForNow
	refusedForGood
)

// note is that of one batch. Where the batch goes out in several Mailings, each
// continues what the one before it has written.
type note struct {
	file    *os.File
	content []byte
	first   int // reader of the Mailing
}

// errSettled means that the batch has been settled by somebody who took the sender
// for dead.
var errSettled = fmt.Errorf("another process has taken over this batch: %w", newsletter.ErrUnavailable)

// open begins the note of a Mailing. errSettled: it must not be sent any more.
func (n *Notes) open(m *newsletter.Mailing) (*note, error) {
	if err := n.prepare(); err != nil {
		return nil, explain(err)
	}
	file, err := n.own(m)
	if err != nil {
		return nil, explain(err)
	}
	o, err := n.continued(file, m)
	if err == nil {
		_, err = file.WriteAt(o.content, 0)
	}
	if err == nil {
		err = unmarked(n.mark(m))
	}
	if err != nil {
		_ = file.Close()
		return nil, explain(err)
	}
	return o, nil
}

// continued is the note that the file holds with the readers of the Mailing added, or a
// new one where it is of another batch.
func (n *Notes) continued(file *os.File, m *newsletter.Mailing) (*note, error) {
	o := &note{file: file, content: make([]byte, noteSize)}
	if _, err := file.ReadAt(o.content, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if seq, states, ok := n.read(o.content); ok && seq == m.Seq {
		o.first = len(states)
	} else {
		o.content = n.blank(m.Seq)
	}
	if o.first+len(m.Recipients) > newsletter.MaxBatch {
		return nil, fmt.Errorf("a batch of %d readers", o.first+len(m.Recipients))
	}
	for i := range m.Recipients {
		copy(o.content[idsAt+(o.first+i)*idSize:], m.Recipients[i].Subscriber[:])
	}
	return o, nil
}

// own opens and locks this process's note of the lane. Another one is used while a
// batch of the same lane is still being sent, by a worker that has stalled.
func (n *Notes) own(m *newsletter.Mailing) (*os.File, error) {
	for i := 0; ; i++ {
		file, err := os.OpenFile(filepath.Join(n.dir, fmt.Sprintf("%s%s-%d", lanePrefix(m), n.process, i)), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err = lockFile(file); err == nil {
			return file, nil
		}
		_ = file.Close()
		if !errors.Is(err, errLocked) {
			return nil, err
		}
	}
}

// mark is the file by which a batch is known to be settled.
func (n *Notes) mark(m *newsletter.Mailing) string {
	return filepath.Join(n.dir, fmt.Sprintf("%s%d.settled", lanePrefix(m), m.Seq))
}

func unmarked(name string) error {
	_, err := os.Lstat(name)
	switch {
	case err == nil:
		return errSettled
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// errLocked means that somebody else is using a note.
var errLocked = errors.New("the note is in use")

func explain(err error) error {
	if errors.Is(err, errSettled) {
		return errSettled
	}
	return fmt.Errorf("the notes about what is being sent cannot be written; free some space or mend the folder's permissions: %w (%w)", newsletter.ErrSendingPaused, err)
}

// set notes what is known of reader i; write makes it last.
func (o *note) set(i int, outcome newsletter.Outcome) {
	o.content[statesAt+o.first+i] = map[newsletter.Outcome]byte{newsletter.OutcomeAmbiguous: begun, newsletter.OutcomeSent: accepted,
		newsletter.OutcomeRetry: refusedForNow, newsletter.OutcomeFailed: refusedForGood}[outcome]
}

func (o *note) write() error {
	if _, err := o.file.WriteAt(o.content[statesAt:idsAt], int64(statesAt)); err != nil {
		return explain(err)
	}
	return nil
}

// end closes the note, and so gives the lock back.
func (o *note) end() {
	_ = o.write() // the sender knows it all and is alive
	_ = o.file.Close()
}

// Recall tells what became of a Mailing whose sender has died: what was under way
// stays ambiguous, as does all of it where the notes do not tell, or where the
// sender is alive. From then on it cannot be sent any more.
func (m *Mailer) Recall(_ context.Context, mailing *newsletter.Mailing) ([]newsletter.Result, error) {
	states, known, err := m.Notes.recall(mailing)
	if err != nil {
		return nil, err
	}
	results := make([]newsletter.Result, len(mailing.Recipients))
	digest := m.encode.Digest(mailing)
	for i := range results {
		id := mailing.Recipients[i].Subscriber
		results[i] = newsletter.Result{Outcome: newsletter.OutcomeAmbiguous, Reason: "the worker died while it was sending"}
		switch state := states[id]; {
		case !known || state == begun:
		case state == accepted:
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: digest.MessageID(id)}
		case state == refusedForGood:
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "the mail server refused it; its words were lost with the worker"}
		default:
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "the worker died before it was sent"}
		}
	}
	return results, nil
}

// recall settles a Mailing and reads its note; known tells whether that can be
// relied on. Readers who are not in it were not begun.
func (n *Notes) recall(m *newsletter.Mailing) (states map[newsletter.SubscriberID]byte, known bool, err error) {
	if n == nil {
		return nil, false, nil
	}
	if err := n.prepare(); err != nil {
		return nil, false, explain(err)
	}
	if err := os.WriteFile(n.mark(m), nil, 0o600); err != nil {
		return nil, false, explain(err)
	}
	names, _ := filepath.Glob(filepath.Join(n.dir, globEscape(lanePrefix(m))+"*-*"))
	earlier, later, found, doubtful := false, false, false, false
	states = map[newsletter.SubscriberID]byte{}
	for _, name := range names {
		content, err := readDead(name)
		if errors.Is(err, errLocked) {
			doubtful = true // it may be being sent at this moment
			continue
		} else if err != nil {
			return nil, false, explain(err)
		}
		seq, noted, ok := n.read(content)
		if ok && seq == m.Seq {
			found = true
			maps.Copy(states, noted)
		}
		earlier = earlier || ok && seq < m.Seq
		later = later || ok && seq > m.Seq // the books are older than the notes
	}
	// Where the batches before this one were noted and this one was not, it was never
	// begun. Without any notes of the lane its sender may have worked elsewhere.
	return states, !doubtful && (found || earlier && !later), nil
}

// readDead reads a note whose process does not use it now. errLocked: it does.
func readDead(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := lockFile(file); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, int64(noteSize)))
}

// prepare makes the folder, and clears it of what nobody will ask about any more.
func (n *Notes) prepare() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.swept {
		return nil
	}
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	old := time.Now().AddDate(0, 0, -30) // the files' time, not the newsletter's
	entries, err := os.ReadDir(n.dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(old) {
			_ = os.Remove(filepath.Join(n.dir, e.Name()))
		}
	}
	n.swept = err == nil
	return err
}

func lanePrefix(m *newsletter.Mailing) string {
	return fmt.Sprintf("%s.%d.", url.PathEscape(m.Run), m.Lane)
}

// globEscape keeps filepath.Glob from reading signs into a name. It has been
// through url.PathEscape, which leaves none but these.
func globEscape(s string) string { return strings.NewReplacer("[", `\[`, "*", `\*`).Replace(s) }

// The layout of a note: a line that names the form and the start of the machine, the
// batch's number, a byte for each reader, their ids. It lies within one page of
// memory, so that it is never half written.
const (
	form     = "masthead note 1 "
	bootSize = 36
	seqAt    = len(form) + bootSize + 1
	statesAt = seqAt + 8
	idsAt    = statesAt + newsletter.MaxBatch
	idSize   = len(newsletter.SubscriberID{})
	noteSize = idsAt + newsletter.MaxBatch*idSize
)

// blank is the note of a batch without readers. It is written whole, so that nothing
// of the batch before stays.
func (n *Notes) blank(seq int) []byte {
	b := make([]byte, noteSize)
	copy(b, form+n.boot+"\n")
	binary.BigEndian.PutUint64(b[seqAt:], uint64(seq))
	return b
}

// read takes a note apart. It is not ok where it is of before the machine's last
// start, or of another form.
func (n *Notes) read(content []byte) (seq int, states map[newsletter.SubscriberID]byte, ok bool) {
	if len(content) != noteSize || string(content[:seqAt]) != form+n.boot+"\n" {
		return 0, nil, false
	}
	states = map[newsletter.SubscriberID]byte{}
	for i := range newsletter.MaxBatch {
		id := newsletter.SubscriberID(content[idsAt+i*idSize:])
		if id.IsZero() {
			break
		}
		states[id] = content[statesAt+i]
	}
	return int(binary.BigEndian.Uint64(content[seqAt:])), states, true
}
