package handoff

import (
	"errors"
	"io/fs"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// port looks at the address of HTTP, which is on unless it is turned off
// (runtime-rules, rule 6).
func (f *preflight) port(r runtimeProfile) {
	if isOff(own(r.root, "http", "enabled")) {
		return
	}
	bind, port := defaultBind, defaultPort
	shown := func() string { return bind }
	if n := own(r.root, "http", "bind"); n.IsString() {
		bind, shown = n.Text, shownPath(r.view, n)
	}
	if n := own(r.root, "http", "port"); n != nil {
		port = 0
		if n.Kind == doc.Int {
			port = atoi(n.Text)
		}
	}
	show := func() string { return hostPort(shown(), port) }
	f.need(r, "", "port", hostPort(bind, port), show, func() verdict { return f.address(bind, port) })
}

func hostPort(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

func isPort(i int) bool { return i >= 1 && i <= 65535 }

// atoi reads a decimal integer; 0 stands for every text that is none or does not
// fit.
func atoi(text string) int {
	i, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return i
}

func (f *preflight) address(bind string, port int) verdict {
	if bind == "localhost" {
		bind = defaultBind
	}
	ip, err := netip.ParseAddr(bind)
	switch {
	case !isPort(port):
		return verdict{CheckFailed, "http.port is not 1 to 65535", correct}
	case err != nil:
		return verdict{CheckSkipped, "it is a name, and to look it up would ask the network", "write an IP address into http.bind"}
	case f.target.Listen == nil:
		return verdict{CheckSkipped, "the network of the machine is not known", ""}
	}
	err = f.target.Listen(netip.AddrPortFrom(ip, uint16(port)))
	switch {
	case err == nil:
		return verdict{CheckOK, "is free", ""}
	case errors.Is(err, syscall.EADDRINUSE):
		return verdict{CheckFailed, "is taken by another program",
			"if that is the runtime, stop it first; ss -ltnp shows who it is"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return verdict{CheckFailed, "is no address of this machine", "give the machine that address, or correct http.bind in the project and export again"}
	case errors.Is(err, fs.ErrPermission):
		return verdict{CheckFailed, "may not be listened on by this user", "take a port above 1023, or give the runtime CAP_NET_BIND_SERVICE"}
	}
	return verdict{CheckFailed, "cannot be listened on: " + f.reason(err), ""}
}

// telemetry looks at where measurements go, and sends nothing there.
func (f *preflight) telemetry(r runtimeProfile) {
	if !isOn(own(r.root, "telemetry", "enabled")) {
		return
	}
	n := own(r.root, "telemetry", "influxdb", "url")
	if !n.IsString() {
		f.need(r, "", "telemetry", "", func() string { return "telemetry.influxdb.url" }, func() verdict {
			return verdict{CheckWarning, "is missing, so that the runtime takes its default", "write it into the project, and export again"}
		})
		return
	}
	f.need(r, "", "telemetry", n.Text, shownPath(r.view, n), func() verdict { return serverURL(n.Text) })
}

func serverURL(text string) verdict {
	no := func(why string) verdict {
		return verdict{CheckFailed, "telemetry.influxdb.url " + why, "write it as http://HOST:PORT, and export again"}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil: // which would repeat the text
		return no("is no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return no("does not begin with http:// or https://")
	case u.Hostname() == "":
		return no("has no host")
	case u.Port() != "" && !isPort(atoi(u.Port())):
		return no("has a port that cannot be")
	}
	return verdict{CheckOK, "is well formed; the server was not contacted", ""}
}
