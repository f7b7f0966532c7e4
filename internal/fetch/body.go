package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// readBody reads and decodes an answer. Neither what is sent nor what comes out of
// the decoder may exceed limit, so a gzip bomb costs no more than a plain body.
// Where only the first bytes are wanted, no more of them are read.
func readBody(resp *http.Response, limit, first int64) ([]byte, error) {
	if first > 0 {
		return readFirst(resp, min(first, limit))
	}
	if resp.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	sent := bufio.NewReader(io.LimitReader(resp.Body, limit+1))
	decoded, err := decode(sent, resp.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(decoded, limit+1))
	if int64(len(body)) > limit {
		return nil, tooLarge(limit)
	}
	return body, err
}

func readFirst(resp *http.Response, first int64) ([]byte, error) {
	decoded, err := decode(bufio.NewReader(resp.Body), resp.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(decoded, first))
}

func tooLarge(limit int64) error {
	return fmt.Errorf("the answer is larger than %d MiB; nothing of it was used: %w", limit>>20, ErrTooLarge)
}

// decode undoes a content encoding. Gzip is also recognised by its first bytes: some
// servers hand out feed.xml.gz, or forget the header.
func decode(sent *bufio.Reader, encoding string) (io.Reader, error) {
	head, err := sent.Peek(2)
	if err != nil { // an answer this short is encoded in nothing
		return sent, nil
	}
	switch encoding = strings.ToLower(strings.TrimSpace(encoding)); {
	case bytes.Equal(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(sent)
	case encoding == "deflate" && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0: // RFC 1950, 2.2
		return zlib.NewReader(sent)
	case encoding == "deflate": // what some servers send instead
		return flate.NewReader(sent), nil
	case encoding == "" || encoding == "identity" || strings.HasSuffix(encoding, "gzip"):
		return sent, nil
	}
	return nil, fmt.Errorf("the answer is packed as %q, which was not asked for", encoding)
}
