package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// special are the blocks of the IANA special-purpose address registries (IPv4 and
// IPv6, RFC 6890) that lie inside unicast space, multicast and class E, and the one
// public address under which a cloud answers for its metadata service (Azure).
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// globalV6 is all that IANA has handed out as global unicast. NAT64, v4-mapped,
// unique local, link-local and multicast addresses lie outside.
var globalV6 = netip.MustParsePrefix("2000::/3")

// private are the blocks that an allowed host:port may lie in.
var private = prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")

// metadata services hand out credentials; they are never a magazine.
var metadata = prefixes("169.254.0.0/16", "100.100.100.200/32", "fd00:ec2::/32", "fe80::/10")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

func within(list []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// public tells whether addr is plain global unicast. An address with a zone, or an
// IPv4 address written as IPv6, is refused as it stands: no honest name leads there.
func public(addr netip.Addr) bool {
	if addr.Zone() != "" || addr.Is4In6() || within(special, addr) {
		return false
	}
	return addr.Is4() || globalV6.Contains(addr)
}

// privateAllowed tells whether addr may be reached for a host:port that the
// operator allowed by name.
func privateAllowed(addr netip.Addr) bool {
	return addr.Zone() == "" && within(private, addr) && !within(metadata, addr)
}

// control judges the address that is really connected to, after every look-up and
// redirect, so a name that changes its answer (DNS rebinding) gains nothing.
func control(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return &forbidden{address}
		}
		if public(to.Addr()) || allowPrivate && privateAllowed(to.Addr()) {
			return nil
		}
		return &forbidden{to.Addr().String()}
	}
}

// forbidden is how the guard's verdict travels through net and net/http.
type forbidden struct{ address string }

func (f *forbidden) Error() string { return f.address + " is not an address on the public internet" }
func (f *forbidden) Unwrap() error { return ErrForbidden }

// words says what the operator can do about the verdict.
func (f *forbidden) words(host string) string {
	addr, err := netip.ParseAddr(f.address)
	if err == nil && privateAllowed(addr) {
		return fmt.Sprintf("%s leads to the private address %s; if that is your own test site, name it as the source and start with -allow-private", host, f.address)
	}
	return fmt.Sprintf("%s leads to %s, which is no public internet address; it is never fetched", host, f.address)
}

// sameHostPort compares "host:port" texts; letter case means nothing in a host.
func sameHostPort(a, b string) bool { return strings.EqualFold(a, b) }

func allowed(list []string, address string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return sameHostPort(a, address) })
}

// loopback tells whether a "host:port" names this machine.
func loopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// dialer connects to public addresses, or also to private ones.
func dialer(allowPrivate bool) *net.Dialer {
	return &net.Dialer{Timeout: connectTimeout, Control: control(allowPrivate)}
}
