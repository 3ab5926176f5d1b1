package lan

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Addresses returns the addresses of this machine that other devices may reach,
// best first: the one that packets to the world would leave from, then private
// IPv4, other IPv4, IPv6; those of virtual adapters (containers, virtual
// machines, tunnels) come last. Loopback and link-local addresses are left out.
// It is empty without a network.
func Addresses() []netip.Addr {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var found []candidate
	for _, iface := range interfaces {
		if iface.Flags&net.FlagUp == 0 || iface.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := iface.Addrs()
		if err != nil {
			continue // an interface that went away meanwhile
		}
		for _, addr := range addrs {
			if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
				found = append(found, candidate{iface.Name, prefix.Addr().Unmap()})
			}
		}
	}
	return rank(found, routed())
}

// candidate is an address and the interface it is on.
type candidate struct {
	iface string
	addr  netip.Addr
}

// routed returns the address that packets to the world would leave from.
// 192.0.2.1 is reserved for documentation; connecting a UDP socket only asks the
// routing table and sends no packet.
func routed() netip.Addr {
	conn, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// rank sorts the usable addresses, best first, each once.
func rank(found []candidate, route netip.Addr) []netip.Addr {
	usable := slices.DeleteFunc(slices.Clone(found), func(c candidate) bool {
		return !c.addr.IsGlobalUnicast()
	})
	slices.SortStableFunc(usable, func(a, b candidate) int {
		return cmp.Compare(penalty(a, route), penalty(b, route))
	})
	var sorted []netip.Addr
	for _, c := range usable {
		if !slices.Contains(sorted, c.addr) {
			sorted = append(sorted, c.addr)
		}
	}
	return sorted
}

// penalty orders addresses. A virtual adapter costs more than all else together:
// with a VPN up even the routed address may be one that no colleague reaches.
func penalty(c candidate, route netip.Addr) int {
	p := 0
	if isVirtual(c.iface) {
		p += 8
	}
	if c.addr != route {
		p += 4
	}
	switch {
	case c.addr.Is4() && c.addr.IsPrivate():
	case c.addr.Is4():
		p++
	default:
		p += 2
	}
	return p
}

// virtualNames begin (or, for the names Windows shows, occur in) the names of
// adapters that lead to containers, virtual machines and tunnels.
var virtualNames = []string{
	"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "cni", "flannel", "lxc", "lxd", "podman",
	"tun", "tap", "utun", "wg", "zt", "tailscale", "bridge", "llw", "awdl",
}

var virtualWords = []string{"vethernet", "vmware", "virtualbox", "hyper-v", "wsl", "zerotier", "wireguard", "vpn", "bluetooth"}

func isVirtual(iface string) bool {
	name := strings.ToLower(iface)
	return slices.ContainsFunc(virtualNames, func(v string) bool { return strings.HasPrefix(name, v) }) ||
		slices.ContainsFunc(virtualWords, func(v string) bool { return strings.Contains(name, v) })
}
