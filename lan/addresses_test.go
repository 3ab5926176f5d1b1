package lan

import (
	"net/netip"
	"slices"
	"testing"
)

func TestRank(t *testing.T) {
	t.Parallel()
	wifi := candidate{"wlan0", netip.MustParseAddr("192.168.1.20")}
	wire := candidate{"eth0", netip.MustParseAddr("10.1.2.3")}
	public := candidate{"eth1", netip.MustParseAddr("203.0.113.9")}
	six := candidate{"eth0", netip.MustParseAddr("2001:db8::7")}
	docker := candidate{"docker0", netip.MustParseAddr("172.17.0.1")}
	hyperV := candidate{"vEthernet (WSL)", netip.MustParseAddr("172.29.0.1")}
	vpn := candidate{"tun0", netip.MustParseAddr("10.8.0.2")}
	linkLocal := candidate{"eth0", netip.MustParseAddr("169.254.3.4")}
	linkLocal6 := candidate{"eth0", netip.MustParseAddr("fe80::1")}

	for _, test := range []struct {
		name  string
		found []candidate
		route netip.Addr
		want  []candidate
	}{
		{"nothing", nil, netip.Addr{}, nil},
		{"the routed one first", []candidate{wire, wifi}, wifi.addr, []candidate{wifi, wire}},
		{"the system's order without a route", []candidate{wire, wifi}, netip.Addr{}, []candidate{wire, wifi}},
		{"private before public before IPv6", []candidate{six, public, wire}, netip.Addr{}, []candidate{wire, public, six}},
		{"virtual adapters last", []candidate{docker, hyperV, six, wifi}, wifi.addr, []candidate{wifi, six, docker, hyperV}},
		{"a VPN that takes all traffic is still last", []candidate{vpn, wifi}, vpn.addr, []candidate{wifi, vpn}},
		{"link-local addresses reach nobody", []candidate{linkLocal, linkLocal6, wire}, netip.Addr{}, []candidate{wire}},
		{"each once", []candidate{wire, {"br-lan", wire.addr}}, netip.Addr{}, []candidate{wire}},
	} {
		var want []netip.Addr
		for _, c := range test.want {
			want = append(want, c.addr)
		}
		if got := rank(test.found, test.route); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

func TestAddressesAreReachable(t *testing.T) {
	t.Parallel()
	for _, addr := range Addresses() {
		if !addr.IsGlobalUnicast() || addr.IsLoopback() {
			t.Errorf("%v is no address for other devices", addr)
		}
	}
}
