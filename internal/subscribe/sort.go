package subscribe

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// line is a row of a table as the file has it, and whose it is.
type line struct {
	id    newsletter.SubscriberID
	n     int // in the file
	cells []string
}

// before orders lines by id, those of one id as the file has them.
func before(a, b *line) int {
	return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.n, b.n))
}

// sorter puts lines into the order of their ids. A store keeps readers in that order:
// adding them in it touches every page once, where shuffled ones would write a large
// store anew with each few thousand. What is more than one stretch lies in a temporary
// file, sorted stretch by stretch, and is merged at the end.
type sorter struct {
	limit int     // of a stretch, in bytes; 0: stretchSize
	text  []byte  // the lines of this stretch, one after another
	index []place // where they are
	file  *os.File
	ends  []int64 // of the stretches in file
}

// place is where a line is in the text.
type place struct {
	id       newsletter.SubscriberID
	from, to int
}

// stretchSize is how much is sorted in memory; a line takes about a hundred.
const stretchSize = 4 << 20

// add takes one more line, and keeps nothing of it.
func (s *sorter) add(l *line) error {
	from := len(s.text)
	s.text = l.append(s.text)
	s.index = append(s.index, place{l.id, from, len(s.text)})
	if len(s.text) < cmp.Or(s.limit, stretchSize) {
		return nil
	}
	return s.spill()
}

// spill moves the stretch into the file.
func (s *sorter) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "masthead-import-*")
		if err != nil {
			return noRoom(err)
		}
		s.file = file
	}
	out := bufio.NewWriterSize(s.file, 64<<10)
	s.write(out)
	if err := out.Flush(); err != nil {
		return noRoom(err)
	}
	end, err := s.file.Seek(0, io.SeekCurrent)
	s.ends = append(s.ends, end)
	return err
}

func noRoom(err error) error {
	return fmt.Errorf("no room to sort the readers: %w; free some, or set TMPDIR to a folder that has some", err)
}

// write empties the stretch, in order. out tells at its end what went wrong.
func (s *sorter) write(out io.Writer) {
	slices.SortFunc(s.index, func(a, b place) int {
		return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.from, b.from))
	})
	for _, p := range s.index {
		_, _ = out.Write(s.text[p.from:p.to])
	}
	s.text, s.index = s.text[:0], s.index[:0]
}

// each calls yield for every line in order, until it returns an error.
func (s *sorter) each(yield func(*line) error) error {
	var rest bytes.Buffer
	s.write(&rest)
	stretches := []*stretch{{in: bufio.NewReader(&rest)}}
	from := int64(0)
	for _, end := range s.ends {
		part := io.NewSectionReader(s.file, from, end-from)
		stretches, from = append(stretches, &stretch{in: bufio.NewReaderSize(part, 32<<10)}), end
	}
	return merge(stretches, yield)
}

// close removes the file.
func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// stretch is a sorted list of lines, of which one is read already.
type stretch struct {
	in   *bufio.Reader
	next line
	text []byte
}

// merge reads stretches side by side. There are a few dozen at the most.
func merge(stretches []*stretch, yield func(*line) error) error {
	var open []*stretch
	for _, s := range stretches {
		more, err := s.read()
		if err != nil {
			return err
		}
		if more {
			open = append(open, s)
		}
	}
	for len(open) > 0 {
		first := 0
		for i := range open {
			if before(&open[i].next, &open[first].next) < 0 {
				first = i
			}
		}
		if err := yield(&open[first].next); err != nil {
			return err
		}
		more, err := open[first].read()
		if err != nil {
			return err
		}
		if !more {
			open = slices.Delete(open, first, first+1)
		}
	}
	return nil
}

// A line is stored as the size of what follows in four bytes, the id, the number, and
// each cell behind its size.

func (l *line) append(to []byte) []byte {
	from := len(to)
	to = append(to, 0, 0, 0, 0)
	to = append(to, l.id[:]...)
	to = binary.AppendUvarint(to, uint64(l.n))
	for _, cell := range l.cells {
		to = binary.AppendUvarint(to, uint64(len(cell)))
		to = append(to, cell...)
	}
	binary.BigEndian.PutUint32(to[from:], uint32(len(to)-from-4))
	return to
}

// read goes on to the next line; false: there is none. The cells of the line before
// stay as they are.
func (s *stretch) read() (more bool, err error) {
	var size [4]byte
	if _, err := io.ReadFull(s.in, size[:]); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	s.text = slices.Grow(s.text[:0], int(binary.BigEndian.Uint32(size[:])))[:binary.BigEndian.Uint32(size[:])]
	if _, err := io.ReadFull(s.in, s.text); err != nil {
		return false, err
	}
	l := line{cells: make([]string, 0, len(s.next.cells))}
	at := copy(l.id[:], s.text)
	l.n, at = number(s.text, at)
	for all := string(s.text); at < len(all); {
		var length int
		length, at = number(s.text, at)
		l.cells = append(l.cells, all[at:at+length])
		at += length
	}
	s.next = l
	return true, nil
}

// number reads one, and tells where it ends.
func number(text []byte, at int) (n, end int) {
	v, size := binary.Uvarint(text[at:])
	return int(v), at + size
}
