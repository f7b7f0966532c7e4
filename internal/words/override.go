package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/text/language"
)

// overrides are the languages of a magazine's own files: set once, at the start of a
// program, as the built-in ones are found once.
var overrides atomic.Pointer[map[string]*Words]

// Override takes the files of words/ in dir over the built-in ones: a message that a file
// holds counts, others stay as they were. A file with a fault is refused as a whole; the
// errors say which, where and why. A language that is not built in falls back to English
// for what its file lacks.
func Override(dir fs.FS) (taken []string, refused []error) {
	files, err := fs.Glob(dir, "words/*")
	if err != nil {
		return nil, []error{fmt.Errorf("words: %w", err)}
	}
	own := map[string]*Words{}
	for _, file := range files {
		w, err := overridden(dir, file)
		if err != nil {
			refused = append(refused, fmt.Errorf("language file %s is refused, the built-in words stay: %w", file, err))
			continue
		}
		own[strings.ToLower(w.Tag)] = w
		taken = append(taken, file)
	}
	overrides.Store(&own)
	return taken, refused
}

func overridden(dir fs.FS, file string) (*Words, error) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(file, "words/"), ".json")
	tag, err := language.Parse(name)
	if !ok || err != nil {
		return nil, errors.New("it should be named after its language, as de.json")
	}
	content, err := fs.ReadFile(dir, file)
	if err != nil {
		return nil, err
	}
	var messages map[string]message
	if err := json.Unmarshal(content, &messages); err != nil {
		return nil, fmt.Errorf("line %d: %w", lineOf(content, err), err)
	}
	for key, m := range messages {
		if err := fits(key, m); err != nil {
			return nil, fmt.Errorf("line %d: %w", lineAt(content, bytes.Index(content, []byte(`"`+key+`"`))), err)
		}
	}
	w := &Words{Tag: name, tag: tag, messages: map[string]message{}}
	if load := known()[strings.ToLower(name)]; load != nil {
		maps.Copy(w.messages, load().messages)
	}
	maps.Copy(w.messages, messages)
	w.months = strings.Fields(w.message("months")["other"])
	return w, nil
}

var placeholders = regexp.MustCompile(`\{[^}]*\}?`)

// fits tells whether a message can stand for the English one of its key: with none but its
// names, for these alone are filled in, and a text where there is no plural form.
func fits(key string, m message) error {
	english := known()[fallback]().messages[key]
	if english == nil {
		return fmt.Errorf("nobody says %q", key)
	}
	if m["other"] == "" {
		return fmt.Errorf("%q needs a text, or one for \"other\"", key)
	}
	if key == "months" && len(strings.Fields(m["other"])) != 12 {
		return fmt.Errorf("%q needs twelve words", key)
	}
	for form, text := range m {
		if form != "other" && !slices.Contains([]string{"zero", "one", "two", "few", "many"}, form) {
			return fmt.Errorf("%q: there is no plural form %q", key, form)
		}
		for _, name := range placeholders.FindAllString(text, -1) {
			if !strings.Contains(english["other"], name) {
				return fmt.Errorf("%q: %s is not known here; it has %v", key, name, placeholders.FindAllString(english["other"], -1))
			}
		}
	}
	return nil
}

func lineOf(content []byte, err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return lineAt(content, int(syntax.Offset))
	case errors.As(err, &kind):
		return lineAt(content, int(kind.Offset))
	}
	return 1
}

func lineAt(content []byte, offset int) int {
	return 1 + bytes.Count(content[:max(0, min(offset, len(content)))], []byte("\n"))
}
