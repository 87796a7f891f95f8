package preflight

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"

	"github.com/anolishq/anolis-handoff/internal/replay"
)

// Local returns the machine that the program runs on, with dir as the working
// directory of the runtime; "" if it is not known. It looks at the disk and the
// environment of this process, and listens on a port for a moment. It opens no
// device and starts no program.
//
// A service has an environment of its own: set LookupEnv to look there.
func Local(dir string) Target {
	return Target{
		Dir:       dir,
		Real:      filepath.EvalSymlinks,
		Windows:   runtime.GOOS == "windows",
		LookupEnv: os.LookupEnv,
		Stat:      os.Stat,
		Access:    access,
		Listen:    listen,
	}
}

// LocalRuntime returns what Target.RuntimeVersion is for a program of this machine: it
// runs the program with --version, for at most ten seconds, in an empty directory and
// with hardly an environment.
func LocalRuntime(program string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return replay.Version(ctx, replay.Options{Binary: program})
	}
}

// listen returns an error unless an address can be listened on, by doing so for a
// moment.
func listen(addr netip.AddrPort) error {
	network := "tcp6"
	if addr.Addr().Is4() {
		network = "tcp4" // 0.0.0.0 is IPv4 alone, as for the runtime
	}
	// An address asks no name server, so there is nothing to wait for.
	l, err := new(net.ListenConfig).Listen(context.Background(), network, addr.String())
	if err != nil {
		var why *os.SyscallError
		if errors.As(err, &why) {
			return why.Err // without the address, which is said already
		}
		return err
	}
	return l.Close()
}
