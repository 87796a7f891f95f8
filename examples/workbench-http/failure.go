package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

// failure is an answer that is no success. Its text is for the client, so it
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
		panic(http.ErrAbortHandler) // an end of the connection is no end of the body
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
