package feed

import "strings"

// family is a vocabulary, known by the many addresses that feeds give it.
type family uint8

const (
	other   family = iota // unknown: its elements mean nothing to us
	own                   // RSS of any version, and Atom, whose names mean the same
	dc                    // Dublin Core, also its terms
	content               // RSS 1.0 module: the whole text
	media                 // Media RSS
	itunes                // podcasts; also Google's copy of it
	burner                // FeedBurner
	slash
	thread // RFC 4685
	wfw
	rdf
	xhtml
	news // Google's extension of sitemaps
)

// families by namespace address, without scheme, "www." and what follows the last letter.
var families = map[string]family{
	"w3.org/2005/atom": own, "purl.org/atom/ns": own, "purl.org/atom": own, "purl.org/rss/1.0": own, "my.netscape.com/rdf/simple/0.9": own, "channel.netscape.com/rdf/simple/0.9": own,
	"backend.userland.com/rss2": own, "backend.userland.com/rss": own, "blogs.law.harvard.edu/tech/rss": own, "purl.org/net/rss1.1": own, "my.netscape.com/publish/formats/rss-0.91": own,
	"example.com/newformat": own, "example.com/necho": own, "purl.org/echo": own, "uri/of/echo/namespace": own, "purl.org/pie": own, "rssboard.org/rss-specification": own,
	"hacks.benhammersley.com/rss/streaming": other, "backend.userland.com/rss2.0": own, "cyber.law.harvard.edu/rss/rss.html": own, "rssdd.com": own,
	"purl.org/dc/elements/1.1": dc, "purl.org/dc/elements/1.0": dc, "purl.org/dc/terms": dc, "purl.org/metadata/dublin_core": dc, "purl.org/rss/1.0/modules/dcterms": dc,
	"purl.org/rss/1.0/modules/content": content, "search.yahoo.com/mrss": media, "search.yahoo.com": media, "video.search.yahoo.com/mrss": media, "tools.search.yahoo.com/mrss": media, "rssboard.org/media-rss": media, "api.maps.yahoo.com/maps": other,
	"itunes.com/dtds/podcast-1.0.dtd": itunes, "itunes.com/dtds/podcast": itunes, "example.com/dtds/podcast-1.0.dtd": itunes, "google.com/schemas/play-podcasts/1.0": itunes,
	"itunes.apple.com/podcasts":           itunes,
	"rssnamespace.org/feedburner/ext/1.0": burner, "purl.org/rss/1.0/modules/slash": slash, "purl.org/syndication/thread/1.0": thread, "wellformedweb.org/commentapi": wfw,
	"google.com/schemas/sitemap-news/0.9": news,
	"w3.org/1999/02/22-rdf-syntax-ns":     rdf, "w3.org/1999/xhtml": xhtml,
}

// prefixes mean what they mean everywhere where a feed forgot to declare them.
var prefixes = map[string]family{
	"atom": own, "atom10": own, "a10": own, "atom03": own, "rss": own, "dc": dc, "dcterms": dc, "content": content, "media": media, "itunes": itunes, "itms": itunes, "googleplay": itunes,
	"feedburner": burner, "slash": slash, "thr": thread, "wfw": wfw, "rdf": rdf, "news": news, "xhtml": xhtml, "html": xhtml,
}

// familyOf knows a namespace by its address, however it is written.
func familyOf(address string) family {
	address = strings.ToLower(strings.TrimSpace(address))
	if _, rest, found := strings.Cut(address, "://"); found {
		address = rest
	}
	return families[strings.TrimRight(strings.TrimPrefix(address, "www."), "/#?=")]
}

// scope is what prefixes mean at one place of a document. The empty prefix is the
// default namespace.
type scope struct {
	outer  *scope
	prefix string
	space  family
}

// lookUp resolves a prefix.
func (s *scope) lookUp(prefix string) family {
	for at := s; at != nil; at = at.outer {
		if at.prefix == prefix {
			if at.space == other && prefixes[prefix] != other && prefix != "" { // an address of its own invention
				return prefixes[prefix]
			}
			return at.space
		}
	}
	if prefix == "" {
		return own
	}
	return prefixes[prefix]
}
