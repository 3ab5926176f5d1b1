package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"teahouse/lan"
)

// listen opens the port of this start. With -listen it is that port or a
// failure; without, the port of the last start or the usual one, and if it is
// taken the next free one, which the data folder remembers: addresses that people
// wrote down and logins (cookies carry the port) stay valid.
func listen(ctx context.Context, cfg config, folder dataFolder) (net.Listener, error) {
	var network net.ListenConfig
	if cfg.listenSet {
		listener, err := network.Listen(ctx, "tcp", cfg.listen)
		if isPortTaken(err) {
			return nil, &failure{
				exitFailed,
				fmt.Sprintf("%s is taken by another program, or reserved by the system. Choose another with -listen.", cfg.listen),
				fmt.Sprintf("%s 已被其他程序占用或被系统保留。请用 -listen 选择其他端口。", cfg.listen), err,
			}
		}
		return listener, err
	}
	var err error
	for _, port := range folder.ports() {
		var listener net.Listener
		listener, err = network.Listen(ctx, "tcp", ":"+strconv.Itoa(port))
		if err == nil {
			return listener, folder.rememberPort(listener.Addr())
		}
		if !isPortTaken(err) {
			break
		}
	}
	return nil, err
}

// ports lists the ports to try in this order; 0 lets the system choose.
func (f dataFolder) ports() []int {
	var ports []int
	if text, err := os.ReadFile(f.file(portFile)); err == nil {
		if port, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 16); err == nil {
			ports = append(ports, int(port))
		}
	}
	for port := defaultPort; port < defaultPort+10; port++ {
		ports = append(ports, port)
	}
	return append(ports, 10_000+defaultPort, 0)
}

// rememberPort notes a port that is not the first one to be tried anyway.
func (f dataFolder) rememberPort(addr net.Addr) error {
	port := portOf(addr)
	if port == f.ports()[0] {
		return nil
	}
	return writeFile(f.file(portFile), strconv.Itoa(port)+"\n")
}

// isPortTaken knows the errors of a port that is in use or, on Windows, in a
// range the system reserved: there syscall.EADDRINUSE is another number.
func isPortTaken(err error) bool {
	const wsaeacces, wsaeaddrinuse = syscall.Errno(10013), syscall.Errno(10048)
	if runtime.GOOS == "windows" {
		return errors.Is(err, wsaeaddrinuse) || errors.Is(err, wsaeacces)
	}
	return errors.Is(err, syscall.EADDRINUSE)
}

func portOf(addr net.Addr) int { return addr.(*net.TCPAddr).Port }

// site knows under which addresses the server can be reached.
type site struct {
	ip   netip.Addr // where it listens; unspecified means everywhere
	port int
}

func siteOf(addr net.Addr) site {
	tcp := addr.(*net.TCPAddr)
	return site{tcp.AddrPort().Addr().Unmap(), tcp.Port}
}

// here returns the page's address for this machine.
func (s site) here() string {
	if s.ip.IsUnspecified() {
		return "http://localhost:" + strconv.Itoa(s.port)
	}
	return s.url(s.ip)
}

// others returns the page's addresses for other devices, best first. They are
// read anew each time: a laptop changes networks.
func (s site) others() []string {
	var addrs []netip.Addr
	switch {
	case s.ip.IsUnspecified():
		addrs = lan.Addresses()
	case !s.ip.IsLoopback():
		addrs = []netip.Addr{s.ip}
	}
	urls := []string{}
	for _, addr := range addrs {
		if !s.ip.Is4() || addr.Is4() {
			urls = append(urls, s.url(addr))
		}
	}
	return urls
}

func (s site) url(ip netip.Addr) string {
	return "http://" + netip.AddrPortFrom(ip, uint16(s.port)).String()
}
