package web

import (
	"encoding/xml"
	"testing"
)

func TestTheIconIsThePublicationsInitial(t *testing.T) {
	h := open(t)
	for name, want := range map[string]string{"The Lantern Post": "L", "die Laterne": "L", "&more": "M", "The": "T", "  ": "•", "فانوس": "ف", "7 Lamps": "7"} {
		p, err := h.store.Publication(t.Context())
		must(t, err)
		p.Name, p.Accent = name, "#1b5e20"
		must(t, h.store.SavePublication(t.Context(), &p))
		w := h.do(request("GET", "/favicon.ico", ""))
		var icon struct {
			Rect struct {
				Fill string `xml:"fill,attr"`
			} `xml:"rect"`
			Text string `xml:"text"`
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &icon); err != nil || w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" || icon.Text != want || icon.Rect.Fill != p.Accent {
			t.Errorf("%q: %d, %+v, %v", name, w.Code, icon, err)
		}
	}
}
