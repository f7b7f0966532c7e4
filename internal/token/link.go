package token

import "strings"

// redirect is the purpose of a link that is counted.
const redirect Purpose = "r"

// linkFields are format, key, purpose, issue, link and mac.
const linkFields = 6

// SignLink names a link of an Issue, v1.kid.r.issue.link.mac: of nobody in particular,
// and for ever. Neither may hold a dot.
func (s *Signer) SignLink(issue, link string) string {
	key := s.Keys[0]
	body := strings.Join([]string{format, key.ID, string(redirect), issue, link}, ".")
	return body + "." + encoding.EncodeToString(mac(key.Secret, []byte(body)))
}

// VerifyLink reads what SignLink made. It fails with ErrForged.
func (s *Signer) VerifyLink(tok string) (issue, link string, err error) {
	parts := strings.Split(tok, ".")
	if len(parts) != linkFields || parts[0] != format || parts[2] != string(redirect) || !s.signed(tok, parts) {
		return "", "", ErrForged
	}
	return parts[3], parts[4], nil
}
