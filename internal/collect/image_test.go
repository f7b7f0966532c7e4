package collect_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
)

// picture is a PNG of that size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThePictureThatIsShown(t *testing.T) {
	const webp = "RIFF\x24\x00\x00\x00WEBPVP8 xxxxxxxxxxxx"
	large, small, banner := picture(t, 1200, 800), picture(t, 64, 64), picture(t, 970, 90)
	for name, tt := range map[string]struct{ item, page, want, unshown string }{
		"of the feed, its size found out":  {`<enclosure url="SITE/large.png" type="image/png"/>`, "", "/large.png 1200 800", ""},
		"a WebP where the page has a PNG":  {`<enclosure url="SITE/a.webp" type="image/webp"/>`, `<meta property="og:image" content="/large.png">`, "/large.png 1200 800", ""},
		"a WebP in disguise":               {`<enclosure url="SITE/disguised.jpg" type="image/jpeg"/>`, `<meta property="og:image" content="/large.png">`, "/large.png 1200 800", ""},
		"a WebP with a rendition":          {`<enclosure url="SITE/a.webp" type="image/webp"/>`, `<article><picture><source srcset="/b.webp 1200w, /large.png 600w"><img src="/b.webp"></picture></article>`, "/large.png 1200 800", ""},
		"a WebP alone is left out":         {`<enclosure url="SITE/a.webp" type="image/webp"/>`, "", " 0 0", "/a.webp"},
		"a WebP without its ending":        {`<enclosure url="SITE/disguised.jpg" type="image/jpeg"/>`, "", " 0 0", "/disguised.jpg"},
		"an icon is none":                  {`<enclosure url="SITE/small.png" type="image/png"/>`, `<meta property="og:image" content="/large.png">`, "/large.png 1200 800", ""},
		"a banner is none":                 {`<enclosure url="SITE/banner.png" type="image/png"/>`, "", " 0 0", ""},
		"one that cannot be reached stays": {`<enclosure url="SITE/none.jpg" type="image/jpeg"/>`, "", "/none.jpg 0 0", ""},
		"the size that the site tells":     {`<enclosure url="SITE/none-640x480.jpg" type="image/jpeg"/>`, "", "/none-640x480.jpg 640 480", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			for path, body := range map[string]string{"/large.png": string(large), "/small.png": string(small), "/banner.png": string(banner), "/disguised.jpg": webp} {
				s.handle(path, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
			}
			s.set("/feed", "text/xml", strings.ReplaceAll(rss("/a|The ferry is late again|1"), "</item>", tt.item+"</item>"))
			s.set("/a", html, `<html><head>`+tt.page+`</head><body><article><h1>The ferry is late again</h1></article></body></html>`)
			c, store := collector(t, s)
			source := visit(t, c, s.URL+"/feed").Source
			a := articles(t, store)[0]
			got := fmt.Sprintf("%s %d %d", strings.TrimPrefix(a.Image.URL, s.URL), a.Image.Width, a.Image.Height)
			if got != tt.want || strings.TrimPrefix(a.Unshown, s.URL) != tt.unshown {
				t.Errorf("%q, left out %q", got, a.Unshown)
			}
			s.set("/feed", "text/xml", strings.ReplaceAll(rss("/a|The ferry was late again|1"), "</item>", tt.item+"</item>"))
			if r := c.Visit(t.Context(), source.ID); r.Updated != 1 || tt.unshown == "/a.webp" && articles(t, store)[0].Image.URL != "" {
				t.Errorf("after an edit: %+v", articles(t, store)[0])
			}
		})
	}
}
