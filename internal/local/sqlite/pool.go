package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// pool is some connections to the file and the statements prepared on them.
type pool struct {
	*sql.DB

	preparing sync.Mutex
	prepared  map[string]*sql.Stmt // by their text
}

func newPool(name string, connections int) (*pool, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &pool{DB: db, prepared: map[string]*sql.Stmt{}}, nil
}

// statement prepares a text once for all calls.
func (p *pool) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	p.preparing.Lock()
	defer p.preparing.Unlock()
	if stmt, ok := p.prepared[text]; ok {
		return stmt, nil
	}
	stmt, err := p.PrepareContext(ctx, text)
	if err == nil {
		p.prepared[text] = stmt
	}
	return stmt, err
}

// close closes the connections, and the statements with them.
func (p *pool) close() error {
	p.preparing.Lock()
	defer p.preparing.Unlock()
	clear(p.prepared)
	return p.Close()
}
