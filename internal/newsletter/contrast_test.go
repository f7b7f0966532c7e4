package newsletter

import (
	"errors"
	"math"
	"testing"
)

func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21}, {"#ffffff", "#000000", 21}, {"#777777", "#ffffff", 4.48}, {"#9a2c1e", "#9a2c1e", 1},
	} {
		if got, err := Contrast(c.a, c.b); err != nil || math.Abs(got-c.want) > 0.01 {
			t.Errorf("Contrast(%s, %s) = %.2f, %v; want %.2f", c.a, c.b, got, err, c.want)
		}
	}
}

func TestCheckAccent(t *testing.T) {
	for _, c := range []struct {
		accent string
		ok     bool
	}{
		{"#9a2c1e", true}, {"#000000", true},
		{"#ff9900", false}, // too light to read
		{"", false}, {"red", false}, {"#12345", false}, {"#12345g", false}, {"0123456", false}, {"#-12345", false},
	} {
		err := CheckAccent(c.accent)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("CheckAccent(%q) = %v", c.accent, err)
		}
	}
}
