package main

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// checkHost refuses requests for a name that is not ours. A page of another site
// can let its own name resolve to this server (DNS rebinding); then the browser
// takes us for that site, but the Host header still has its name.
func (s *server) checkHost(r *http.Request) error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name // any port: a tunnel or proxy may have another one
	}
	if name, ok := cleanHost(host); ok {
		if ip, err := netip.ParseAddr(name); name == "localhost" || err == nil && ip.IsLoopback() || slices.Contains(s.hosts, name) {
			return nil
		}
	}
	return &failure{status: http.StatusMisdirectedRequest, err: errors.New("this server is not known by the name in the Host header; it can be given with -host")}
}

// cleanHost gives the one spelling of a host name or IP address in which names
// are compared.
func cleanHost(text string) (string, bool) {
	text = strings.TrimSuffix(strings.ToLower(text), ".")
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		return ip.Unmap().String(), true
	}
	return text, text != "" && !strings.ContainsAny(text, ":/[]@ \t")
}

// ownHosts are the names of cfg, and the address it listens on if it is one.
func ownHosts(cfg config) []string {
	hosts := slices.Clone(cfg.hosts)
	if name, _, err := net.SplitHostPort(cfg.listen); err == nil {
		if host, ok := cleanHost(name); ok {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
