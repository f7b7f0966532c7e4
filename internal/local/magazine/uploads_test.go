package magazine

import (
	"bytes"
	"image/jpeg"
	"io/fs"
	"testing"
)

func TestPicturesAreWhatTheyAreSaidToBe(t *testing.T) {
	e, size := edited(t), int64(0)
	check := func(file string, width, height, most int) {
		raw, err := fs.ReadFile(files, "uploads/"+file)
		if err != nil {
			t.Error(err)
			return
		}
		size += int64(len(raw))
		config, err := jpeg.DecodeConfig(bytes.NewReader(raw))
		if err != nil || config.Width != width || config.Height != height || len(raw) > most {
			t.Errorf("%s: %d×%d, %d bytes (%v), want %d×%d and %d bytes at most", file, config.Width, config.Height, len(raw), err, width, height, most)
		}
	}
	for _, a := range e.Articles {
		if p := a.Picture; p != nil {
			check(p.Full.File, 1200, 675, 60<<10)
			check(p.Card.File, 600, 338, 24<<10)
		}
	}
	for _, a := range e.Authors {
		if a.Photo != "" {
			check(a.Slug+".jpg", 192, 192, 12<<10)
		}
	}
	if size > 700<<10 {
		t.Errorf("the pictures take %d bytes of every binary that holds them", size)
	}
}
