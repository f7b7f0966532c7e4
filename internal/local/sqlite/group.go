package sqlite

import (
	"context"
	"sync"
)

// group lets writes that come at the same time share one transaction, and so one
// sync to the disk, which is what a write mostly waits for. The first to come does
// the work for all who wait.
type group struct {
	mu      sync.Mutex
	busy    bool
	waiting []*write
}

// write is one statement and what came of it.
type write struct {
	text    string
	args    []any
	changed int64
	err     error
	turn    chan bool // true: it is the next to do the work; false: its own is done
	also    *write    // comes after it, in the same transaction wherever that succeeds
}

// exec runs one statement that writes, as if it were a transaction of its own, and
// tells how many rows it changed. It asks only at its start whether ctx has ended,
// since others may be in the same transaction.
func (s *Store) exec(ctx context.Context, what, text string, args ...any) (int64, error) {
	w := &write{text: text, args: args}
	if err := s.run(ctx, what, w); err != nil {
		return 0, err
	}
	return w.changed, s.explain(what, w.err)
}

// run has w written, and tells only where ctx has ended before.
func (s *Store) run(ctx context.Context, what string, w *write) error {
	if err := ctx.Err(); err != nil {
		return s.explain(what, err)
	}
	w.turn = make(chan bool, 1)
	if s.group.enter(w) || <-w.turn {
		together := s.group.take(w)
		s.commit(context.WithoutCancel(ctx), together)
		s.group.leave(together[1:])
	}
	return nil
}

// enter tells whether w may work at once; if not, it waits for its turn.
func (g *group) enter(w *write) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.busy {
		g.busy = true
		return true
	}
	g.waiting = append(g.waiting, w)
	return false
}

// take is w with all who wait.
func (g *group) take(w *write) []*write {
	g.mu.Lock()
	defer g.mu.Unlock()
	together := append([]*write{w}, g.waiting...)
	g.waiting = nil
	return together
}

// leave tells those whose work was done, and gives the turn to the next.
func (g *group) leave(done []*write) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range done {
		w.turn <- false
	}
	if g.busy = len(g.waiting) > 0; g.busy {
		g.waiting[0].turn <- true
		g.waiting = g.waiting[1:]
	}
}

// commit runs the writes in one transaction. Where any of them fails, all are undone
// and each is run by itself, so that nobody pays for another's fault.
func (s *Store) commit(ctx context.Context, writes []*write) {
	writes = flat(writes)
	if len(writes) > 1 && s.commitTogether(ctx, writes) == nil {
		return
	}
	for _, w := range writes {
		w.changed, w.err = 0, nil
		stmt, err := s.write.statement(ctx, w.text)
		if err != nil {
			w.err = err
			continue
		}
		result, err := stmt.ExecContext(ctx, w.args...)
		if w.err = err; err == nil {
			w.changed, w.err = result.RowsAffected()
		}
	}
}

// inOrder makes one of several that are to come one after the other.
func inOrder(writes []*write) *write {
	for i := range writes[1:] {
		writes[i].also = writes[i+1]
	}
	return writes[0]
}

// flat puts those that come along behind their own.
func flat(writes []*write) []*write {
	var all []*write
	for _, w := range writes {
		for ; w != nil; w = w.also {
			all = append(all, w)
		}
	}
	return all
}

func (s *Store) commitTogether(ctx context.Context, writes []*write) error {
	for _, w := range writes { // the transaction will have the only connection
		if _, err := s.write.statement(ctx, w.text); err != nil {
			return err
		}
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	for _, w := range writes {
		stmt, err := s.write.statement(ctx, w.text)
		if err != nil {
			return err
		}
		result, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, w.args...)
		if err != nil {
			return err
		}
		if w.changed, err = result.RowsAffected(); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		_, _ = s.write.ExecContext(ctx, "ROLLBACK") // database/sql takes it for ended; SQLite may not
		return err
	}
	return nil
}
