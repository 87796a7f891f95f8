package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
)

// listener tells whether an address can be listened on, by doing so for a moment.
func listener(ctx context.Context) func(netip.AddrPort) error {
	return func(addr netip.AddrPort) error {
		network := "tcp6"
		if addr.Addr().Is4() {
			network = "tcp4" // 0.0.0.0 is IPv4 alone, as for the runtime
		}
		l, err := new(net.ListenConfig).Listen(ctx, network, addr.String())
		if err != nil {
			var why *os.SyscallError
			if errors.As(err, &why) {
				return why.Err // without the address, which is said already
			}
			return err
		}
		return l.Close()
	}
}
