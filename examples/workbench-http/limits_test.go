package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// heavy are the routes behind a gate, with a body that each of them takes.
func heavy(t *testing.T, ts *testServer) map[string]func() answer {
	pkg := examplePackage(t, "sim-quickstart")
	return map[string]func() answer{
		"export":   func() answer { return ts.export("sim-quickstart", "{}") },
		"validate": func() answer { return ts.upload("/api/packages/validate", pkg) },
		"inspect":  func() answer { return ts.upload("/api/packages/inspect", pkg) },
		"diff":     func() answer { return ts.diff(form(t, part{"old", pkg}, part{"new", pkg})) },
	}
}

// TestTooLarge shows that a body that is too large is refused, whether it says so
// or not, and that the largest one is not.
func TestTooLarge(t *testing.T) {
	ts := start(t, func(c *config) { c.maxPackage = 1 << 20 })
	for _, path := range []string{"/api/packages/validate", "/api/packages/inspect"} {
		for _, size := range []int{1<<20 + 1, 3 << 20} {
			wantError(t, ts.upload(path, make([]byte, size)), 413, "larger than 1048576 bytes")
			chunked := ts.request("POST", path, io.MultiReader(bytes.NewReader(make([]byte, size))), "Content-Type", typeZip)
			wantError(t, ts.do(chunked), 413, "larger than 1048576 bytes")
		}
	}
	if a := ts.upload("/api/packages/validate", make([]byte, 1<<20)); a.status != 200 {
		t.Errorf("the largest package: %d %s", a.status, a.body)
	}
	// A size is judged before a byte is sent.
	got := ts.raw("POST /api/packages/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\nContent-Length: 9000000000000000000\r\nExpect: 100-continue\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 413 ") {
		t.Errorf("%.100q", got)
	}
}

func TestHeadersTooLarge(t *testing.T) {
	ts := start(t, nil)
	got := ts.raw("GET / HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 431 ") {
		t.Errorf("%.100q", got)
	}
	for _, broken := range []string{"GET / HTTP/1.1\r\n\r\n", "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", "\x16\x03\x01\x02\x00\x01"} {
		if got := ts.raw(broken + "\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 400 ") && !strings.HasPrefix(got, "HTTP/1.1 505 ") {
			t.Errorf("%q: %.100q", broken, got)
		}
	}
}

// halfUpload begins an upload and waits until the server has taken it in.
func (ts *testServer) halfUpload() io.Closer {
	ts.t.Helper()
	before := len(ts.checks.admitted)
	conn := ts.dial()
	ts.send(conn, "POST /api/packages/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\nContent-Length: 1000\r\n\r\nhalf")
	eventually(ts.t, "the upload is admitted", func() bool { return len(ts.checks.admitted) == before+1 })
	return conn
}

func TestBusy(t *testing.T) {
	ts := start(t, func(c *config) { c.maxInFlight = 2 })
	all := heavy(t, ts)
	one, two := ts.halfUpload(), ts.halfUpload()
	for _, name := range []string{"validate", "inspect", "diff"} {
		a := all[name]()
		wantError(t, a, http.StatusServiceUnavailable, "too much to do")
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After %q", name, a.header.Get("Retry-After"))
		}
	}
	if a := all["export"](); a.status != 200 { // other work has other places
		t.Errorf("export: %d", a.status)
	}
	one.Close()
	two.Close()
	eventually(t, "the places are free again", func() bool { return len(ts.checks.admitted) == 0 })
	for name, send := range all {
		if a := send(); a.status != 200 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	ts := start(t, func(c *config) { c.maxPerClient = 1 })
	upload := ts.halfUpload()
	all := heavy(t, ts)
	for _, path := range []string{"/api/projects", "/api/openapi.json", "/api/schemas/report"} {
		all[path] = func() answer { return ts.get(path) }
	}
	for name, send := range all {
		a := send()
		wantError(t, a, http.StatusTooManyRequests, "too many requests of this client")
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After %q", name, a.header.Get("Retry-After"))
		}
	}
	for _, free := range []string{"/", "/healthz"} {
		if a := ts.get(free); a.status != 200 {
			t.Errorf("%s: %d", free, a.status)
		}
	}
	upload.Close()
	eventually(t, "the client may come again", func() bool { return ts.get("/api/projects").status == 200 })
	ts.clients.mu.Lock()
	defer ts.clients.mu.Unlock()
	if len(ts.clients.active) != 0 {
		t.Errorf("remembered clients: %v", ts.clients.active)
	}
}

func TestClientOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:99": "192.0.2.7/32", "[::ffff:192.0.2.7]:99": "192.0.2.7/32",
		"[2001:db8:1:2:3:4:5:6]:99": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64", "@": netip.Prefix{}.String(),
	} {
		if got := clientOf(&http.Request{RemoteAddr: remote}).String(); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestNoWorker(t *testing.T) {
	ts := start(t, func(c *config) { c.workers, c.queueTimeout = 1, 20*time.Millisecond })
	for _, g := range []*gate{ts.exports, ts.checks} {
		g.workers <- struct{}{}
	}
	for name, send := range heavy(t, ts) {
		a := send()
		wantError(t, a, http.StatusServiceUnavailable, "no worker")
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After %q", name, a.header.Get("Retry-After"))
		}
	}
}

func TestWorkTimeout(t *testing.T) {
	ts := start(t, func(c *config) { c.workTimeout = time.Nanosecond })
	for _, send := range heavy(t, ts) {
		wantError(t, send(), http.StatusServiceUnavailable, "took longer")
	}
}

// TestQueue shows that requests wait for a worker and are then served.
func TestQueue(t *testing.T) {
	ts := start(t, func(c *config) { c.workers, c.queueTimeout = 1, patience })
	ts.exports.workers <- struct{}{}
	answers := make(chan answer)
	for range 5 {
		go func() { answers <- ts.export("sim-quickstart", "") }()
	}
	eventually(t, "five wait", func() bool { return len(ts.exports.admitted) == 5 })
	<-ts.exports.workers
	for range 5 {
		if a := <-answers; a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

// TestLongWork shows that the deadlines of a connection do not end a request
// that takes longer than they are.
func TestLongWork(t *testing.T) {
	const deadline = 200 * time.Millisecond
	slow := func(w *response, r *http.Request) error {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(r.Context(), 3*deadline)
		defer cancel()
		<-ctx.Done()
		return writeJSON(w, 200, fmt.Sprint(r.Context().Err()))
	}
	ts := start(t, func(c *config) { c.headerTimeout, c.stallTimeout = deadline, deadline },
		route{http.MethodGet, "/slow", forClients, nil, slow}, route{http.MethodPost, "/slow", forClients, nil, slow})
	for range 2 { // on one connection
		for _, r := range []*http.Request{ts.request("GET", "/slow", nil), ts.request("POST", "/slow", strings.NewReader("body"))} {
			resp, err := ts.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if body := readAll(resp.Body); resp.StatusCode != 200 || body != "\"<nil>\"\n" {
				t.Errorf("%s: %d %s", r.Method, resp.StatusCode, body)
			}
			resp.Body.Close()
		}
	}
}

// zipBomb is a small archive of one file of size zeros.
func zipBomb(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("machine-profile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// heap is what is in use after all garbage is gone.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one has put into pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory shows that requests leave no memory in use: 100 uploads of 1 MiB
// are far above what is allowed here for all together.
func TestMemory(t *testing.T) {
	ts := start(t, nil)
	pkg := make([]byte, 1<<20)
	send := func(n int) {
		for range n {
			if a := ts.upload("/api/packages/validate", pkg); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if a := ts.export("bioreactor-bench", ""); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
	}
	send(10) // fill caches and pools
	before := heap()
	send(100)
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d bytes more are in use than before", grown)
	}
}

// badPackage is a package with as many problems as a report lists, whose names
// make the report large: a small upload has a large answer.
func badPackage(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	folder := strings.Repeat(strings.Repeat("\u2028", 66)+"/", 4) // each is written as six bytes
	for i := range 1500 {
		h := &zip.FileHeader{Name: fmt.Sprintf("%s%04d.yaml", folder, i), Method: zip.Deflate}
		h.SetMode(0o644) // made on Unix, or the names would be refused
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "a: 1\na: 2\ntoken: secret\npassword: secret\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMemoryOfSlowClients shows that answers wait for their clients on the disk.
func TestMemoryOfSlowClients(t *testing.T) {
	ts := start(t, nil)
	pkg := badPackage(t)
	const clients = 4
	for _, path := range []string{"/api/packages/validate", "/api/packages/inspect"} {
		size := len(ts.upload(path, pkg).body)
		before := heap()
		for range clients {
			conn := ts.dial()
			defer conn.Close()
			if err := conn.SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
			ts.send(conn, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\nContent-Length: %d\r\n\r\n%s", path, len(pkg), pkg))
			if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil { // the answer has begun
				t.Fatal(err)
			}
		}
		if grown := heap() - before; grown > int64(clients*size/4) {
			t.Errorf("%s: %d answers of %d bytes hold %d bytes", path, clients, size, grown)
		}
	}
}

// dial opens a connection for what no HTTP client would send.
func (ts *testServer) dial() *net.TCPConn {
	ts.t.Helper()
	conn, err := net.Dial("tcp", ts.addr)
	if err != nil {
		ts.t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		ts.t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func (ts *testServer) send(conn net.Conn, text string) {
	ts.t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		ts.t.Fatal(err)
	}
}

// raw sends bytes and reads until the server closes the connection.
func (ts *testServer) raw(text string) string {
	ts.t.Helper()
	conn := ts.dial()
	defer conn.Close()
	ts.send(conn, text)
	return readAll(conn)
}

// readAll is what can be read, and the error that ended it.
func readAll(r io.Reader) string {
	data, err := io.ReadAll(r)
	if err != nil {
		return string(data) + " [" + err.Error() + "]"
	}
	return string(data)
}
