package archive

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/show"
)

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
		return "store the file without compression, or raise the limit if you trust where the archive comes from"
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
