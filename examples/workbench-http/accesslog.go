package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"time"
)

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
