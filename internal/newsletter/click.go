package newsletter

import "strings"

// Visit is a request for a counted link, as far as it tells who follows it.
type Visit struct {
	Method  string // HTTP's
	Agent   string // User-Agent
	Accept  string
	Purpose string // Sec-Purpose, Purpose or X-Moz: a browser that fetches before anybody asks says so
	Network string // who asks, as an IP address or a prefix of one
	Ours    bool   // comes from a page of this site, as the archive's copy of the mail
}

// machines are parts of the names that programs give themselves which follow links
// without anybody having pressed them: crawlers, previews of chat programs, the
// scanners of mail providers and companies, and programmers' tools.
var machines = []string{
	"bot", "crawl", "spider", "slurp", "preview", "scan", "monitor", "archive", "fetch", "feed", "check", "validator", "lighthouse", "headless", "phantom", "python", "curl", "wget", "java/", "okhttp", "go-http",
	"http-client", "httpclient", "libwww", "axios", "node", "ruby", "perl", "facebookexternalhit", "whatsapp", "slack", "discord", "telegram", "skypeuri", "embedly", "googleimageproxy", "yahoomailproxy", "proofpoint", "barracuda",
	"mimecast", "safelinks", "trendmicro", "symantec", "messagelabs", "fireeye", "forcepoint", "ironport", "zscaler", "microsoft office", "ms-office", "outlook-",
}

// ByPerson tells whether the visit counts: a GET from a browser that shows pages, that
// nobody made in advance, not from our own archive. It cannot know scanners that pass
// for a browser; see feedback.Clicks for what is done about those.
func (v *Visit) ByPerson() bool {
	if v.Method != "GET" || v.Ours || v.Purpose != "" || !strings.Contains(v.Accept, "text/html") || !strings.HasPrefix(v.Agent, "Mozilla/") {
		return false
	}
	agent := strings.ToLower(v.Agent)
	for _, name := range machines {
		if strings.Contains(agent, name) {
			return false
		}
	}
	return true
}
