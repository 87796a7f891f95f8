//go:build unix

package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// A test binary with this variable is the program itself.
const childMode = "WORKBENCH_HTTP_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childMode) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestSignals ends the program in both of the usual ways while an upload runs,
// which gets its answer.
func TestSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		temp, logs := t.TempDir(), &logBuffer{}
		cmd := exec.CommandContext(t.Context(), self, "-projects", "../projects", "-listen", "127.0.0.1:0", "-temp-dir", temp)
		cmd.Env = append(os.Environ(), childMode+"=1", tokenVariable+"=")
		cmd.Stderr = logs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		address := listening(t, logs)
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, uploadHead+"Connection: close\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))); err != nil { // the handler reads
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it shuts down", func() bool { return strings.Contains(logs.String(), `"shutting down"`) })
		if _, err := io.WriteString(conn, "no zip.."); err != nil {
			t.Fatal(err)
		}
		if got := readAll(conn); !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.Contains(got, `"valid":false`) {
			t.Errorf("%v: %q", signal, got)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v\n%s", signal, err, logs)
		}
		wantNoEntries(t, temp)
	}
}
