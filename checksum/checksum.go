// Package checksum makes, reads, writes and verifies lists of SHA-256 digests
// over the files of any fs.FS, in the form that "sha256sum -c" checks.
//
// The text has one line for each file:
//
//	<64 lower-case hexadecimal digits><two spaces><path><newline>
//
// sorted by path in the byte order of its UTF-8, each path once, and nothing
// else. Paths are those of io/fs: relative, with slashes. One manifest has one
// text, and one text means one manifest. A path that sha256sum would escape or
// take for something else cannot be listed: one with a backslash, a newline or
// another control character, and "-".
//
// The rules are those of meta/checksums.sha256 in the Handoff Package v1
// contract. Nothing in this package keeps state; every function and method may be
// called by many goroutines at once.
package checksum

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"unicode"
)

// MaxSize is the largest text of a manifest in bytes, both read and written:
// 32 MiB, enough for some 300,000 files.
const MaxSize = 32 << 20

var (
	// ErrTooLarge reports a manifest whose text is larger than [MaxSize].
	ErrTooLarge = errors.New("checksum manifest larger than 32 MiB")

	// ErrPath reports a path that cannot stand in a manifest. It comes wrapped in
	// an *fs.PathError that names it.
	ErrPath = errors.New("path cannot be listed in a checksum manifest")

	// ErrNotRegular reports a symlink, device or anything else that is neither a
	// regular file nor a directory. It comes wrapped in an *fs.PathError.
	ErrNotRegular = errors.New("not a regular file")
)

// Digest is a SHA-256 digest.
type Digest [sha256.Size]byte

// String returns the 64 lower-case hexadecimal digits of d.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Entry is the digest of one file.
type Entry struct {
	Path   string // as fs.ValidPath wants it
	Digest Digest
}

// Manifest is a list of digests. What [Sum] and [Parse] return is sorted by path
// in byte order; the methods take any order.
type Manifest []Entry

// lineSize is the length of the line of a path.
func lineSize(path string) int { return 2*sha256.Size + len("  ") + len(path) + len("\n") }

// pathFault says why a path cannot be listed, or nothing.
func pathFault(path string) string {
	switch {
	case strings.ContainsRune(path, '\\'):
		return "path has a backslash"
	case strings.ContainsFunc(path, unicode.IsControl):
		return "path has a control character"
	case path == "-":
		return "path - means standard input"
	case path == ".", !fs.ValidPath(path):
		return "not a relative slash-separated path in UTF-8"
	}
	return ""
}
