package zipfile

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/show"
)

// The codes of a [Fault]. They are stable: tools may match them.
const (
	CodeArchiveTooLarge   = "zip-archive-too-large"   // the archive has more bytes than the limit
	CodeBadZip64          = "zip-bad-zip64"           // a Zip64 record or field is missing, superfluous or contradicts another
	CodeCaseCollision     = "zip-case-collision"      // two names differ only in upper and lower case
	CodeComment           = "zip-comment"             // the archive comment hides an end record
	CodeCRC               = "zip-crc"                 // the content does not have the stated CRC-32
	CodeDataDescriptor    = "zip-data-descriptor"     // a data descriptor is missing, wrong or cannot be found by all readers
	CodeDeflate           = "zip-deflate"             // the compressed data is damaged, or goes on after its end
	CodeDevice            = "zip-device"              // an entry is a device, pipe or socket
	CodeDirectory         = "zip-directory"           // the central directory is not what the end record says
	CodeDirectoryContent  = "zip-directory-content"   // a directory entry has content
	CodeDirectoryTooLarge = "zip-directory-too-large" // the central directory has more bytes than the limit
	CodeDuplicate         = "zip-duplicate"           // two entries have the same name
	CodeEncrypted         = "zip-encrypted"           // an entry, or the directory, is encrypted
	CodeExtra             = "zip-extra"               // an extra field is damaged, unknown or given twice
	CodeFileIsDirectory   = "zip-file-is-directory"   // a name stands for a file and for a directory
	CodeFileTooLarge      = "zip-file-too-large"      // a file has more bytes than the limit
	CodeFlags             = "zip-flags"               // a flag has no meaning here, or one that readers do not share
	CodeGap               = "zip-gap"                 // there are bytes between two records
	CodeLeadingData       = "zip-leading-data"        // there are bytes before the first record
	CodeLocalMismatch     = "zip-local-mismatch"      // a local header contradicts the central one
	CodeMethod            = "zip-method"              // a compression method other than STORED and DEFLATE
	CodeMode              = "zip-mode"                // file attributes with special effects, or against the name
	CodeMultiDisk         = "zip-multi-disk"          // the archive claims to have several parts
	CodeNameAbsolute      = "zip-name-absolute"       // a name starts at the root
	CodeNameBackslash     = "zip-name-backslash"      // a name has a backslash
	CodeNameCharacter     = "zip-name-character"      // a name has a character that Windows cannot hold
	CodeNameControl       = "zip-name-control"        // a name has NUL or another control character
	CodeNameDrive         = "zip-name-drive"          // a name has a drive letter or another colon
	CodeNamePath          = "zip-name-path"           // a name is empty or has an empty or "." element
	CodeNameRename        = "zip-name-rename"         // an extra field gives the entry another name
	CodeNameReserved      = "zip-name-reserved"       // a name is a device on Windows, such as NUL or COM1.txt
	CodeNameTooLong       = "zip-name-too-long"       // a name, or one element of it, is longer than the limit
	CodeNameTrailing      = "zip-name-trailing"       // an element of a name ends in a dot or a space
	CodeNameTraversal     = "zip-name-traversal"      // a name has ".." in an element
	CodeNameUTF8          = "zip-name-utf8"           // a name is no UTF-8, or not marked as such
	CodeNameVersion       = "zip-name-version"        // an element of a name ends in a semicolon, or one and digits
	CodeNoEndRecord       = "zip-no-end-record"       // this is not a zip archive
	CodeOverlap           = "zip-overlap"             // two records share bytes
	CodeRatio             = "zip-ratio"               // the content is too many times larger than its compressed data
	CodeSize              = "zip-size"                // the content does not have the stated size
	CodeSymlink           = "zip-symlink"             // an entry is a symbolic link
	CodeTooManyEntries    = "zip-too-many-entries"    // there are more entries than the limit
	CodeTooManyFaults     = "zip-too-many-faults"     // the rest of the faults is not listed
	CodeTotalTooLarge     = "zip-total-too-large"     // all files together have more bytes than the limit
	CodeTrailingData      = "zip-trailing-data"       // there are bytes after the end record
	CodeTruncated         = "zip-truncated"           // the archive ends too early
	CodeTwoEndRecords     = "zip-two-end-records"     // readers could take either of two end records
	CodeUnicodeCollision  = "zip-unicode-collision"   // two names differ only in how Unicode spells them
	CodeVersion           = "zip-version"             // an entry needs a reader newer than version 4.5
)

// Codes returns every code that a [Fault] can have, sorted.
func Codes() []string {
	return []string{
		CodeArchiveTooLarge, CodeBadZip64, CodeCaseCollision, CodeComment, CodeCRC, CodeDataDescriptor,
		CodeDeflate, CodeDevice, CodeDirectory, CodeDirectoryContent, CodeDirectoryTooLarge, CodeDuplicate,
		CodeEncrypted, CodeExtra, CodeFileIsDirectory, CodeFileTooLarge, CodeFlags, CodeGap, CodeLeadingData,
		CodeLocalMismatch, CodeMethod, CodeMode, CodeMultiDisk, CodeNameAbsolute, CodeNameBackslash,
		CodeNameCharacter, CodeNameControl, CodeNameDrive, CodeNamePath, CodeNameRename, CodeNameReserved, CodeNameTooLong,
		CodeNameTrailing, CodeNameTraversal, CodeNameUTF8, CodeNameVersion, CodeNoEndRecord, CodeOverlap, CodeRatio, CodeSize,
		CodeSymlink, CodeTooManyEntries, CodeTooManyFaults, CodeTotalTooLarge, CodeTrailingData, CodeTruncated,
		CodeTwoEndRecords, CodeUnicodeCollision, CodeVersion,
	}
}

// Fault is one reason not to trust an archive.
type Fault struct {
	Code   string // one of [Codes]
	Name   string // of the entry, made safe to print; "" for the archive as a whole
	Offset int64  // of the record in the archive, in bytes
	Msg    string
	Hint   string // what to do about it, may be ""
}

// faults collects what is wrong, up to maxFaults.
type faults struct {
	list []Fault
	more bool
}

func (l *faults) add(f Fault) {
	if len(l.list) == maxFaults {
		l.more = true
		return
	}
	f.Name = printable(f.Name)
	f.Hint = Hint(f.Code)
	l.list = append(l.list, f)
}

// at adds a fault of the archive as a whole.
func (l *faults) at(offset int64, code, msg string) {
	l.add(Fault{Code: code, Offset: offset, Msg: msg})
}

// sorted returns the faults in the order of the archive.
func (l *faults) sorted() []Fault {
	slices.SortStableFunc(l.list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Name, b.Name))
	})
	if l.more {
		l.more = false
		l.list = append(l.list, Fault{
			Code: CodeTooManyFaults, Offset: l.list[len(l.list)-1].Offset,
			Msg: "more than " + strconv.Itoa(maxFaults) + " faults: the others are not listed",
		})
	}
	return l.list
}

// printable returns a name that can stand in a message whatever it was: on one
// line, without characters that do not show, and not too long.
func printable(name string) string { return show.Line(show.Cut(name, 200)) }

const repack = "extract what you trust and make the archive again"

// Hint says what to do about a fault of a code, or nothing.
func Hint(code string) string {
	switch code {
	case CodeNoEndRecord, CodeTruncated, CodeCRC, CodeDeflate:
		return "the file is damaged or was not copied completely: get it again"
	case CodeArchiveTooLarge, CodeFileTooLarge, CodeTotalTooLarge, CodeTooManyEntries, CodeDirectoryTooLarge:
		return "raise the limit if you trust where the archive comes from"
	case CodeRatio:
		return "store the file without compression, if you trust where the archive comes from"
	case CodeEncrypted:
		return "make the archive again without a password"
	case CodeMethod, CodeDataDescriptor, CodeVersion:
		return "make the archive again with the method STORED"
	case CodeSymlink:
		return "replace the link by the file it points to"
	case CodeCaseCollision, CodeUnicodeCollision, CodeDuplicate, CodeFileIsDirectory, CodeNameAbsolute,
		CodeNameBackslash, CodeNameCharacter, CodeNameControl, CodeNameDrive, CodeNamePath, CodeNameReserved, CodeNameTooLong,
		CodeNameTrailing, CodeNameTraversal, CodeNameVersion:
		return "give the file another name"
	case CodeNameUTF8:
		return "make the archive again with UTF-8 names"
	case CodeTooManyFaults:
		return ""
	}
	return repack
}
