package validator

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// What people give in the place of a package, and how to help them.

// mistakenFile says what a file that is not a zip archive is, and what to do; both are
// empty if that is not known.
func mistakenFile(r io.ReaderAt, size int64) (what, hint string) {
	head := make([]byte, min(size, 512))
	n, _ := r.ReadAt(head, 0) // what cannot be read is not known
	head = head[:n]
	lower := bytes.ToLower(bytes.TrimLeft(head, " \t\r\n\ufeff"))
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page", "Download the file itself, not the page about it; perhaps you have to sign in first."
	case bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/")):
		return "a pointer of Git LFS", "Get the file itself with git lfs pull."
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "a gzip file", "Decompress it first, with gunzip."
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "a tar archive", "Unpack it with tar, and give the package inside."
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")), bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")), bytes.HasPrefix(head, []byte("7z\xbc\xaf\x27\x1c")):
		return "compressed in another way than a package", "Decompress it first."
	case bytes.HasPrefix(head, []byte("-----BEGIN SSH SIGNATURE-----")):
		return "a signature", "Give the package, not the signature beside it."
	}
	return "", ""
}

// mistakenContent says what files without those of a package are, and what to do.
func (v *validation) mistakenContent() (what, hint string) {
	if len(v.report.Files) == 0 || v.has(machine.ChecksumsFile) {
		return "", ""
	}
	if top, _, ok := strings.Cut(v.report.Files[0].Path, "/"); ok && v.has(top+"/"+machine.ManifestFile) {
		for _, f := range v.report.Files {
			if !strings.HasPrefix(f.Path, top+"/") {
				return "", ""
			}
		}
		return "the package is inside of the folder " + show.Quote(top, 200), "Pack or give what is in the folder, not the folder."
	}
	const project = "this is a project, not a package"
	const advice = "Look at the project with anpkg check, or make its package with anpkg export."
	switch {
	case v.has("system.json"):
		return project, advice
	case v.has(machine.ManifestFile) && !v.has(machine.ProvenanceFile) && !v.has(machine.RuntimeFile):
		return project, advice
	case v.has("machine-profile.yml"):
		return project + ", and its manifest must be called " + machine.ManifestFile, "Rename machine-profile.yml to " + machine.ManifestFile + "."
	}
	return "", ""
}

// openFolder opens a directory to read a package from: that of an unpacked package, or
// the current release of one that unpack made.
func openFolder(path string) (*os.Root, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	target, err := root.Readlink("current")
	if err != nil || !strings.HasPrefix(filepath.ToSlash(target), "releases/") {
		return root, nil
	}
	current, err := root.OpenRoot("current")
	root.Close() // it was only read
	return current, err
}
