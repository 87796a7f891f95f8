package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// tokenVariable holds the token. A flag would show it to every user of the
	// machine, in the list of processes.
	tokenVariable = "WORKBENCH_HTTP_TOKEN"
	minToken      = 32
	maxToken      = 1024
)

// isToken reports whether a text can follow "Bearer" in a header (RFC 6750, section
// 2.1).
func isToken(text string) bool {
	text = strings.TrimRight(text, "=")
	return text != "" && strings.Trim(text, letters+digits+"-._~+/") == ""
}

// readToken takes the token from the file or the environment, not from both.
// No error has a part of it.
func readToken(file, variable string) (string, error) {
	token, from := variable, tokenVariable
	if file != "" {
		if variable != "" {
			return "", fmt.Errorf("the token is in %s and in -token-file: use one of them", tokenVariable)
		}
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("-token-file: %w", err)
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxToken+2))
		if err != nil {
			return "", fmt.Errorf("-token-file: %w", err)
		}
		token, from = strings.TrimRight(string(data), "\r\n"), "-token-file"
	} else if variable == "" {
		return "", nil
	}
	switch {
	case len(token) < minToken:
		return "", fmt.Errorf("%s: the token must have at least %d characters; make one with: openssl rand -hex 32", from, minToken)
	case len(token) > maxToken || !isToken(token):
		return "", fmt.Errorf("%s: the token must be on one line, of up to %d letters, digits and -._~+/", from, maxToken)
	}
	return token, nil
}

// authorize checks the bearer token of a request.
func (s *server) authorize(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.token == "" {
		return nil
	}
	challenge := `Bearer realm="workbench-http"`
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		scheme, token, _ := strings.Cut(values[0], " ")
		// Digests have one length, so that the time tells nothing about it either.
		got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.cfg.token))
		if len(values) == 1 && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			return nil
		}
		challenge += `, error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	return &failure{status: http.StatusUnauthorized, err: errors.New("a valid bearer token is needed: send Authorization: Bearer TOKEN")}
}

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

// securityHeaders are on every answer. There are no CORS headers: no other site
// has any business here.
var securityHeaders = [...]struct{ name, value string }{
	{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
		"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
}

func setHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store") // unless the handler knows better
	for _, s := range securityHeaders {
		h.Set(s.name, s.value)
	}
}

// ServeHTTP is the outermost layer: it gives the request an id, the answer its
// security headers, catches panics, and writes one line to the access log.
func (s *server) ServeHTTP(base http.ResponseWriter, r *http.Request) {
	start := time.Now()
	w := &response{ResponseWriter: base, conn: http.NewResponseController(base), stall: s.cfg.stallTimeout, id: rand.Text()}
	r = r.WithContext(r.Context()) // a copy of our own: we change its body and read its pattern
	defer func() {
		aborted := s.recovered(w, r, recover())
		s.logAccess(w, r, time.Since(start), aborted)
		if aborted {
			panic(http.ErrAbortHandler) // net/http closes the connection, and says nothing
		}
	}()
	setHeaders(w.Header())
	w.Header().Set("X-Request-Id", w.id)
	watchBody(w, r)
	s.dispatch(w, r)
}

// recovered deals with a panic and reports whether the connection must end.
func (s *server) recovered(w *response, r *http.Request, value any) (abort bool) {
	switch {
	case value == nil:
		return false
	case value == http.ErrAbortHandler:
		return true
	}
	// The value may quote a file or a secret; its type and place are enough to
	// find the bug.
	w.note("panic", fmt.Sprintf("%T", value))
	w.note("stack", stack())
	if w.status != 0 {
		return true
	}
	defer func() { abort = abort || recover() != nil }()
	w.Header().Set("Connection", "close")
	s.fail(w, r, errInternal(w.id))
	return false
}

// stack lists the functions that led to a panic, without their files: those
// would tell where the program was built.
func stack() []string {
	callers := make([]uintptr, 24)
	frames := runtime.CallersFrames(callers[:runtime.Callers(5, callers)])
	var list []string
	for {
		frame, more := frames.Next()
		list = append(list, fmt.Sprintf("%s:%d", frame.Function, frame.Line))
		if !more {
			return list
		}
	}
}

var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// logAccess writes nothing that the client chose freely: the route and not the
// path, the method only if it is a real one.
func (s *server) logAccess(w *response, r *http.Request, took time.Duration, aborted bool) {
	method, route := "other", "none"
	if slices.Contains(knownMethods, r.Method) {
		method = r.Method
	}
	if r.Pattern != "" {
		route = r.Pattern
	}
	attrs := append([]slog.Attr{
		slog.String("id", w.id), slog.String("method", method), slog.String("route", route),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.String("remote", peerOf(r).String()),
	}, w.attrs...)
	level := slog.LevelInfo
	if aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// failure is an answer with an error status. Its text is for the client, so it
// must not name a path of this machine.
type failure struct {
	status     int
	err        error
	problems   []problem     // of a project; nil is left out, empty is not
	retryAfter time.Duration // 0: no hint
}

func (f *failure) Error() string { return f.err.Error() }

// errorBody is the JSON of a failure.
type errorBody struct {
	Error    string    `json:"error"`
	Problems []problem `json:"problems,omitzero"`
	Report   rawJSON   `json:"report,omitempty"`
}

// fail answers with an error. It is also what decides between the three ends of
// a request that went wrong: an answer, the end of the connection because the
// client is gone or has half an answer, and an internal error that says nothing.
func (s *server) fail(w *response, r *http.Request, err error) {
	var f *failure
	known := errors.As(err, &f)
	if w.status != 0 || !known && r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // an end of the connection is not an end of the body
	}
	if !known {
		w.note("cause", cause(err))
		f = errInternal(w.id)
	}
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.retryAfter/time.Second)))
	}
	if codes := problemCodes(f.problems); len(codes) > 0 {
		w.note("problems", codes)
	}
	if err := writeJSON(w, f.status, errorBody{Error: f.Error(), Problems: f.problems}); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func errInternal(id string) *failure {
	return &failure{status: http.StatusInternalServerError, err: errors.New("internal error; the log has it under the request id " + id)}
}

// cause is an internal error without the path that it may name.
func cause(err error) string {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "time limit"
	case errors.Is(err, fs.ErrNotExist):
		return "file not found"
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return fmt.Sprintf("%T", err)
}
