package render

import (
	"fmt"
	"strconv"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The surfaces of the mail in dark mode that the accent is written on.
const (
	darkCard = "#292520"
	darkInk  = "#1c1917"
)

// defaultAccent is a brick red: 7.4:1 on white.
const defaultAccent = "#9a2c1e"

// Accents are the publication's colour for light and for dark surfaces, #rrggbb.
// One that cannot be read, or none, gives the default.
func Accents(configured string) (light, dark string) {
	light = configured
	if newsletter.CheckAccent(light) != nil {
		light = defaultAccent
	}
	return light, lighten(light)
}

// lighten mixes white into a colour until it can be read on the dark card and
// dark text can be read on it.
func lighten(color string) string {
	for white := 0; white <= 100; white += 4 {
		mixed := mix(color, white)
		onCard, err1 := newsletter.Contrast(mixed, darkCard)
		ink, err2 := newsletter.Contrast(mixed, darkInk)
		if err1 == nil && err2 == nil && min(onCard, ink) >= newsletter.MinContrast+0.3 {
			return mixed
		}
	}
	return "#ffffff"
}

// mix adds white to #rrggbb, in percent.
func mix(color string, white int) string {
	rgb, err := strconv.ParseUint(color[1:], 16, 24)
	if err != nil {
		return color
	}
	part := func(shift uint) uint64 {
		c := rgb >> shift & 0xff
		return c + (255-c)*uint64(white)/100
	}
	return fmt.Sprintf("#%02x%02x%02x", part(16), part(8), part(0))
}
