// Package archtest holds the shape of the tree: which package may import which,
// and that template.yaml and functions/ name the same functions. It parses the
// sources in process, so a broken rule is seen at once and never served from the
// test cache.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/masthead-mail/masthead/"
	root   = "../.."
)

// leaves know the words of the domain and nothing else of ours.
var leaves = []string{
	"internal/newsletter", "internal/address", "internal/token", "internal/words", "internal/mime", "internal/fetch", "internal/config",
	"internal/collect/plain", "internal/collect/found", "internal/collect/feed", "internal/collect/wordpress", "internal/collect/ghost", "internal/collect/page",
}

// rule says what the packages under a path may import of this module. The
// first rule that matches a package counts.
type rule struct {
	under string
	may   []string // path prefixes; nil: anything
	never []string // path prefixes, of this module or of any other
}

var aws = []string{"github.com/aws/", "internal/aws"}

var rules = []rule{
	{under: "internal/newsletter", may: []string{}, never: nil},
	{under: "internal/collect/plain", may: []string{}},
	{under: "internal/collect/found", may: []string{"internal/newsletter", "internal/collect/plain"}},
	{under: "internal/collect/feed", may: []string{"internal/newsletter", "internal/collect/plain", "internal/collect/found"}},
	{under: "internal/collect/wordpress", may: []string{"internal/newsletter", "internal/collect/plain", "internal/collect/found"}},
	{under: "internal/collect/ghost", may: []string{"internal/newsletter", "internal/collect/plain", "internal/collect/found"}},
	{under: "internal/collect/page", may: []string{"internal/newsletter", "internal/collect/plain", "internal/collect/found"}},
	{under: "internal/words", may: []string{"templates"}},
	{under: "internal/address", may: []string{"internal/newsletter"}},
	{under: "internal/token", may: []string{"internal/newsletter"}},
	{under: "internal/mime", may: []string{"internal/newsletter"}},
	{under: "internal/fetch", may: []string{"internal/newsletter"}},
	{under: "internal/config", may: []string{"internal/newsletter", "internal/token", "internal/address"}},
	{under: "internal/render", may: append([]string{"templates"}, leaves...)},
	{under: "internal/web", may: append([]string{"templates", "internal/collect", "internal/compose", "internal/deliver",
		"internal/feedback", "internal/subscribe", "internal/desk", "internal/render"}, leaves...), never: aws},
	{under: "internal/aws/events", may: append([]string{"internal/aws/events"}, leaves...)},
	{under: "internal/aws", may: append([]string{"internal/aws"}, leaves...), never: []string{"internal/local"}},
	{under: "internal/local", may: append([]string{"internal/local"}, leaves...), never: aws},
	{under: "internal/storetest", may: leaves, never: aws},
	{under: "internal/mailtest", may: leaves, never: aws},
	{under: "internal/archtest", may: []string{}},
	{under: "internal/", may: leaves, never: append([]string{"database/sql", "modernc.org/"}, aws...)}, // the stages
	{under: "templates", may: []string{}},
	{under: "functions/local", never: aws},
	{under: "functions/", never: []string{"internal/local", "modernc.org/"}},
}

func TestImportsRunOneWay(t *testing.T) {
	for pkg, imports := range packages(t, false) {
		i := slices.IndexFunc(rules, func(r rule) bool { return strings.HasPrefix(pkg+"/", r.under) || pkg == r.under })
		if i < 0 {
			t.Errorf("%s: no import rule covers it; add one or move it", pkg)
			continue
		}
		for _, imported := range imports {
			check(t, pkg, imported, rules[i])
		}
	}
}

func check(t *testing.T, pkg, imported string, r rule) {
	t.Helper()
	own, ours := strings.CutPrefix(imported, module)
	if !ours {
		own = imported
	}
	for _, prefix := range r.never {
		if strings.HasPrefix(own, prefix) {
			t.Errorf("%s imports %s: forbidden by the rule for %s", pkg, own, r.under)
		}
	}
	under := func(prefix string) bool { return own == prefix || strings.HasPrefix(own, prefix+"/") }
	if ours && r.may != nil && !strings.HasPrefix(own, pkg+"/") && !slices.ContainsFunc(r.may, under) {
		t.Errorf("%s imports %s: the rule for %s allows only %v", pkg, own, r.under, r.may)
	}
	if pkg == "internal/newsletter" && strings.Contains(strings.Split(imported, "/")[0], ".") {
		t.Errorf("%s imports %s: the domain uses the standard library only", pkg, imported)
	}
}

// TestOneOutboundClient keeps every request that leaves the program behind the
// guard of internal/fetch.
func TestOneOutboundClient(t *testing.T) {
	clients := regexp.MustCompile(`\bhttp\.((Get|Post|PostForm|Head|NewRequest|NewRequestWithContext|DefaultClient|DefaultTransport)\b|(Client|Transport)\{)`)
	walk(t, func(file string, src []byte) {
		if strings.HasPrefix(file, "internal/fetch/") || strings.HasSuffix(file, "_test.go") || strings.Contains(file, "test/") ||
			strings.HasPrefix(file, "internal/aws/") { // the SDK's client speaks to AWS only
			return
		}
		if found := clients.Find(src); found != nil {
			t.Errorf("%s uses %s: only internal/fetch may send requests", file, found)
		}
	})
}

// TestFunctionsStaySmall keeps templates out of the binaries that need none: they
// call methods by name, which switches off the linker's removal of unused ones. The
// SDK's loader of configurations brings four more clients along.
func TestFunctionsStaySmall(t *testing.T) {
	all := packages(t, false)
	for _, function := range []string{"collect", "compose", "deliver", "feedback", "hooks", "sweep", "web"} {
		targets := []string{"github.com/aws/aws-sdk-go-v2/config"}
		if function != "compose" && function != "web" {
			targets = append(targets, "html/template", "text/template")
		}
		for _, target := range targets {
			if trail := reaches(all, "functions/"+function, target, map[string]bool{}); trail != "" {
				t.Errorf("%s comes into functions/%s by %s", target, function, trail)
			}
		}
	}
}

func reaches(all map[string][]string, from, target string, seen map[string]bool) string {
	if seen[from] {
		return ""
	}
	seen[from] = true
	for _, imported := range all[from] {
		if imported == target {
			return from
		}
		if own, ours := strings.CutPrefix(imported, module); ours {
			if trail := reaches(all, own, target, seen); trail != "" {
				return from + " → " + trail
			}
		}
	}
	return ""
}

// TestTopLevel keeps the front page of the repository short.
func TestTopLevel(t *testing.T) {
	allowed := []string{"functions", "templates", "infra", "internal", "go.mod", "go.sum", "template.yaml", "README.md", "LICENSE", "Makefile"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}

// packages maps each directory with Go files to what they import.
func packages(t *testing.T, tests bool) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	walk(t, func(file string, src []byte) {
		if strings.HasSuffix(file, "_test.go") && !tests {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(file)
		for _, spec := range parsed.Imports {
			found[dir] = append(found[dir], strings.Trim(spec.Path.Value, `"`))
		}
	})
	return found
}

func walk(t *testing.T, visit func(file string, src []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(rel), src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
