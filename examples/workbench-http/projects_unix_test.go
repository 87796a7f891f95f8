//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe has a pipe in the place of a project: to open one would wait for
// somebody to write to it, without end and with a worker.
func TestPipe(t *testing.T) {
	projects := ownProjects(t, "sim-quickstart")
	if err := syscall.Mkfifo(filepath.Join(projects, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	ts := start(t, func(c *config) { c.projects = projects })
	wantError(t, ts.export("pipe", ""), 400, "not a project folder")
	if list := projectNames(t, ts); len(list) != 1 {
		t.Errorf("projects: %+v", list)
	}
}
