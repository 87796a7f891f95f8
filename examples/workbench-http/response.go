package main

import (
	"io"
	"log/slog"
	"net/http"
	"time"
)

// chunk is how many bytes must move within the stall timeout.
const chunk = 64 << 10

// response is the ResponseWriter of every handler. It remembers what the access
// log wants to know, and gives each chunk of the answer its own deadline: a
// large download may take long, one that stands still may not.
type response struct {
	http.ResponseWriter
	conn  *http.ResponseController
	stall time.Duration
	id    string      // of the request
	body  *movingBody // of the request; nil when there is none

	status int // 0 until the header is written
	bytes  int64
	attrs  []slog.Attr
}

// note adds something to the access log.
func (w *response) note(key string, value any) {
	w.attrs = append(w.attrs, slog.Any(key, value))
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	if w.body != nil && !w.body.ended {
		// net/http would first wait for the rest of the body.
		w.Header().Set("Connection", "close")
	}
	w.moveDeadline()
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	for err == nil && n < len(p) {
		w.moveDeadline()
		var written int
		written, err = w.ResponseWriter.Write(p[n:min(n+chunk, len(p))])
		n += written
		w.bytes += int64(written)
	}
	return n, err
}

// moveDeadline is of no use on a connection without deadlines, and so is its
// error: a connection that is gone fails in the write itself.
func (w *response) moveDeadline() { w.conn.SetWriteDeadline(time.Now().Add(w.stall)) }

// movingBody is a request body with a deadline for each chunk of it.
type movingBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	stall time.Duration
	left  int  // bytes until the deadline moves
	ended bool // whether all was read
}

// watchBody replaces the deadline that net/http has set for the whole request.
func watchBody(w *response, r *http.Request) {
	if r.Body == http.NoBody {
		// net/http reads on to see whether the client leaves. A deadline there
		// would end the request while it is worked on.
		w.conn.SetReadDeadline(time.Time{})
		return
	}
	w.body = &movingBody{ReadCloser: r.Body, conn: w.conn, stall: w.stall}
	w.body.moveDeadline()
	r.Body = w.body
}

func (b *movingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; err == io.EOF {
		b.ended = true
		b.conn.SetReadDeadline(time.Time{})
	} else if b.left <= 0 {
		b.moveDeadline()
	}
	return n, err
}

func (b *movingBody) moveDeadline() {
	b.left = chunk
	b.conn.SetReadDeadline(time.Now().Add(b.stall))
}
