package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// resource is what begins at a logical id of template.yaml, as text: the rules here
// need no YAML reader.
var resource = regexp.MustCompile(`(?m)^  ([A-Z][A-Za-z]+):\n((?:    .*\n|\n)*)`)

// section is the text of a part of template.yaml.
func section(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut("\n"+read(t, "template.yaml"), "\n"+name+":\n")
	if !found {
		t.Fatalf("template.yaml has no %s", name)
	}
	if end := regexp.MustCompile(`(?m)^[A-Z]`).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEachFunctionIsInTheTemplate: functions/deliver is DeliverFunction, which make
// can build. functions/local is no Lambda.
func TestEachFunctionIsInTheTemplate(t *testing.T) {
	var want, got []string
	dirs, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if d.IsDir() && d.Name() != "local" {
			want = append(want, strings.ToUpper(d.Name()[:1])+d.Name()[1:]+"Function")
		}
	}
	makefile := read(t, "Makefile")
	for _, found := range resource.FindAllStringSubmatch(section(t, "Resources"), -1) {
		id, body := found[1], found[2]
		if !strings.Contains(body, "Type: AWS::Serverless::Function") {
			continue
		}
		got = append(got, id)
		folder := strings.ToLower(strings.TrimSuffix(id, "Function"))
		if !regexp.MustCompile(`(?m)^build-` + id + `: +function = ` + folder + `$`).MatchString(makefile) {
			t.Errorf("the Makefile does not build %s from functions/%s", id, folder)
		}
		if !strings.Contains(body, "BuildMethod: makefile") {
			t.Errorf("%s is not built by the Makefile", id)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("template.yaml has the functions %v, functions/ has %v", got, want)
	}
}

// TestTemplateSetsKnownVariables: each name exists, none is for laptops only.
func TestTemplateSetsKnownVariables(t *testing.T) {
	known := regexp.MustCompile(`\{"(MASTHEAD_[A-Z_]+)", "([^"]*(?:" \+ [^"]* \+ "[^"]*)?)"`).FindAllStringSubmatch(read(t, "internal/config/config.go"), -1)
	help := map[string]string{}
	for _, v := range known {
		help[v[1]] = v[2]
	}
	if len(help) < 20 {
		t.Fatalf("only %d variables were found in internal/config", len(help))
	}
	for _, used := range regexp.MustCompile(`MASTHEAD_[A-Z_]+`).FindAllString(read(t, "template.yaml"), -1) {
		if text, ok := help[used]; !ok || strings.Contains(text, "(laptop)") {
			t.Errorf("template.yaml sets %s, which internal/config does not know for AWS: %q", used, text)
		}
	}
}

// TestTemplateHasTheTestsTable: the keys and the index of the real table are those
// of dynamo.CreateTable, over which the store's contract runs.
func TestTemplateHasTheTestsTable(t *testing.T) {
	code := read(t, "internal/aws/dynamo/create.go")
	var table string
	for _, found := range resource.FindAllStringSubmatch(section(t, "Resources"), -1) {
		if found[1] == "Table" {
			table = found[2]
		}
	}
	inCode := regexp.MustCompile(`keys\("(\w+)", "(\w+)"\)`).FindAllStringSubmatch(code, -1)
	inTemplate := regexp.MustCompile(`AttributeName: (\w+), KeyType: HASH \}\s+- \{ AttributeName: (\w+), KeyType: RANGE`).FindAllStringSubmatch(table, -1)
	if len(inCode) != 2 || len(inTemplate) != 2 {
		t.Fatalf("%d pairs of keys in the code, %d in the template, want 2", len(inCode), len(inTemplate))
	}
	for i := range inCode {
		if inCode[i][1] != inTemplate[i][1] || inCode[i][2] != inTemplate[i][2] {
			t.Errorf("keys %v in the code, %v in the template", inCode[i][1:], inTemplate[i][1:])
		}
	}
	index := regexp.MustCompile(`IndexName: aws.String\("(\w+)"\)`).FindStringSubmatch(code)
	if index == nil || !strings.Contains(table, "IndexName: "+index[1]+"\n") || !strings.Contains(table, "AttributeName: ttl, Enabled: true") {
		t.Errorf("the index %v or the time to live is missing:\n%s", index, table)
	}
}

// TestThrottledRoutesExist: all requests reach the web function; those that mail have
// a limit of their own, which must name routes of internal/web and of the template.
func TestThrottledRoutesExist(t *testing.T) {
	template, web := section(t, "Resources"), read(t, "internal/web/web.go")+read(t, "internal/web/routes.go")+read(t, "internal/web/issues.go")
	throttled := regexp.MustCompile(`"(POST) (/[a-z/]+)": \{ Throttling`).FindAllStringSubmatch(template, -1)
	if len(throttled) == 0 {
		t.Error("no route has a limit")
	}
	for _, route := range throttled {
		if !strings.Contains(web, `mux.Handle("`+route[1]+" "+route[2]+`"`) {
			t.Errorf("internal/web has no route %s %s", route[1], route[2])
		}
		if !strings.Contains(template, "Method: "+route[1]+", Path: "+route[2]+" }") {
			t.Errorf("template.yaml has a limit for %s %s and no such route", route[1], route[2])
		}
	}
	if !strings.Contains(template, "Any: { Type: HttpApi, Properties: { ApiId: !Ref Api } }") {
		t.Error("template.yaml has no route for all other requests")
	}
}

// TestTheDeskNamesTheRightParameters: what the stack says fixes a setting is what
// template.yaml makes of the variable.
func TestTheDeskNamesTheRightParameters(t *testing.T) {
	_, table, _ := strings.Cut(read(t, "internal/aws/stack/stack.go"), "var parameters = map[string]string{")
	table, _, _ = strings.Cut(table, "\n}")
	named := map[string]string{}
	for _, pair := range regexp.MustCompile(`"(MASTHEAD_[A-Z_]+)": "([A-Za-z]+)"`).FindAllStringSubmatch(table, -1) {
		named[pair[1]] = pair[2]
	}
	_, fixing, _ := strings.Cut(read(t, "internal/config/config.go"), "var fixing = map[newsletter.Setting]string{")
	fixing, _, _ = strings.Cut(fixing, "\n}")
	template, found := read(t, "template.yaml"), 0
	for _, variable := range regexp.MustCompile(`MASTHEAD_[A-Z_]+`).FindAllString(fixing, -1) {
		set := regexp.MustCompile(variable + `: !Ref ([A-Za-z]+)\n`).FindStringSubmatch(template)
		if set == nil {
			set = []string{"", ""}
		} else {
			found++
		}
		if named[variable] != set[1] {
			t.Errorf("%s comes from the parameter %q, the desk names %q", variable, set[1], named[variable])
		}
	}
	if found < 10 {
		t.Errorf("only %d variables were found in template.yaml", found)
	}
}
