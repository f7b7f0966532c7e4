package fetch

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func TestOnlyThePublicInternetIsReached(t *testing.T) {
	refused := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.8", "192.0.0.170", "192.0.0.192", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1",
		"198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
		"2001::1", "2001:0:7f00:1::", "2001:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:db8::1",
		"2002:7f00:1::1", "2002:a9fe:a9fe::", "2620:4f:8000::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
		"2606:4700::1111%eth0",
	}
	for _, text := range refused {
		if public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888", "2003::1", "2620:4f:7fff::1"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as not public", text)
		}
	}
}

func TestAllowedPrivateAddressesAreNeverMetadata(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "192.168.0.9": true, "100.64.1.1": true, "fd12::1": true,
		"169.254.169.254": false, "fe80::1": false, "fd00:ec2::254": false, "100.100.100.200": false, "0.0.0.0": false, "224.0.0.1": false, "::": false,
	} {
		if got := privateAllowed(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: allowed %v, want %v", text, got, want)
		}
	}
}

func TestControlJudgesTheAddressConnectedTo(t *testing.T) {
	for _, tt := range []struct {
		address      string
		allowPrivate bool
		refused      bool
	}{
		{"93.184.216.34:80", false, false},
		{"127.0.0.1:80", false, true},
		{"127.0.0.1:80", true, false},
		{"169.254.169.254:80", true, true},
		{"[::1]:443", false, true},
		{"nonsense", true, true},
	} {
		err := control(tt.allowPrivate)("tcp", tt.address, nil)
		if errors.Is(err, ErrForbidden) != tt.refused {
			t.Errorf("%s (allowed: %v): %v", tt.address, tt.allowPrivate, err)
		}
	}
}

func TestTheVerdictSaysWhatToDo(t *testing.T) {
	if words := (&forbidden{"192.168.1.4"}).words("intranet.example.org"); !strings.Contains(words, "-allow-private") {
		t.Errorf("no way out is named: %s", words)
	}
	if words := (&forbidden{"169.254.169.254"}).words("example.org"); strings.Contains(words, "-allow-private") {
		t.Errorf("a way out is named that does not exist: %s", words)
	}
}
