//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignal interrupts an export while it writes. How long that takes is not
// known, so the behavior grows until the signal came in time.
func TestSignal(t *testing.T) {
	binary := buildBinary(t)
	project := copyProject(t, "mixer-system")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			for size := 32; ; size *= 4 {
				if size > 4096 {
					t.Fatal("no export took long enough")
				}
				writeTree(t, filepath.Join(project, "behaviors/batch_mix.xml"), size)
				if interruptedInTime(t, binary, project, signal) {
					return
				}
			}
		})
	}
}

// writeTree writes a behavior tree of about size MiB.
func writeTree(t *testing.T, name string, size int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line := "  <!-- " + strings.Repeat("stir well, then wait. ", 40) + "-->\n"
	block := strings.Repeat(line, 1<<20/len(line))
	parts := append(make([]string, 0, size+2), "<root BTCPP_format=\"4\">\n  <BehaviorTree ID=\"Main\"><AlwaysSuccess/></BehaviorTree>\n")
	for range size {
		parts = append(parts, block)
	}
	for _, part := range append(parts, "</root>\n") {
		if _, err := f.WriteString(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func interruptedInTime(t *testing.T, binary, project string, signal syscall.Signal) bool {
	dir := t.TempDir()
	cmd := exec.Command(binary, "export", project, "out.anpkg")
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	temporary := filepath.Join(dir, ".out.anpkg.0.tmp")
	for {
		select {
		case err := <-ended: // before it was seen writing
			if err != nil {
				t.Fatalf("%v, stderr %q", err, &stderr)
			}
			return false
		case <-time.After(time.Millisecond):
		}
		if _, err := os.Lstat(temporary); err == nil {
			break
		}
	}
	cmd.Process.Signal(signal) // fails when it has ended meanwhile
	code := exitCode(t, <-ended)
	if code == 0 {
		return false
	}
	if code != 1 || stdout.Len() > 0 || stderr.String() != "anpkg export: interrupted; nothing was written\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
	return true
}
