package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// behind gives requests that a trusted proxy has passed on the address of whoever sent
// them, so that limits count networks of readers and not the proxy. X-Forwarded-For is
// read from its end: what stands before the first address that no trusted proxy has is
// what the client says, and proves nothing.
func behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, known := sender(r.RemoteAddr)
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && known && trusted(from); i-- {
			hop, ok := sender(strings.TrimSpace(hops[i]))
			if !ok {
				break
			}
			from = hop
			passed := *r
			passed.RemoteAddr = from.String()
			r = &passed
		}
		next.ServeHTTP(w, r)
	})
}

// sender reads an address with or without a port.
func sender(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr, err == nil
}
