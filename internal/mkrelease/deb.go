package main

import (
	"bytes"
	"compress/gzip"
	"crypto/md5" // the format wants it; SHA256SUMS is what counts
	"fmt"
	"io"
	"strings"
	"time"
)

// writeDeb writes a Debian package (deb(5): an ar file of debian-binary,
// control.tar.gz and data.tar.gz) that installs the program with its man page and
// completions. It depends on nothing and runs no script.
func writeDeb(w io.Writer, arch, version string, files []file, when time.Time) error {
	places := map[string]string{
		"anpkg":                  "usr/bin/anpkg",
		"man/anpkg.1":            "usr/share/man/man1/anpkg.1.gz",
		"completions/anpkg.bash": "usr/share/bash-completion/completions/anpkg",
		"completions/_anpkg":     "usr/share/zsh/vendor-completions/_anpkg",
		"completions/anpkg.fish": "usr/share/fish/vendor_completions.d/anpkg.fish",
		"LICENSE":                "usr/share/doc/anpkg/copyright",
		"CHANGELOG.md":           "usr/share/doc/anpkg/changelog.gz",
	}
	var installed []file
	dirs := map[string]bool{}
	size := 0
	var sums strings.Builder
	for _, f := range files {
		place, ok := places[f.name]
		if !ok {
			continue
		}
		if strings.HasSuffix(place, ".gz") {
			packed, err := gzipped(f.data)
			if err != nil {
				return err
			}
			f.data = packed
		}
		parts := strings.Split(place, "/")
		for i := 1; i < len(parts); i++ { // dpkg wants each directory before its files
			dir := "./" + strings.Join(parts[:i], "/") + "/"
			if !dirs[dir] {
				dirs[dir] = true
				installed = append(installed, file{dir, 0o755, nil})
			}
		}
		installed = append(installed, file{"./" + place, f.mode, f.data})
		size += len(f.data)
		fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.data), place)
	}
	control := fmt.Sprintf(`Package: anpkg
Version: %s
Architecture: %s
Maintainer: Anolis handoff maintainers <maintainers@anolishq.example>
Installed-Size: %d
Section: utils
Priority: optional
Homepage: https://github.com/anolishq/anolis-handoff
Description: make, check and install handoff packages of machines
 anpkg turns a commissioned machine project into a handoff package, checks
 packages, and installs, compares and rolls them back on the machine.
`, debVersion(version), arch, (size+1023)/1024)

	var controlTar, dataTar bytes.Buffer
	if err := writeTarGz(&controlTar, "./", []file{{"control", 0o644, []byte(control)}, {"md5sums", 0o644, []byte(sums.String())}}, when); err != nil {
		return err
	}
	if err := writeTarGz(&dataTar, "", installed, when); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for _, member := range []file{
		{"debian-binary", 0o100644, []byte("2.0\n")},
		{"control.tar.gz", 0o100644, controlTar.Bytes()},
		{"data.tar.gz", 0o100644, dataTar.Bytes()},
	} {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", member.name, when.Unix(), 0, 0, member.mode, len(member.data))
		b.Write(member.data)
		if len(member.data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// debVersion turns a Go module version into one of Debian's: v1.2.3-rc.1 sorts
// before v1.2.3 there only when written 1.2.3~rc.1.
func debVersion(version string) string {
	version = strings.TrimPrefix(version, "v")
	if version == "" || version[0] < '0' || version[0] > '9' {
		return "0.0.0~dev"
	}
	return strings.Replace(version, "-", "~", 1)
}

// gzipped compresses data without a name or time.
func gzipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
