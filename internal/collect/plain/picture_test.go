package plain

import "testing"

func TestPicture(t *testing.T) {
	type attributes map[string]string
	for name, tt := range map[string]struct {
		in   attributes
		want string
	}{
		"plain":                     {attributes{"src": "/a.jpg", "srcset": "/b.jpg 600w"}, "/a.jpg"},
		"late":                      {attributes{"src": "data:image/gif;base64,x", "data-src": "/a.jpg"}, "/a.jpg"},
		"late in renditions":        {attributes{"src": "/x/blank.gif", "data-srcset": "/s.jpg 300w, /m.jpg 1200w, /l.jpg 4000w"}, "/m.jpg"},
		"renditions alone":          {attributes{"srcset": "/l.jpg 4000w, /xl.jpg 6000w"}, "/l.jpg"},
		"densities":                 {attributes{"srcset": "/a.jpg, /b.jpg 2x"}, "/a.jpg"},
		"commas in the address":     {attributes{"srcset": "/w_300,h_2/a.jpg 300w, /w_600,h_4/a.jpg 600w"}, "/w_600,h_4/a.jpg"},
		"a stand-in alone":          {attributes{"src": "/img/placeholder-16x9.png"}, ""},
		"a picture of a blank wall": {attributes{"src": "/blank-wall/a.jpg"}, "/blank-wall/a.jpg"},
		"nothing":                   {attributes{}, ""},
	} {
		if got := Picture(func(name string) string { return tt.in[name] }); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
