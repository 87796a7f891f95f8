package main

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOtherTools lets tools that share no code with this repository read the
// packages of all example projects, where those tools are installed.
func TestOtherTools(t *testing.T) {
	projects, err := os.ReadDir("../projects")
	if err != nil {
		t.Fatal(err)
	}
	for _, project := range projects {
		if !project.IsDir() {
			continue
		}
		t.Run(project.Name(), func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "x.anpkg")
			if code, _, stderr := anpkg("export", "--variants", "all", filepath.Join("../projects", project.Name()), out); code != 0 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			contents := filepath.Join(dir, "contents")
			unpack(t, out, contents)
			tool(t, contents, "sha256sum", "--check", "--strict", "meta/checksums.sha256")
			tool(t, dir, "unzip", "-t", out)
			tool(t, dir, "python3", "-m", "zipfile", "-t", out)
		})
	}
}

// tool runs a command that must be content.
func tool(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Logf("no %s here: %v", name, err)
		return
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %q: %v\n%s", name, args, err, text)
	}
}

// unpack extracts a package that we made ourselves.
func unpack(t *testing.T, file, dir string) {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.CopyFS(dir, r); err != nil {
		t.Fatal(err)
	}
}
