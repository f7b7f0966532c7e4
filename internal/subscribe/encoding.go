package subscribe

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap" // what Excel still writes in many places
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var (
	utf8BOM   = []byte("\xef\xbb\xbf")
	utf16LBOM = []byte("\xff\xfe")
	utf16BBOM = []byte("\xfe\xff")
)

// decoded is a file in UTF-8, with line feeds at the ends of its lines. What is in
// Windows-1252 stays so, see readable: only a cell at a time tells.
func decoded(file io.Reader) *bufio.Reader {
	in := bufio.NewReaderSize(file, 64<<10)
	head, _ := in.Peek(4096)
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		_, _ = in.Discard(len(utf8BOM))
	case bytes.HasPrefix(head, utf16LBOM), len(head) > 1 && head[0] != 0 && head[1] == 0:
		in = wide(in, unicode.LittleEndian)
	case bytes.HasPrefix(head, utf16BBOM), len(head) > 1 && head[0] == 0 && head[1] != 0:
		in = wide(in, unicode.BigEndian)
	}
	if head, _ := in.Peek(4096); bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		in = bufio.NewReaderSize(&oldMac{in}, 64<<10)
	}
	return in
}

// wide reads UTF-16, whose mark, if there is one, wins over order.
func wide(in io.Reader, order unicode.Endianness) *bufio.Reader {
	return bufio.NewReaderSize(transform.NewReader(in, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), 64<<10)
}

// oldMac turns the carriage returns with which old Macs end lines into line feeds.
type oldMac struct{ io.Reader }

func (o *oldMac) Read(p []byte) (int, error) {
	n, err := o.Reader.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// readable takes a cell that is no UTF-8 for Windows-1252.
func readable(cell string) string {
	if utf8.ValidString(cell) {
		return cell
	}
	text, err := charmap.Windows1252.NewDecoder().String(cell)
	if err != nil {
		return cell
	}
	return text
}
