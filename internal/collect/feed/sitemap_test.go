package feed

import (
	"errors"
	"strings"
	"testing"
)

func TestReadSitemap(t *testing.T) {
	const at = "https://example.org/sitemap.xml"
	s, err := ReadSitemap([]byte(`<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://example.org/a?x=1&amp;y=2</loc><lastmod>2026-11-24</lastmod><image:image><image:loc>https://example.org/x.jpg</image:loc></image:image></url>
<url><loc> /b </loc><n:news><n:publication><n:name>The Example</n:name><n:language>en</n:language></n:publication><n:publication_date>2026-11-24T12:00:00+01:00</n:publication_date><n:title>Fish &amp;amp; chips</n:title></n:news></url>
<url><loc>javascript:x</loc></url><url/></urlset>`), "text/xml", at)
	if err != nil || len(s.Pages) != 2 || len(s.Maps) != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if a := s.Pages[0]; a.URL != "https://example.org/a?x=1&y=2" || a.Changed.Day() != 24 || a.Title != "" {
		t.Errorf("%+v", a)
	}
	if b := s.Pages[1]; b.URL != "https://example.org/b" || b.Title != "Fish & chips" || b.Published.Hour() != 11 || b.Language != "en" {
		t.Errorf("%+v", b)
	}
	s, err = ReadSitemap([]byte(`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://example.org/post-sitemap.xml</loc><lastmod>2026-11-24T12:00:00Z</lastmod></sitemap></sitemapindex>`), "", at)
	if err != nil || len(s.Maps) != 1 || s.Maps[0].URL != "https://example.org/post-sitemap.xml" {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = ReadSitemap([]byte("https://example.org/a\r\n\nhttps://example.org/b\n"), "text/plain", at)
	if err != nil || len(s.Pages) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, body := range []string{"", "<html>", "User-agent: *", "<rss/>", strings.Repeat("x", 100)} {
		if _, err := ReadSitemap([]byte(body), "", at); !errors.Is(err, ErrNotAFeed) {
			t.Errorf("%q: %v", body, err)
		}
	}
}
