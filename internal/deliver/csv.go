package deliver

import (
	"encoding/csv"
	"io"
	"strings"
	"time"
)

// CSV writes deliveries as a table that spreadsheets open (RFC 4180), with a head.
// Flush it at the end.
//
// A cell that a spreadsheet would take for a formula, one that begins with = + - @
// or a tab or a line break, gets an apostrophe before it, as OWASP advises ("CSV
// Injection"): a reader's address, or what a mail server answered, is a stranger's
// text. So the address +news@example.org comes as '+news@example.org.
type CSV struct{ table *csv.Writer }

// NewCSV begins a table.
func NewCSV(w io.Writer) *CSV {
	c := &CSV{csv.NewWriter(w)}
	_ = c.table.Write([]string{"address", "outcome", "reason", "at", "message_id", "subscriber"}) // Flush tells
	return c
}

// Write adds a line.
func (c *CSV) Write(d Delivery) error {
	cells := []string{string(d.Address), string(d.Outcome), d.Reason, d.At.UTC().Format(time.RFC3339), d.MessageID, d.Subscriber.String()}
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return c.table.Write(cells)
}

// Flush ends the table, and returns the first error there was.
func (c *CSV) Flush() error {
	c.table.Flush()
	return c.table.Error()
}

func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
