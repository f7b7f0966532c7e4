package deliver

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestNoCellIsAFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"=HYPERLINK(\"https://example.org\")": "'=HYPERLINK(\"https://example.org\")",
		"+news@example.org":                   "'+news@example.org",
		"-1@example.org":                      "'-1@example.org",
		"@SUM(A1)":                            "'@SUM(A1)",
		"\t=1":                                "'\t=1",
		"\r=1":                                "'\r=1",
		"ada+news@example.org":                "ada+news@example.org",
		"":                                    "",
		"ünïcode, \"quoted\"\nand more":       "ünïcode, \"quoted\"\nand more",
	} {
		var b bytes.Buffer
		table := NewCSV(&b)
		must(t, table.Write(Delivery{Address: newsletter.Address(cell), Reason: cell, Outcome: newsletter.OutcomeFailed, At: monday}))
		must(t, table.Flush())
		lines, err := csv.NewReader(&b).ReadAll()
		must(t, err)
		if len(lines) != 2 || lines[1][0] != want || lines[1][2] != want || lines[1][3] != "2026-03-02T07:00:00Z" {
			t.Errorf("%q came as %q", cell, lines)
		}
	}
}

func FuzzHarmless(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "", "+", "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		got := harmless(cell)
		if got != "" && strings.ContainsAny(got[:1], "=+-@\t\r\n") || strings.TrimPrefix(got, "'") != cell && got != cell {
			t.Errorf("%q became %q", cell, got)
		}
	})
}
