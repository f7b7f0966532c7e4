package newsletter

import (
	"errors"
	"testing"
)

func TestAPublicationKeepsItsFirstPepper(t *testing.T) {
	var p Publication
	for _, c := range []struct {
		name   string
		pepper string
		noted  bool
		err    error
	}{
		{"the first is noted", "right", true, nil},
		{"the same again is fine", "right", false, nil},
		{"another is refused", "wrong", false, ErrInvalid},
		{"and changes nothing", "right", false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if noted, err := p.NotePepper([]byte(c.pepper)); noted != c.noted || !errors.Is(err, c.err) {
				t.Errorf("noted %t, %v", noted, err)
			}
		})
	}
}

// TestPepperPrint pins the fingerprint: it is stored.
func TestPepperPrint(t *testing.T) {
	if got := PepperPrint([]byte("pepper")); got != "d97afc96634adc0e" {
		t.Errorf("got %s", got)
	}
}
