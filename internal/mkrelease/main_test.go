package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var when = time.Unix(1_700_000_000, 0).UTC()

func sample() []file {
	return []file{
		{"anpkg", 0o755, []byte("program")},
		{"man/anpkg.1", 0o644, []byte("page")},
		{"completions/anpkg.bash", 0o644, []byte("bash")},
		{"LICENSE", 0o644, []byte("license")},
		{"README.md", 0o644, []byte("not installed")},
	}
}

// members reads an ar file.
func members(t *testing.T, deb []byte) map[string][]byte {
	t.Helper()
	rest, ok := bytes.CutPrefix(deb, []byte("!<arch>\n"))
	if !ok {
		t.Fatal("no ar file")
	}
	found := map[string][]byte{}
	for len(rest) > 0 {
		header := string(rest[:60])
		size, err := strconv.Atoi(strings.TrimSpace(header[48:58]))
		if err != nil || header[58:] != "`\n" {
			t.Fatalf("header %q", header)
		}
		found[strings.TrimSpace(header[:16])] = rest[60 : 60+size]
		rest = rest[60+size+size%2:]
	}
	return found
}

// entries lists a tar.gz as "mode name size".
func entries(t *testing.T, data []byte) []string {
	t.Helper()
	gz, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for r := tar.NewReader(gz); ; {
		h, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(when) {
			t.Errorf("%s: owner %d:%d, time %s", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		list = append(list, fmt.Sprintf("%o %s %d", h.Mode, h.Name, h.Size))
	}
}

func TestDeb(t *testing.T) {
	var b bytes.Buffer
	if err := writeDeb(&b, "armhf", "v1.2.3-rc.1", sample(), when); err != nil {
		t.Fatal(err)
	}
	found := members(t, b.Bytes())
	if string(found["debian-binary"]) != "2.0\n" {
		t.Errorf("debian-binary is %q", found["debian-binary"])
	}
	installed := entries(t, found["data.tar.gz"])
	for _, want := range []string{"755 ./usr/ 0", "755 ./usr/bin/ 0", "755 ./usr/bin/anpkg 7", "644 ./usr/share/bash-completion/completions/anpkg 4", "644 ./usr/share/doc/anpkg/copyright 7"} {
		if !slices.Contains(installed, want) {
			t.Errorf("%q is not in %q", want, installed)
		}
	}
	if dirs := slices.Index(installed, "755 ./usr/bin/ 0"); dirs > slices.Index(installed, "755 ./usr/bin/anpkg 7") {
		t.Error("a file stands before its directory")
	}
	if got := entries(t, found["control.tar.gz"]); len(got) != 2 {
		t.Errorf("control has %q", got)
	}

	if dpkg, err := exec.LookPath("dpkg-deb"); err == nil { // where there is the real reader, ask it
		path := filepath.Join(t.TempDir(), "x.deb")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(dpkg, "--field", path, "Package", "Version", "Architecture").CombinedOutput()
		if want := "Package: anpkg\nVersion: 1.2.3~rc.1\nArchitecture: armhf\n"; err != nil || string(out) != want {
			t.Errorf("dpkg-deb: %v, %q", err, out)
		}
	}
}

func TestDebVersion(t *testing.T) {
	for version, want := range map[string]string{
		"v0.3.0": "0.3.0", "v0.3.0-rc.1": "0.3.0~rc.1", "(devel)": "0.0.0~dev", "": "0.0.0~dev",
		"v0.0.0-20261123184543-b5ac17cfc401+dirty": "0.0.0~20261123184543-b5ac17cfc401+dirty",
	} {
		if got := debVersion(version); got != want {
			t.Errorf("%q gives %q, not %q", version, got, want)
		}
	}
}

func TestArchives(t *testing.T) {
	write := func(f func(io.Writer, string, []file, time.Time) error) []byte {
		var b bytes.Buffer
		if err := f(&b, "anpkg-x/", sample(), when); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	packed := write(writeTarGz)
	if !bytes.Equal(packed, write(writeTarGz)) {
		t.Error("two tar.gz of the same files differ")
	}
	if got := entries(t, packed); len(got) != 5 || got[0] != "755 anpkg-x/anpkg 7" {
		t.Errorf("tar.gz holds %q", got)
	}
	zipped := write(writeZip)
	r, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != 5 || r.File[0].Name != "anpkg-x/anpkg" || !r.File[0].Modified.Equal(when) {
		t.Errorf("zip holds %d files, the first is %s of %s", len(r.File), r.File[0].Name, r.File[0].Modified)
	}
}

func TestSBOM(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "example.org/main", Version: "v1.0.0"},
		Deps: []*debug.Module{
			{Path: "example.org/dep", Version: "v0.2.0", Sum: "h1:AAAA"},
			{Path: "example.org/old", Version: "v0.1.0", Replace: &debug.Module{Path: "example.org/new", Version: "v0.9.0"}},
		},
	}
	var b bytes.Buffer
	if err := writeSBOM(&b, "anpkg-linux-amd64", info, when); err != nil {
		t.Fatal(err)
	}
	var doc spdxDocument
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range doc.Packages {
		names = append(names, p.Name+"@"+p.VersionInfo)
	}
	if want := []string{"example.org/main@v1.0.0", "std@1.26.8", "example.org/dep@v0.2.0", "example.org/new@v0.9.0"}; !slices.Equal(names, want) {
		t.Errorf("packages are %q, not %q", names, want)
	}
	if len(doc.Relationships) != len(doc.Packages) {
		t.Errorf("%d relationships for %d packages", len(doc.Relationships), len(doc.Packages))
	}
}

func TestTargets(t *testing.T) {
	if _, err := chosen("linux/amd64,plan9/mips"); err == nil {
		t.Error("an unknown target is accepted")
	}
	list, err := chosen("linux/arm,linux/amd64")
	if err != nil || len(list) != 2 || list[0].deb != "armhf" {
		t.Errorf("%v, %v", list, err)
	}
	if all, _ := chosen(""); len(all) != 6 {
		t.Errorf("%d targets", len(all))
	}
}
