// Command mkrelease builds the release of the checkout that it runs in: a static
// binary of anpkg for each target, in an archive with its man page and
// completions, a Debian package for each kind of box, an SBOM for each binary,
// and SHA256SUMS over all of them.
//
//	go run ./internal/mkrelease [-targets linux/amd64,…] OUT_DIR
//
// The output is a function of the commit and the Go version: -trimpath removes
// the directory, every time stamp is the commit's, and every archive is written
// here rather than by tools whose versions differ. The version is the git tag
// that the go command stamps into the binary; nothing else names it.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"debug/buildinfo"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/anolishq/anolis-handoff/checksum"
)

// target is a system that a binary is built for.
type target struct {
	os, arch string
	name     string // in file names
	deb      string // the architecture as Debian calls it, or ""
}

func allTargets() []target {
	return []target{
		{"linux", "amd64", "linux-amd64", "amd64"},
		{"linux", "arm64", "linux-arm64", "arm64"},
		{"linux", "arm", "linux-armv7", "armhf"},
		{"darwin", "amd64", "darwin-amd64", ""},
		{"darwin", "arm64", "darwin-arm64", ""},
		{"windows", "amd64", "windows-amd64", ""},
	}
}

// file is one file of an archive.
type file struct {
	name string
	mode int64
	data []byte
}

// artifact is one file of the release and what writes it.
type artifact struct {
	name  string
	write func(io.Writer) error
}

func main() {
	only := flag.String("targets", "", "comma-separated GOOS/GOARCH pairs to build; all by default")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: mkrelease [-targets LIST] OUT_DIR")
		os.Exit(2)
	}
	if err := release(context.Background(), flag.Arg(0), *only); err != nil {
		fmt.Fprintln(os.Stderr, "mkrelease:", err)
		os.Exit(1)
	}
}

// release writes everything into out, which must be empty or absent.
func release(ctx context.Context, out, only string) error {
	targets, err := chosen(only)
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", out)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	when, err := commitTime(ctx)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "mkrelease")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	shared, err := sharedFiles(ctx, work)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if err := t.release(ctx, out, work, shared, when); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return writeSums(ctx, out)
}

// chosen selects the targets of a list such as "linux/amd64,linux/arm".
func chosen(only string) ([]target, error) {
	if only == "" {
		return allTargets(), nil
	}
	var list []target
	for want := range strings.SplitSeq(only, ",") {
		found := false
		for _, t := range allTargets() {
			if t.os+"/"+t.arch == want {
				list, found = append(list, t), true
			}
		}
		if !found {
			return nil, fmt.Errorf("unknown target %q", want)
		}
	}
	return list, nil
}

// commitTime is the time of every file: that of the commit, as reproducible
// builds have it.
func commitTime(ctx context.Context) (time.Time, error) {
	text, err := output(ctx, nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// build compiles anpkg. The version and commit come from the go command's own
// stamp, so a checkout with local changes says so.
func build(ctx context.Context, to string, t target) error {
	env := []string{"CGO_ENABLED=0", "GOOS=" + t.os, "GOARCH=" + t.arch, "GOARM=7", "GOAMD64=v1", "GOFLAGS=", "GOWORK=off"}
	_, err := output(ctx, env, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=", "-o", to, "./examples/anpkg")
	return err
}

// sharedFiles are the files beside each binary. The program itself writes its man
// page and completions, so they always fit its commands.
func sharedFiles(ctx context.Context, work string) ([]file, error) {
	host := filepath.Join(work, "host")
	if err := build(ctx, host, target{os: runtime.GOOS, arch: runtime.GOARCH}); err != nil {
		return nil, err
	}
	var files []file
	for _, x := range []struct {
		name string
		args []string
	}{
		{"man/anpkg.1", []string{"man"}},
		{"completions/anpkg.bash", []string{"completion", "bash"}},
		{"completions/_anpkg", []string{"completion", "zsh"}},
		{"completions/anpkg.fish", []string{"completion", "fish"}},
	} {
		text, err := output(ctx, nil, host, x.args...)
		if err != nil {
			return nil, err
		}
		files = append(files, file{x.name, 0o644, text})
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, text})
	}
	return files, nil
}

// release builds one target and writes its files.
func (t target) release(ctx context.Context, out, work string, shared []file, when time.Time) error {
	path := filepath.Join(work, t.name)
	if err := build(ctx, path, t); err != nil {
		return err
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return err
	}
	base := "anpkg-" + t.name
	program := file{"anpkg", 0o755, binary}
	if t.os == "windows" {
		program.name = "anpkg.exe"
	}
	files := append([]file{program}, shared...)
	outputs := []artifact{{base + ".spdx.json", func(w io.Writer) error { return writeSBOM(w, base, info, when) }}}
	if t.os == "windows" {
		outputs = append(outputs, artifact{base + ".zip", func(w io.Writer) error { return writeZip(w, base+"/", files, when) }})
	} else {
		outputs = append(outputs, artifact{base + ".tar.gz", func(w io.Writer) error { return writeTarGz(w, base+"/", files, when) }})
	}
	if t.deb != "" {
		outputs = append(outputs, artifact{"anpkg_" + t.deb + ".deb", func(w io.Writer) error { return writeDeb(w, t.deb, info.Main.Version, files, when) }})
	}
	for _, o := range outputs {
		var buf bytes.Buffer
		if err := o.write(&buf); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		if err := os.WriteFile(filepath.Join(out, o.name), buf.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeTarGz writes a tar file in the plainest form: no owner, one time.
func writeTarGz(w io.Writer, prefix string, files []file, when time.Time) error {
	gz, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(gz)
	for _, f := range files {
		h := &tar.Header{Name: prefix + f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: when, Format: tar.FormatUSTAR, Uname: "root", Gname: "root"}
		if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		if _, err := tw.Write(f.data); err != nil {
			return err
		}
	}
	return cmp.Or(tw.Close(), gz.Close())
}

func writeZip(w io.Writer, prefix string, files []file, when time.Time) error {
	zw := zip.NewWriter(w)
	for _, f := range files {
		h := &zip.FileHeader{Name: prefix + f.name, Method: zip.Deflate, Modified: when}
		h.SetMode(os.FileMode(f.mode))
		fw, err := zw.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := fw.Write(f.data); err != nil {
			return err
		}
	}
	return zw.Close()
}

// writeSums writes SHA256SUMS as sha256sum --check reads it.
func writeSums(ctx context.Context, out string) error {
	sums, err := checksum.Sum(ctx, os.DirFS(out))
	if err != nil {
		return err
	}
	text, err := sums.MarshalText()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), text, 0o644)
}

// output runs a program and gives what it prints.
func output(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return text, nil
}
