package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// registries are the blocks of the IANA IPv4 and IPv6 Special-Purpose Address Registries
// that are not globally reachable, multicast and class E, with ways to write IPv4 in IPv6.
var registries = []string{
	"0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32",
	"192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
	"::1/128", "::/128", "::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48",
	"2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
}

// edges are the first and last address of a block, and one within.
func edges(block netip.Prefix) []netip.Addr {
	first := block.Masked().Addr()
	last := first.AsSlice()
	middle := first.AsSlice()
	for i := block.Bits(); i < len(last)*8; i++ {
		last[i/8] |= 1 << (7 - i%8)
		if i%3 == 0 {
			middle[i/8] |= 1 << (7 - i%8)
		}
	}
	end, _ := netip.AddrFromSlice(last)
	within, _ := netip.AddrFromSlice(middle)
	return []netip.Addr{first, end, within}
}

func TestNoAddressOfTheRegistriesIsReached(t *testing.T) {
	tried := 0
	for _, text := range registries {
		for _, addr := range edges(netip.MustParsePrefix(text)) {
			tried++
			if public(addr) {
				t.Errorf("%s of %s counts as public", addr, text)
			}
			if addr.Is4() && public(netip.AddrFrom16(addr.As16())) {
				t.Errorf("%s written as IPv6 counts as public", addr)
			}
			if addr.Is6() && public(addr.WithZone("eth0")) {
				t.Errorf("%s with a zone counts as public", addr)
			}
		}
	}
	if tried < 150 {
		t.Errorf("only %d addresses were tried", tried)
	}
}

// TestForbiddenAddressesEndToEnd asks for them as people and redirects write them.
func TestForbiddenAddressesEndToEnd(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a forbidden address was reached") }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	links := []string{
		"http://127.0.0.1:" + port, "http://127.1.2.3:" + port, "http://0.0.0.0:" + port, "http://[::]:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://[::ffff:7f00:1]:" + port,
		"http://[::127.0.0.1]:" + port, "http://[64:ff9b::7f00:1]:" + port, "http://[2002:7f00:1::]:" + port, "http://[fe80::1%25lo]:" + port, "http://localhost:" + port, "http://169.254.169.254/latest/meta-data/",
		"http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://168.63.129.16/", "http://10.0.0.1/", "http://192.168.0.1/",
	}
	for _, link := range links {
		if _, err := (&Client{}).Get(t.Context(), link, Validators{}); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", link, err)
		}
		c, site := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, link, http.StatusFound) })
		if _, err := c.Get(t.Context(), site, Validators{}); !errors.Is(err, ErrForbidden) {
			t.Errorf("redirected to %s: %v", link, err)
		}
	}
	for _, link := range []string{"file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "http://", "//example.org", "javascript:1", "unix:///x"} {
		c, site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", link)
			w.WriteHeader(http.StatusFound)
		})
		if _, err := c.Get(t.Context(), site, Validators{}); err == nil {
			t.Errorf("redirected to %s: nothing refused it", link)
		}
	}
}

// TestANameThatChangesItsAnswer: a name is looked up once for a connection, and what it
// led to is judged, whatever it said before (DNS rebinding).
func TestANameThatChangesItsAnswer(t *testing.T) {
	for name, answers := range map[string][]string{
		"loopback":          {"127.0.0.1"},
		"metadata":          {"169.254.169.254"},
		"several forbidden": {"10.0.0.1", "192.168.1.1", "127.0.0.1"},
		"IPv6":              {"::1"},
		"mapped":            {"::ffff:127.0.0.1"},
		"another each time": {"127.0.0.2", "127.0.0.3"},
	} {
		t.Run(name, func(t *testing.T) {
			usual := net.DefaultResolver
			defer func() { net.DefaultResolver = usual }()
			net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				go answerNames(there, answers)
				return here, nil
			}}
			if _, err := (&Client{}).Get(t.Context(), "http://rebind.example.org:8080/", Validators{}); !errors.Is(err, ErrForbidden) {
				t.Errorf("%v", err)
			}
		})
	}
}

// answerNames is a name server on a connection (RFC 1035, 4.2.2) that gives these
// addresses to whatever is asked.
func answerNames(conn net.Conn, addresses []string) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := conn.Read(size[:]); err != nil {
			return
		}
		query := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := conn.Read(query); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(query) != nil || len(m.Questions) == 0 {
			return
		}
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		for _, text := range addresses {
			addr := netip.MustParseAddr(text)
			header := dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 1}
			switch kind := m.Questions[0].Type; {
			case kind == dnsmessage.TypeA && addr.Is4():
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
			case kind == dnsmessage.TypeAAAA && addr.Is6():
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
			}
		}
		packed, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...)); err != nil {
			return
		}
	}
}

func TestHostsThatOnlyLookHarmless(t *testing.T) {
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1"} { // as some resolvers read them
		if _, err := (&Client{}).Get(t.Context(), "http://"+host+":1/", Validators{}); err == nil || strings.Contains(err.Error(), "refused)") {
			t.Errorf("%s: %v", host, err)
		}
	}
}
