package dynamo

import (
	"encoding/hex"
	"slices"
	"strings"
)

// Amazon's message ids have 60 letters: 16 hexadecimal digits that count up with the
// time, a UUID, and a number that is the same for all of a batch, as
// 0100019a2b3c4d5e-8c2f1d3a-1111-2222-3333-444455556666-000000. Fifty of them would
// be most of a batch's item, and cannot be compressed as text. As bytes, with what
// they have in common kept once, they take 17 bytes each.
const (
	idTime   = 8  // bytes
	idRandom = 16 // the UUID's
	idNumber = 3
	idBytes  = idTime + idRandom + idNumber
)

// idParts are how long the parts between the hyphens are, in letters.
var idParts = []int{16, 8, 4, 4, 4, 12, 6}

// packMessageIDs is the ids as bytes, "" for none; nil where any of them has another
// form.
func packMessageIDs(ids []string) []byte {
	var raw [][]byte
	present := make([]byte, (len(ids)+7)/8)
	for i, id := range ids {
		if id == "" {
			continue
		}
		b, ok := messageIDBytes(id)
		if !ok || len(raw) > 0 && !slices.Equal(b[idTime+idRandom:], raw[0][idTime+idRandom:]) {
			return nil
		}
		present[i/8] |= 1 << (i % 8)
		raw = append(raw, b)
	}
	if len(raw) == 0 {
		return nil
	}
	shared := idTime
	for _, b := range raw[1:] {
		for shared > 0 && !slices.Equal(b[:shared], raw[0][:shared]) {
			shared--
		}
	}
	packed := append(append([]byte{byte(len(ids)), byte(shared)}, present...), raw[0][:shared]...)
	packed = append(packed, raw[0][idTime+idRandom:]...)
	for _, b := range raw {
		packed = append(packed, b[shared:idTime+idRandom]...)
	}
	return packed
}

func messageIDBytes(id string) ([]byte, bool) {
	parts := strings.Split(id, "-")
	if len(parts) != len(idParts) || strings.ToLower(id) != id {
		return nil, false
	}
	for i, part := range parts {
		if len(part) != idParts[i] {
			return nil, false
		}
	}
	b, err := hex.DecodeString(strings.Join(parts, ""))
	return b, err == nil
}

// unpackMessageIDs undoes packMessageIDs.
func unpackMessageIDs(packed []byte) ([]string, bool) {
	if len(packed) < 2 || packed[1] > idTime {
		return nil, false
	}
	ids, shared := make([]string, packed[0]), int(packed[1])
	packed = packed[2:]
	bitmap := (len(ids) + 7) / 8
	if len(packed) < bitmap+shared+idNumber {
		return nil, false
	}
	present, begin, number := packed[:bitmap], packed[bitmap:bitmap+shared], packed[bitmap+shared:bitmap+shared+idNumber]
	packed = packed[bitmap+shared+idNumber:]
	for i := range ids {
		if present[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		own := idTime - shared + idRandom
		if len(packed) < own {
			return nil, false
		}
		ids[i] = messageID(slices.Concat(begin, packed[:own], number))
		packed = packed[own:]
	}
	return ids, len(packed) == 0
}

func messageID(b []byte) string {
	letters := hex.EncodeToString(b)
	var parts []string
	for _, n := range idParts {
		parts = append(parts, letters[:n])
		letters = letters[n:]
	}
	return strings.Join(parts, "-")
}
