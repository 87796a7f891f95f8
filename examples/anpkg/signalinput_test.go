//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestSignalInput ends a validation that waits for the rest of its input, in
// ways polite and rude: no temporary file may be left.
func TestSignalInput(t *testing.T) {
	binary := buildBinary(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			temporaryFolder(t)
			cmd := exec.Command(binary, "validate", "-")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// More than a pipe holds: the program has read some of it afterwards.
			if _, err := in.Write(make([]byte, 4<<20)); err != nil {
				t.Error(err)
			}
			cmd.Process.Signal(signal)
			err = cmd.Wait()
			if signal == syscall.SIGKILL {
				return
			}
			if code := exitCode(t, err); code != 2 || stdout.Len() > 0 || stderr.String() != "anpkg validate: interrupted; 1 package not validated\n" {
				t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
			}
		})
	}
}

// TestBrokenPipe has nobody read what is written, as after "| head".
func TestBrokenPipe(t *testing.T) {
	binary := buildBinary(t)
	file := exported(t, "sim-quickstart")
	temporaryFolder(t)
	for _, line := range []string{"export ../projects/sim-quickstart -", "validate " + file, "validate -", "help", "completion bash"} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		read.Close()
		input, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, strings.Fields(line)...)
		var stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = input, write, &stderr
		err = cmd.Run()
		write.Close()
		input.Close()
		if err == nil || strings.Contains(stderr.String(), "panic") {
			t.Errorf("anpkg %s: %v, stderr %q", line, err, &stderr)
		}
	}
}

// TestPipe sends a package from one process to another.
func TestPipe(t *testing.T) {
	binary := buildBinary(t)
	temporaryFolder(t)
	export, validate := exec.Command(binary, "export", "../projects/sim-quickstart", "-"), exec.Command(binary, "validate", "-")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	export.Stdout, validate.Stdin = write, read
	if err := export.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	text, err := validate.Output()
	read.Close()
	if err != nil || export.Wait() != nil || !strings.HasPrefix(string(text), "standard input: valid (canonical)\n") {
		t.Errorf("%v, stdout %q", err, text)
	}
}
