//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/preflight"
)

// TestPreflightProgram has something else than a program where one should be. A
// pipe that was opened would hold the test up for good.
func TestPreflightProgram(t *testing.T) {
	dir := rig(t, httpOff...)
	program := filepath.Join(dir, "bin", "anolis-provider-sim")
	archive := dir + ".anpkg"
	for _, test := range []struct {
		put  func() error
		want string
	}{
		{func() error { return os.WriteFile(program, []byte("x"), 0o644) }, "failed command: is there, but is not executable"},
		{func() error { return os.Mkdir(program, 0o755) }, "failed command: is a folder, not a program"},
		{func() error { return syscall.Mkfifo(program, 0o755) }, "failed command: is a named pipe, not a program"},
		{func() error { return os.Symlink("/dev/zero", program) }, "failed command: is a device, not a program"},
		{func() error { return os.Symlink("nowhere", program) }, "failed command: is not there"},
		{func() error { return os.Symlink(program, program) }, "failed command: cannot be looked at: too many levels"},
		{func() error { return nil }, "failed command: is not there"},
	} {
		if err := os.RemoveAll(program); err != nil {
			t.Fatal(err)
		}
		if err := test.put(); err != nil {
			t.Fatal(err)
		}
		wantCheck(t, ready(t, 1, "--dir", dir, archive), test.want)
	}
}

// TestPreflightDevice has the null device, which never minds, in the place of a
// bus, then something else.
func TestPreflightDevice(t *testing.T) {
	dir := t.TempDir()
	file, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for bus, want := range map[string]string{
		os.DevNull:              "ok device: is there and may be read and written",
		"/dev/no-such-bus-7":    "failed device: is not there",
		file:                    "failed device: is a file, not a device",
		pipe:                    "failed device: is a named pipe, not a device",
		"mock://bench":          "ok device: is imitated and needs no hardware",
		filepath.Join(dir, "x"): "failed device: is not there",
	} {
		code := 1
		if strings.HasPrefix(want, "ok") {
			code = 0
		}
		rig := rig(t, append(slices.Clone(httpOff), "startup_policy: strict", "hardware: {bus_path: '"+bus+"'}")...)
		wantCheck(t, ready(t, code, rig), want)
	}
}

// TestPreflightOpenSecrets warns about secrets that everybody may read, and only
// about those.
func TestPreflightOpenSecrets(t *testing.T) {
	dir := rig(t, append(slices.Clone(httpOff), withTelemetry...)...)
	file := filepath.Join(t.TempDir(), "rig.env")
	for _, test := range []struct {
		text string
		mode os.FileMode
		warn bool
	}{
		{"INFLUXDB_TOKEN=kW7xQ2pLm9vRt4Yz", 0o644, true},
		{"INFLUXDB_TOKEN=kW7xQ2pLm9vRt4Yz", 0o640, false},
		{"INFLUXDB_TOKEN=kW7xQ2pLm9vRt4Yz", 0o600, false},
		{"INFLUXDB_TOKEN=", 0o644, false},
		{"OTHER=kW7xQ2pLm9vRt4Yz", 0o644, false},
	} {
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		code := 1
		if strings.Contains(test.text, "N=k") {
			code = 0
		}
		r := ready(t, code, "--env-file", file, dir)
		warned := slices.ContainsFunc(r.Checks, func(c preflight.Item) bool { return c.Kind == "env-file" && c.Status == preflight.Warning })
		if warned != test.warn {
			t.Errorf("%q, %o: warned is %t", test.text[:4], test.mode, warned)
		}
	}
}

// TestPreflightEnvPipe does not wait for a pipe.
func TestPreflightEnvPipe(t *testing.T) {
	dir := rig(t, httpOff...)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := anpkg("preflight", "--env-file", pipe, dir)
	if code != 2 || !strings.Contains(stderr, "is not a regular file") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// TestPreflightLinks points to the way out for a folder that cannot be judged.
func TestPreflightLinks(t *testing.T) {
	dir := rig(t, httpOff...)
	if err := os.Symlink("/bin/sh", filepath.Join(dir, "bin", "sh")); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := anpkg("preflight", dir)
	if code != 2 || !strings.Contains(stderr, "with its .anpkg file and --dir") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	wantCheck(t, ready(t, 0, "--dir", dir, dir+".anpkg"), "ok package: is valid")
}

// TestUnpackedBehindLink has a ".." behind a link, which goes up from where the
// link leads.
func TestUnpackedBehindLink(t *testing.T) {
	t.Chdir(t.TempDir())
	err := errors.Join(os.MkdirAll("far/deep", 0o755), os.Symlink("far/deep", "link"), os.MkdirAll("far/rig/current", 0o755))
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{"link/../rig": "link/../rig/current", "far/rig/": "far/rig/current", "far": "far"} {
		if got := unpackedIn(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}

// TestPreflightRuntime asks an installed runtime for its version.
func TestPreflightRuntime(t *testing.T) {
	file := exported(t, "bioreactor-bench") // pins 0.2.6
	for says, want := range map[string]string{
		"echo anolis-runtime 0.2.6": "is version 0.2.6, as pinned",
		"echo anolis-runtime 0.1.9": "is version 0.1.9, and the package pins 0.2.6",
		"exit 3":                    "does not say its version: the runtime has no --version",
	} {
		program := filepath.Join(t.TempDir(), "runtime")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n[ \"$*\" = --version ] || exit 9\n"+says+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, out, errs := anpkg("preflight", "--runtime", program, "--format", "json", file)
		if !strings.Contains(out, `"subject":"`+program+`","message":"`+want) {
			t.Errorf("%s: %s%s", says, out, errs)
		}
	}
}
