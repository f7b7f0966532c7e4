package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6" // holds answers against the document: JSON Schema 2020-12, as OpenAPI 3.1 has it
)

// apiDocument is what openapi.json says of each route.
type apiDocument struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]json.RawMessage `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
}

var described = sync.OnceValues(func() (d apiDocument, err error) { return d, json.Unmarshal(document, &d) })

// TestEveryRouteIsDescribed, and nothing is described that is not there.
func TestEveryRouteIsDescribed(t *testing.T) {
	d, err := described()
	must(t, err)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %q", d.OpenAPI)
	}
	var there, told []string
	for _, pattern := range open(t).Site.routes().patterns {
		if method, path, _ := strings.Cut(pattern, " "); strings.HasPrefix(path, "/api/") {
			there = append(there, strings.ToLower(method)+" "+path)
		}
	}
	for path, methods := range d.Paths {
		for method := range methods {
			told = append(told, method+" "+path)
		}
	}
	slices.Sort(there)
	slices.Sort(told)
	if !slices.Equal(there, told) {
		t.Errorf("routes\n%s\nwant\n%s", strings.Join(there, "\n"), strings.Join(told, "\n"))
	}
	w := open(t).do(request("GET", "/api/openapi.json", ""))
	want(t, w, 200, `"openapi": "3.1.0"`)
}

// schemas are those of answers, by where they stand in the document.
var schemas = struct {
	sync.Mutex
	compiler *jsonschema.Compiler
	known    map[string]*jsonschema.Schema
}{known: map[string]*jsonschema.Schema{}}

// asDescribed tells what an answer of the API has that the document does not know. Every
// test of this package that asks the API goes by here.
func (h *house) asDescribed(r *http.Request, w *httptest.ResponseRecorder) error {
	_, pattern := h.Site.routes().Handler(r)
	method, path, _ := strings.Cut(pattern, " ")
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	if !strings.HasPrefix(path, "/api/") || r.Method != method || kind != typeJSON && kind != typeProblem {
		return nil
	}
	d, err := described()
	if err != nil {
		return err
	}
	status := fmt.Sprint(w.Code)
	answer, ok := d.Paths[path][strings.ToLower(method)].Responses[status]
	if !ok {
		status = "default"
		answer = d.Paths[path][strings.ToLower(method)].Responses[status]
	}
	if _, ok := answer.Content[kind]; !ok {
		return fmt.Errorf("%s answers %d with %s, which openapi.json does not describe", pattern, w.Code, kind)
	}
	schema, err := schemaAt(pointer("paths", path, strings.ToLower(method), "responses", status, "content", kind, "schema"))
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		return fmt.Errorf("%s: %w", pattern, err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%s answers with what openapi.json does not describe: %w\n%s", pattern, err, w.Body)
	}
	return nil
}

// pointer leads to a place in the document (RFC 6901).
func pointer(parts ...string) string {
	at := "#"
	for _, part := range parts {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(part)
	}
	return at
}

func schemaAt(at string) (*jsonschema.Schema, error) {
	schemas.Lock()
	defer schemas.Unlock()
	if known := schemas.known[at]; known != nil {
		return known, nil
	}
	if schemas.compiler == nil {
		whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
		if err != nil {
			return nil, err
		}
		schemas.compiler = jsonschema.NewCompiler()
		if err := schemas.compiler.AddResource("https://news.example.org/api/openapi.json", whole); err != nil {
			return nil, err
		}
	}
	schema, err := schemas.compiler.Compile("https://news.example.org/api/openapi.json" + at)
	if err == nil {
		schemas.known[at] = schema
	}
	return schema, err
}
