package inspect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Case is one document to be read, as a line of JSON.
type Case struct {
	ID      any     `json:"id"` // a text or a number
	Kind    string  `json:"kind"`
	Path    string  `json:"path"` // of the file; one that ends in .gz is unpacked
	URL     string  `json:"url"`  // where the document was, for its relative links
	Headers headers `json:"headers"`
}

// headers of the answer: a value is a text or a list of texts.
type headers http.Header

func (h *headers) UnmarshalJSON(data []byte) error {
	var in map[string]any
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*h = headers{}
	for name, value := range in {
		switch v := value.(type) {
		case string:
			http.Header(*h).Add(name, v)
		case []any:
			for _, one := range v {
				http.Header(*h).Add(name, fmt.Sprint(one))
			}
		}
	}
	return nil
}

// largest is how many bytes of a document are read, unpacked.
const largest = 64 << 20

// Cases reads one case a line from in and writes one Result a line to out, in the same
// order. Paths are relative to the working directory, else to dir. A case that cannot be
// read says so in its Result and stops no other; the error is that of in or out.
func Cases(ctx context.Context, in io.Reader, dir string, out io.Writer) error {
	lines, buffered := bufio.NewReader(in), bufio.NewWriter(out)
	defer buffered.Flush()
	for number := 1; ctx.Err() == nil; number++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := Write(buffered, one(line, number, dir)); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return buffered.Flush()
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Write writes a Result as one line of JSON.
func Write(out io.Writer, r Result) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

func one(line []byte, number int, dir string) Result {
	c := Case{ID: ""}
	if err := json.Unmarshal(line, &c); err != nil {
		return Result{ID: c.ID, Entries: []Entry{}, Err: fmt.Sprintf("line %d is no case: %v; a right one looks like {\"id\":\"1\",\"kind\":\"feed\",\"path\":\"feed.xml\"}", number, err)}
	}
	body, err := load(c.Path, dir)
	if err != nil {
		return Result{ID: c.ID, Entries: []Entry{}, Err: err.Error()}
	}
	r := Read(c.Kind, body, c.URL, http.Header(c.Headers))
	r.ID = c.ID
	return r
}

func load(path, dir string) ([]byte, error) {
	if _, err := os.Stat(path); err != nil && !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadAll(file, strings.HasSuffix(path, ".gz"))
}

// ReadAll reads a document, unpacked where it is packed.
func ReadAll(from io.Reader, packed bool) ([]byte, error) {
	if packed {
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, fmt.Errorf("the file is not packed with gzip: %w", err)
		}
		from = unpacked
	}
	body, err := io.ReadAll(io.LimitReader(from, largest+1))
	if len(body) > largest {
		return nil, fmt.Errorf("the document is larger than %d MiB", largest>>20)
	}
	return body, err
}
