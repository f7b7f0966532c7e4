package newsletter

import (
	"fmt"
	"math"
	"strconv"
)

// MinContrast is the least contrast ratio of text that everybody can read
// (WCAG 2.2, success criterion 1.4.3).
const MinContrast = 4.5

// CardSurface is the darkest of the light surfaces that the accent is written on,
// the author's card: an accent that is readable there is readable on white.
const CardSurface = "#f7f4ee"

// CheckAccent refuses a colour that cannot be read on the mail's surfaces, and
// says by how much it fails.
func CheckAccent(accent string) error {
	ratio, err := Contrast(accent, CardSurface)
	if err != nil {
		return err
	}
	if ratio < MinContrast {
		return fmt.Errorf("accent %s: its contrast on the mail's background is %.1f:1, text needs %.1f:1; choose a darker colour: %w",
			accent, ratio, MinContrast, ErrInvalid)
	}
	return nil
}

// Contrast is the contrast ratio of two colours #rrggbb, from 1 to 21 (WCAG 2.2).
func Contrast(a, b string) (float64, error) {
	la, err := luminance(a)
	if err != nil {
		return 0, err
	}
	lb, err := luminance(b)
	if err != nil {
		return 0, err
	}
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05), nil
}

// luminance is the relative luminance of WCAG 2.2, from 0 to 1.
func luminance(hex string) (float64, error) {
	rgb, err := strconv.ParseUint(hex[min(1, len(hex)):], 16, 24)
	if err != nil || len(hex) != len("#rrggbb") || hex[0] != '#' {
		return 0, fmt.Errorf("colour %q: write it like #9a2c1e: %w", hex, ErrInvalid)
	}
	linear := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0), nil
}
