package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// secrets are what links and subscriber ids are made with. They lie beside the
// data, readable by their owner only, and must be kept with it: without them old
// unsubscribe links do not work and readers are not recognised.
type secrets struct {
	Pepper []byte
	Keys   []token.Key // the first one signs
}

// loadSecrets reads the secrets of a data folder, and makes them the first time.
// Of two processes that come first at once, both use what one of them made.
func loadSecrets(dir string) (secrets, error) {
	name := filepath.Join(dir, "secrets.json")
	s, err := readSecrets(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	s = secrets{Pepper: random(), Keys: []token.Key{{ID: "a", Secret: random()}}}
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return secrets{}, err
	}
	partial, err := os.CreateTemp(dir, "secrets") // 0600
	if err != nil {
		return secrets{}, err
	}
	defer func() { _ = os.Remove(partial.Name()) }()
	_, err = partial.Write(content)
	if err := errors.Join(err, partial.Sync(), partial.Close()); err != nil {
		return secrets{}, err
	}
	if err := os.Link(partial.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) { // unlike a rename, it never replaces
		return secrets{}, err
	}
	return readSecrets(name)
}

func readSecrets(name string) (s secrets, err error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(content, &s); err != nil || len(s.Pepper) == 0 || len(s.Keys) == 0 {
		return s, fmt.Errorf("%s is damaged; put it back from a backup: links in mails sent so far need it: %w", name, newsletter.ErrInvalid)
	}
	return s, nil
}

// secretsCommand changes the key that links are signed with. The old ones stay: links
// of mails sent so far verify with them.
func secretsCommand(args []string, getenv func(string) string, out io.Writer) error {
	if len(args) == 0 || args[0] != "rotate" {
		return mistake{errors.New("write it like: local secrets rotate")}
	}
	o, err := parse("secrets", args[1:], getenv)
	if err != nil {
		return err
	}
	s, err := loadSecrets(o.Data)
	if err != nil {
		return err
	}
	s.Keys = append([]token.Key{{ID: nextKey(s.Keys), Secret: random()}}, s.Keys...)
	if err := s.replace(filepath.Join(o.Data, "secrets.json")); err != nil {
		return err
	}
	fmt.Fprintf(out, "Links are signed with key %s from the next start on; restart the server. Those of mails sent so far go on working. Back up secrets.json.\n", s.Keys[0].ID)
	return nil
}

// nextKey is an id that no key has.
func nextKey(keys []token.Key) string {
	for n := len(keys); ; n++ {
		id := strconv.FormatInt(int64(n)+10, 36) // a, b, c …
		if !slices.ContainsFunc(keys, func(k token.Key) bool { return k.ID == id }) {
			return id
		}
	}
}

// replace writes the secrets whole or not at all.
func (s *secrets) replace(name string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(name), "secrets") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

func random() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return b
}
