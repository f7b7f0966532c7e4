package subscribe

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Chunks cuts a table that Import reads into tables of so many rows and about so many
// bytes, and hands over one after another, until send returns an error. Each is in
// UTF-8, has the heading, and knows the lines of the file. The same file gives the same
// chunks.
func Chunks(file io.Reader, rows, size int, send func(chunk []byte, n, rows int) error) error {
	t, err := openTable(file)
	if err != nil {
		return err
	}
	c := &chunker{heading: append(slices.Clone(t.heading), "masthead_line"), address: t.columns[columnAddress], rows: rows, size: size, send: send}
	for {
		cells, err := t.Read()
		var broken *csv.ParseError
		switch {
		case err == nil:
			err = c.add(t.line(cells), cells)
		case errors.As(err, &broken):
			err = c.add(broken.StartLine, []string{"(a line that cannot be read)"}) // whoever takes it rejects it
		case errors.Is(err, io.EOF):
			return c.flush()
		}
		if err != nil {
			return err
		}
	}
}

// chunker fills a chunk.
type chunker struct {
	heading    []string
	address    int // where the column is
	rows, size int
	send       func(chunk []byte, n, rows int) error

	text  bytes.Buffer
	table *csv.Writer
	n     int // of the chunk
	held  int // rows
}

func (c *chunker) add(line int, cells []string) error {
	if c.table == nil {
		c.table = csv.NewWriter(&c.text)
		_ = c.table.Write(c.heading) // a buffer takes everything
	}
	row := make([]string, len(c.heading))
	for i := range min(len(cells), len(row)-1) {
		row[i] = readable(cells[i])
	}
	row[len(row)-1] = strconv.Itoa(line)
	if linesOf(cells) > maxLines { // a quotation mark is not closed: it need not travel
		row = slices.Repeat([]string{""}, len(c.heading))
		row[c.address], row[len(row)-1] = fmt.Sprintf("a quotation mark that is not closed for %d lines", linesOf(cells)), strconv.Itoa(line)
	}
	_ = c.table.Write(row)
	c.table.Flush()
	if c.held++; c.held < c.rows && c.text.Len() < c.size {
		return nil
	}
	return c.flush()
}

func (c *chunker) flush() error {
	if c.held == 0 {
		return nil
	}
	c.n++
	err := c.send(c.text.Bytes(), c.n, c.held)
	c.text.Reset()
	c.table, c.held = nil, 0
	return err
}

// line is where a row is in the file, or in the one that it comes from.
func (t *table) line(cells []string) int {
	if text := t.columns.cell(cells, columnLine); text != "" {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			return n
		}
	}
	n, _ := t.FieldPos(0)
	return n
}

// ErrOtherFile means that an import cannot go on where it was, since the file has
// changed since.
var ErrOtherFile = fmt.Errorf("the file has changed since the import began: %w", newsletter.ErrConflict)
