package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const uploadHead = "POST /api/packages/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\n"

// idle reports whether no request holds anything.
func (ts *testServer) idle() bool {
	ts.clients.mu.Lock()
	defer ts.clients.mu.Unlock()
	return len(ts.clients.active)+len(ts.checks.admitted)+len(ts.exports.admitted)+len(ts.checks.workers)+len(ts.exports.workers) == 0
}

// TestStalled has clients that stop in the middle: of the headers, and of each
// kind of body.
func TestStalled(t *testing.T) {
	ts := start(t, func(c *config) { c.headerTimeout, c.stallTimeout = 500*time.Millisecond, 300*time.Millisecond })
	var clients sync.WaitGroup
	// each sends every text on a connection of its own, and says whether the
	// answer is as it should be.
	each := func(right func(answer string) bool, texts ...string) {
		for _, text := range texts {
			clients.Go(func() {
				if got := ts.raw(text); !right(got) {
					t.Errorf("%q: %q", text, got)
				}
			})
		}
	}
	each(func(got string) bool { return got == "" || strings.HasPrefix(got, "HTTP/1.1 400 ") },
		"", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A")
	const boundary = "Content-Type: multipart/form-data; boundary=b\r\n"
	each(func(got string) bool {
		return strings.HasPrefix(got, "HTTP/1.1 408 ") && strings.Contains(got, "too slowly") && strings.Contains(got, "Connection: close")
	},
		uploadHead+"Content-Length: 100\r\n\r\n",
		uploadHead+"Content-Length: 100\r\n\r\nhalf",
		uploadHead+"Transfer-Encoding: chunked\r\n\r\n5\r\nhal",
		uploadHead+"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
		"POST /api/projects/sim-quickstart/export HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"POST /api/packages/diff HTTP/1.1\r\nHost: localhost\r\n"+boundary+"Content-Length: 1000\r\n\r\n",
		"POST /api/packages/diff HTTP/1.1\r\nHost: localhost\r\n"+boundary+"Content-Length: 1000\r\n\r\n--b\r\nContent-Disposition: form-data; name=old\r\n\r\nhalf",
		"POST /api/packages/diff HTTP/1.1\r\nHost: localhost\r\n"+boundary+"Content-Length: 1000\r\n\r\n--b\r\nContent-Disposition: form-data; name=old\r\n\r\nold"+
			"\r\n--b\r\nContent-Disposition: form-data; name=new\r\n\r\nnew\r\n--b--\r\n")
	// A body that nobody reads is not waited for without end either.
	each(func(got string) bool {
		return strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.HasPrefix(got, "HTTP/1.1 404 ")
	},
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
		"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
	clients.Wait()
	eventually(t, "nothing is held", ts.idle)
}

// TestTrickle sends a byte now and then: each one comes in time, and together
// they are too slow.
func TestTrickle(t *testing.T) {
	ts := start(t, func(c *config) { c.stallTimeout = 300 * time.Millisecond })
	conn := ts.dial()
	defer conn.Close()
	ts.send(conn, uploadHead+"Content-Length: 1000000\r\n\r\n")
	go func() {
		for range 1000 {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if got := readAll(conn); !strings.HasPrefix(got, "HTTP/1.1 408 ") {
		t.Errorf("%q", got)
	}
}

// TestSlowButMoving sends an upload that takes longer than the stall timeout.
func TestSlowButMoving(t *testing.T) {
	ts := start(t, func(c *config) { c.stallTimeout = 1500 * time.Millisecond })
	reader, writer := io.Pipe()
	go func() {
		for range 12 {
			writer.Write(make([]byte, chunk))
			time.Sleep(150 * time.Millisecond)
		}
		writer.Close()
	}()
	if a := ts.do(ts.request("POST", "/api/packages/validate", reader, "Content-Type", typeZip)); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestHalfBody has clients that end the body too early and wait for an answer.
func TestHalfBody(t *testing.T) {
	ts := start(t, nil)
	for _, half := range []string{
		uploadHead + "Content-Length: 100\r\n\r\nhalf",
		uploadHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhal",
		uploadHead + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
	} {
		conn := ts.dial()
		ts.send(conn, half)
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := readAll(conn); !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, "ended too early") {
			t.Errorf("%q: %q", half, got)
		}
		conn.Close()
	}
}

// TestGoneInUpload has clients that leave in the middle of what they send.
func TestGoneInUpload(t *testing.T) {
	ts := start(t, nil)
	for i := range 20 {
		conn := ts.dial()
		ts.send(conn, uploadHead+"Content-Length: 1000000\r\n\r\n"+strings.Repeat("x", i*10_000))
		eventually(t, "the upload is admitted", func() bool { return len(ts.checks.admitted) == 1 })
		if i%2 == 0 {
			conn.SetLinger(0) // a reset
		}
		conn.Close()
		eventually(t, "nothing is held", ts.idle)
		wantNoEntries(t, ts.temp.path)
	}
}

// TestGoneWhileWaiting has clients that leave when their request waits for a
// worker, whatever body it has.
func TestGoneWhileWaiting(t *testing.T) {
	ts := start(t, func(c *config) { c.workers, c.queueTimeout = 1, time.Hour })
	for _, g := range []*gate{ts.exports, ts.checks} {
		g.workers <- struct{}{}
	}
	body, contentType := form(t, part{"old", nil}, part{"new", nil})
	for path, r := range map[string]*http.Request{
		"export":   ts.request("POST", "/api/projects/sim-quickstart/export", nil),
		"options":  ts.request("POST", "/api/projects/sim-quickstart/export", strings.NewReader("{}"), "Content-Type", typeJSON),
		"validate": ts.request("POST", "/api/packages/validate", strings.NewReader("x"), "Content-Type", typeZip),
		"diff":     ts.request("POST", "/api/packages/diff", strings.NewReader(string(body)), "Content-Type", contentType),
	} {
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := ts.client.Do(r.WithContext(ctx))
			failed <- err
		}()
		eventually(t, "it waits", func() bool { return len(ts.exports.admitted)+len(ts.checks.admitted) == 1 })
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", path, err)
		}
		eventually(t, path+" is given up", func() bool { return len(ts.exports.admitted)+len(ts.checks.admitted) == 0 })
	}
	eventually(t, "four requests are logged", func() bool { return len(ts.logs.requests(t)) == 4 })
	for _, log := range ts.logs.requests(t) {
		if log["aborted"] != true || log["status"] != 0.0 {
			t.Errorf("log %v", log)
		}
	}
	<-ts.exports.workers
	<-ts.checks.workers
}

// TestGoneInDownload has clients that leave, and that stop reading.
func TestGoneInDownload(t *testing.T) {
	projects := bigProject(t)
	ts := start(t, func(c *config) { c.projects, c.stallTimeout = projects, 500*time.Millisecond })
	for _, leave := range []bool{true, false} {
		conn := ts.dial()
		if err := conn.SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		ts.send(conn, "POST /api/projects/mixer-system/export HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
		if _, err := io.ReadFull(conn, make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
		if leave {
			conn.Close()
		}
		eventually(t, "nothing is held", ts.idle)
		conn.Close()
	}
	eventually(t, "two requests are logged", func() bool { return len(ts.logs.requests(t)) == 2 })
	for _, log := range ts.logs.requests(t) {
		if log["aborted"] != true || log["status"] != 200.0 {
			t.Errorf("log %v", log)
		}
	}
}

// TestParallel has 200 clients at the same time that do what the server asks
// for when it has no room.
func TestParallel(t *testing.T) {
	ts := start(t, func(c *config) { c.maxInFlight, c.maxPerClient = 40, 60 })
	pkg := examplePackage(t, "sim-quickstart")
	var clients sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for i := range 200 {
		clients.Go(func() {
			for n := 0; n < 3; {
				a := ts.oneOf(t, i+n, pkg)
				mu.Lock()
				statuses[a.status]++
				mu.Unlock()
				switch a.status {
				case http.StatusTooManyRequests, http.StatusServiceUnavailable:
					if a.header.Get("Retry-After") == "" {
						t.Error("no Retry-After")
					}
					time.Sleep(time.Duration(5+i%20) * time.Millisecond) // less than is asked for, to press
					continue
				case 200:
				default:
					t.Errorf("%d %.200q", a.status, a.body)
				}
				n++
			}
		})
	}
	clients.Wait()
	if statuses[200] != 600 {
		t.Errorf("statuses %v", statuses)
	}
	eventually(t, "nothing is held", ts.idle)
}

// oneOf sends a request that must succeed, and checks what comes.
func (ts *testServer) oneOf(t *testing.T, i int, pkg []byte) answer {
	switch i % 4 {
	case 0:
		return ts.get("/api/projects")
	case 1:
		return ts.upload("/api/packages/validate", pkg)
	case 2:
		body, contentType := form(t, part{"old", pkg}, part{"new", pkg})
		return ts.diff(body, contentType)
	}
	a := ts.export("sim-quickstart", "{}")
	if a.status == 200 && string(a.body) != string(pkg) {
		t.Error(fmt.Sprint("another package of ", len(a.body), " bytes"))
	}
	return a
}
