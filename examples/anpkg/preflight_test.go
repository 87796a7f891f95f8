package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/preflight"
)

// rig is a directory with the package of a small machine and all that it needs.
// Changes are pairs of an old and a new text in the project.
func rig(t *testing.T, changes ...string) string {
	t.Helper()
	work := t.TempDir()
	project, dir := filepath.Join(work, "project"), filepath.Join(work, "rig")
	if err := os.CopyFS(project, os.DirFS("../projects/sim-quickstart")); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		changeProject(t, project, changes[i], changes[i+1])
	}
	archive := dir + ".anpkg"
	if code, _, stderr := anpkg("export", project, archive); code != 0 {
		t.Fatal(stderr)
	}
	if err := scriptCommands["unpack"](nil, []string{archive, dir}); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "bin", "anolis-provider-sim")
	if err := errors.Join(os.Mkdir(filepath.Dir(program), 0o777), os.WriteFile(program, []byte("#!/bin/false\n"), 0o777)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func changeProject(t *testing.T, dir, from, to string) {
	t.Helper()
	found := false
	for _, name := range []string{"config/anolis-runtime.manual.yaml", "config/provider-sim.yaml"} {
		name = filepath.Join(dir, name)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found = found || strings.Contains(string(data), from)
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(data), from, to)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("%q is nowhere in the project", from)
	}
}

// httpOff keeps a test from the ports of the machine that it runs on.
var httpOff = []string{"http:\n  enabled: true", "http:\n  enabled: false"}

// withTelemetry makes a token needed.
var withTelemetry = []string{"telemetry:\n  enabled: false", "telemetry:\n  enabled: true\n  influxdb: {url: 'http://historian.local'}"}

func ready(t *testing.T, wantCode int, args ...string) preflight.Report {
	t.Helper()
	code, stdout, stderr := anpkg(append([]string{"preflight", "--format", "json"}, args...)...)
	var r preflight.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != wantCode || r.Ready != (code == 0) {
		t.Fatalf("exit %d, want %d: %v\n%s%s", code, wantCode, err, stdout, stderr)
	}
	return r
}

// wantCheck wants a check, as "status kind: message" in which a message may be cut.
func wantCheck(t *testing.T, r preflight.Report, want string) {
	t.Helper()
	var all []string
	for _, c := range r.Checks {
		line := string(c.Status) + " " + c.Kind + ": " + c.Message
		if strings.HasPrefix(line, want) {
			return
		}
		all = append(all, line)
	}
	t.Errorf("no check %q among\n%s", want, strings.Join(all, "\n"))
}

func TestPreflightReady(t *testing.T) {
	dir := rig(t, httpOff...)
	wantCheck(t, ready(t, 0, dir), "ok command: is there and may be run")
	wantCheck(t, ready(t, 0, "--dir", dir, dir+".anpkg"), "ok package: is valid")
	wantCheck(t, ready(t, 1, dir+".anpkg"), "skipped command: the directory of the unpacked package is not known")
	file, err := os.Open(dir + ".anpkg")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"preflight", "--dir", dir, "-"}, streams{file, &stdout, &stderr})
	if code != 0 || !strings.HasPrefix(stdout.String(), "standard input: ready: ") {
		t.Errorf("exit %d: %s%s", code, &stdout, &stderr)
	}
}

// TestPreflightCurrent finds the release that a link names, also for paths that
// lead out of it: they begin where the link leads.
func TestPreflightCurrent(t *testing.T) {
	dir := rig(t, append(slices.Clone(httpOff), "./bin/anolis-provider-sim", "../../heat")...)
	top := t.TempDir()
	release := filepath.Join(top, "releases", "r1")
	if err := errors.Join(os.MkdirAll(filepath.Dir(release), 0o777), os.Rename(dir, release)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("releases", "r1"), filepath.Join(top, "current")); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, ready(t, 1, top), "failed command: is not there")
	if err := os.WriteFile(filepath.Join(top, "heat"), nil, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{top}, {filepath.Join(top, "current")}, {release}, {"--dir", top, dir + ".anpkg"}} {
		wantCheck(t, ready(t, 0, args...), "ok command: is there and may be run")
	}
}

// TestPreflightPort has a port that somebody listens on, and then nobody.
func TestPreflightPort(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	dir := rig(t, "port: 8090", "port: "+port)
	wantCheck(t, ready(t, 1, dir), "failed port: is taken by another program")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, ready(t, 0, dir), "ok port: is free")

	// 192.0.2.0/24 is for documentation (RFC 5737).
	dir = rig(t, "bind: 127.0.0.1", "bind: 192.0.2.1")
	wantCheck(t, ready(t, 1, dir), "failed port: is no address of this machine")
	dir = rig(t, "bind: 127.0.0.1", "bind: 0.0.0.0", "port: 8090", "port: "+port)
	wantCheck(t, ready(t, 0, dir), "ok port: is free")
}

// TestPreflightEnvFile reads what the service will have, and shows none of it.
func TestPreflightEnvFile(t *testing.T) {
	const secret = "Zq81xKvW_7pL2mNjRt4YbHd6Gs3Fc9Ae=="
	dir := rig(t, append(slices.Clone(httpOff), withTelemetry...)...)
	t.Setenv("INFLUXDB_TOKEN", secret)
	wantCheck(t, ready(t, 0, dir), "ok secret: is set")
	code, _, stderr := anpkg("preflight", dir)
	if code != 0 || !strings.Contains(stderr, "see --env-file") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	t.Setenv("INFLUXDB_TOKEN", "")
	wantCheck(t, ready(t, 1, dir), "failed secret: is set to nothing")
	t.Setenv("INFLUXDB_TOKEN", secret) // which a file takes the place of

	file := filepath.Join(t.TempDir(), "rig.env")
	for _, test := range []struct {
		text, want string
		code       int
	}{
		{"INFLUXDB_TOKEN=" + secret + "\n", "ok secret: is set", 0},
		{"# token\nOTHER=Other" + secret + "\nINFLUXDB_TOKEN='" + secret + "'\n", "ok secret: is set", 0},
		{"INFLUXDB_TOKEN=\" " + secret + "\"\n", "warning secret: is set, with white space", 0},
		{"INFLUXDB_TOKEN=changeme\n", "warning secret: is set to what looks like a placeholder", 0},
		{"INFLUXDB_TOKEN=\nOTHER=" + secret, "failed secret: is set to nothing", 1},
		{"OTHER=" + secret, "failed secret: is not set", 1},
		{"", "failed secret: is not set", 1},
		{"export INFLUXDB_TOKEN=" + secret, "", 2},
		{"INFLUXDB_TOKEN='" + secret, "", 2},
		{"-" + secret, "", 2},
		{strings.TrimRight(secret, "="), "", 2},
	} {
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if test.code != 2 {
			wantCheck(t, ready(t, test.code, "--env-file", file, dir), test.want)
		}
		for _, format := range []string{"text", "json"} {
			code, stdout, stderr := anpkg("preflight", "--format", format, "--env-file", file, dir)
			if code != test.code || (code == 2) != (stderr != "") || (code == 2) != (stdout == "") {
				t.Errorf("exit %d, want %d", code, test.code)
			}
			for i := range len(secret) - 5 {
				if strings.Contains(stdout+stderr, secret[i:i+6]) {
					t.Fatal("a piece of the secret is in the output")
				}
			}
		}
	}
}

func TestPreflightCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"preflight", rig(t, httpOff...)}, streams{noInput{}, &stdout, &stderr})
	if code != 2 || stdout.Len() > 0 || stderr.String() != "anpkg preflight: interrupted\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}

// TestPreflightBrokenStdout must not look like a machine that is ready.
func TestPreflightBrokenStdout(t *testing.T) {
	dir := rig(t, httpOff...)
	for _, format := range []string{"text", "json"} {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"preflight", "--format", format, dir}, streams{noInput{}, brokenPipe{}, &stderr})
		if code == 0 || stderr.String() != "anpkg preflight: standard output: broken\\x1b pipe\n" {
			t.Errorf("exit %d, %q", code, &stderr)
		}
	}
}
