// Package archive writes the canonical zip file of a package, and reads zip files
// with a view of its own that no other reader can have another of.
//
// The bytes written are a function of the names and contents alone. The format,
// as contract-details "Checksums, provenance, archive" fixes it, for files sorted
// by name in byte order:
//
//   - per file a local header and the content as it is (method STORED)
//   - per file a central header, then the end record
//   - no directories, comments, data descriptors, gaps or extra fields but Zip64
//   - sizes and CRC-32 stand in both headers of a file
//   - time 1980-01-01 00:00:00; made by 2.0 on Unix; needs 2.0; mode 0100644
//   - flag 11 (UTF-8) on a name that is not ASCII, no other flags
//
// Zip64 follows APPNOTE 4.5.3, 4.3.14 and 4.3.15. A size or offset of 0xFFFFFFFF
// or more, or 0xFFFF files or more, moves to a 64-bit field, and its small field
// holds all ones. The local header has both sizes there, the central header only
// what does not fit. A header that uses Zip64 needs 4.5.
//
// Where APPNOTE leaves a choice the bytes are those of Python's zipfile, which
// wrote the reference packages: a small file that lies beyond 4 GiB needs 4.5 in
// its central header and 2.0 in its local one, which has no large field; and the
// Zip64 end record is made by 4.5 without a system.
package archive

import (
	"errors"
	"fmt"
)

// ErrChanged reports that a file's content is not what it was when the file was
// hashed. The error in the chain is a [*ChangedError].
var ErrChanged = errors.New("content changed after it was hashed")

// ChangedError names the file whose content has changed.
type ChangedError struct {
	Name string
}

func (e *ChangedError) Error() string { return e.Name + ": " + ErrChanged.Error() }

// Unwrap returns [ErrChanged].
func (e *ChangedError) Unwrap() error { return ErrChanged }

// NameError reports a name that a package cannot have.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return fmt.Sprintf("file name %q: %s", e.Name, e.Reason) }
