package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestShutdown shows that what runs comes to its end, and nothing new begins.
func TestShutdown(t *testing.T) {
	ts := start(t, nil)
	pkg := examplePackage(t, "sim-quickstart")
	reader, writer := io.Pipe()
	answered := make(chan answer)
	go func() {
		answered <- ts.do(ts.request("POST", "/api/packages/validate", reader, "Content-Type", typeZip))
	}()
	if _, err := writer.Write(pkg[:100]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the upload is admitted", func() bool { return len(ts.checks.admitted) == 1 })
	stopped := make(chan error)
	go func() { stopped <- ts.stop() }()
	eventually(t, "nobody can connect", func() bool {
		conn, err := net.Dial("tcp", ts.addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if _, err := writer.Write(pkg[100:]); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	wantReport(t, ts, <-answered, pkg)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestShutdownCutsOff shows that a client that does not come to its end does
// not keep the server from its own.
func TestShutdownCutsOff(t *testing.T) {
	before := resources()
	cfg := defaultConfig()
	cfg.projects, cfg.tempDir, cfg.shutdownTimeout = "../projects", t.TempDir(), 50*time.Millisecond
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	logs := &logBuffer{}
	s, err := newServer(cfg, slog.New(slog.NewJSONHandler(logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.serve(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, uploadHead+"Content-Length: 1000\r\n\r\nhalf"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the upload is admitted", func() bool { return len(s.checks.admitted) == 1 })
	cancel()
	if err := <-served; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("serve: %v", err)
	}
	wantNoEntries(t, s.temp.path)
	s.close()
	wantNoEntries(t, cfg.tempDir)
	conn.Close()
	wantSettled(t, before)
}

// TestRun runs the whole program up to its end.
func TestRun(t *testing.T) {
	temp := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	logs := &logBuffer{}
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"-projects", "../projects", "-listen", "127.0.0.1:0", "-temp-dir", temp}, noVariables, io.Discard, logs)
	}()
	address := listening(t, logs)
	resp, err := http.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d: %s", got, logs)
	}
	wantNoEntries(t, temp)
}

// listening waits until the log has the address.
func listening(t *testing.T, logs *logBuffer) (address string) {
	t.Helper()
	line := regexp.MustCompile(`"msg":"listening","address":"([^"]+)"`)
	eventually(t, "the server listens", func() bool {
		if found := line.FindStringSubmatch(logs.String()); found != nil {
			address = found[1]
		}
		return address != ""
	})
	return address
}

func TestRunFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	temp := t.TempDir()
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-help"}, exitOK, ""},
		{nil, exitUsage, "-projects is missing; see workbench-http -help"},
		{[]string{"-projects", "../projects", "-listen", taken.Addr().String()}, exitFailed, "address already in use"},
		{[]string{"-projects", "../projects", "-listen", "0.0.0.0:0", "-host", "rig"}, exitFailed, "set a bearer token in " + tokenVariable},
		{[]string{"-projects", filepath.Join(temp, "missing"), "-listen", "127.0.0.1:0"}, exitFailed, "missing"},
		{[]string{"-projects", "../projects", "-listen", "127.0.0.1:0", "-temp-dir", filepath.Join(temp, "missing")}, exitFailed, "missing"},
	} {
		before := resources()
		var stderr strings.Builder
		if code := run(t.Context(), test.args, noVariables, io.Discard, &stderr); code != test.code || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q: exit code %d, %s", test.args, code, stderr.String())
		}
		wantSettled(t, before)
	}
}

// TestServeFails shows that an end of the listener is no silent one.
func TestServeFails(t *testing.T) {
	ts := start(t, nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := ts.serve(t.Context(), ln); !errors.Is(err, net.ErrClosed) {
		t.Errorf("serve: %v", err)
	}
}

func TestCause(t *testing.T) {
	_, missing := os.Open("/secret/place/file")
	for want, err := range map[string]error{
		"no such file or directory": missing,
		"time limit":                context.DeadlineExceeded,
		"file not found":            os.ErrNotExist,
		"*errors.errorString":       errors.Join(errors.New("/secret/place")),
	} {
		if got := cause(err); got != want && !strings.HasPrefix(got, "The system cannot find") && !strings.HasPrefix(got, "*errors.joinError") {
			t.Errorf("%v: %s", err, got)
		}
	}
}
