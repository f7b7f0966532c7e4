package feed

import (
	"bytes"
	"encoding/binary"
	"mime"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset" // the encodings and their many names, as browsers know them
)

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]+)`)

// decode turns a feed into UTF-8. What the bytes prove counts first, then what the
// document and the server claim, in the end Windows-1252, in which every byte means
// something.
func decode(body []byte, contentType string) string {
	if text, ok := decodeWide(body); ok {
		return text
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	claims := claimed(body, contentType)
	if utf8.Valid(body) && !sevenBit(claims) {
		return string(body)
	}
	if len(claims) == 0 {
		claims = []string{"utf-8"}
	}
	for _, label := range append(claims, "windows-1252") {
		encoding, name := charset.Lookup(label)
		if encoding == nil || name == "replacement" || strings.HasPrefix(name, "utf-16") { // decodeWide would have known
			continue
		}
		if name == "utf-8" {
			if mostlyUTF8(body) {
				return repairMixed(body)
			}
			continue
		}
		text, err := encoding.NewDecoder().Bytes(body)
		if err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
			return string(text)
		}
	}
	return repairMixed(body)
}

// sevenBit tells whether a claimed encoding hides its characters in plain ASCII.
func sevenBit(claims []string) bool {
	for _, c := range claims {
		if c = strings.ToLower(c); strings.HasPrefix(c, "iso-2022") || c == "csiso2022jp" {
			return true
		}
	}
	return false
}

// claimed lists what the document, then the server, says the encoding is.
func claimed(body []byte, contentType string) []string {
	var claims []string
	if m := declared.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		claims = append(claims, string(m[1]))
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		claims = append(claims, params["charset"])
	}
	return claims
}

// mostlyUTF8 tells whether most of what is not ASCII is UTF-8.
func mostlyUTF8(body []byte) bool {
	good, bad := 0, 0
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		body = body[size:]
	}
	return good >= bad
}

// repairMixed keeps what is UTF-8 and reads every other byte as Windows-1252: the
// usual state of a feed put together from several databases.
func repairMixed(body []byte) string {
	var b strings.Builder
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size == 1 {
			r = rune(body[0]) // 0x80 to 0x9f become Windows-1252 when the text is cleaned
		}
		b.WriteRune(r)
		body = body[size:]
	}
	return b.String()
}

// decodeWide recognises UTF-16 and UTF-32 by a byte order mark or by how "<" and "{"
// look in them.
func decodeWide(body []byte) (string, bool) {
	starts := func(patterns ...string) bool {
		for _, p := range patterns {
			if bytes.HasPrefix(body, []byte(p)) {
				return true
			}
		}
		return false
	}
	switch {
	case starts("\x00\x00\xfe\xff", "\x00\x00\x00<", "\x00\x00\x00{"):
		return utf32(body, binary.BigEndian), true
	case starts("\xff\xfe\x00\x00", "<\x00\x00\x00", "{\x00\x00\x00"):
		return utf32(body, binary.LittleEndian), true
	case starts("\xfe\xff", "\x00<", "\x00{"):
		return utf16Text(body, binary.BigEndian), true
	case starts("\xff\xfe", "<\x00", "{\x00"):
		return utf16Text(body, binary.LittleEndian), true
	}
	return "", false
}

func utf16Text(body []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = order.Uint16(body[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

func utf32(body []byte, order binary.ByteOrder) string {
	var b strings.Builder
	for i := 0; i+4 <= len(body); i += 4 {
		b.WriteRune(rune(min(order.Uint32(body[i:]), utf8.MaxRune+1)))
	}
	return strings.TrimPrefix(b.String(), "\ufeff")
}
