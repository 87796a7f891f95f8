package zipfile

import (
	"cmp"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// nameFaults calls bad for everything that makes a name unsafe to extract, or
// another name on another system. utf8Flag says whether the entry declares UTF-8.
func nameFaults(name string, utf8Flag bool, longest int, bad func(code, msg string)) {
	if len(name) > longest {
		bad(CodeNameTooLong, fmt.Sprintf("name has %d bytes, the limit is %d", len(name), longest))
		return
	}
	switch {
	case !utf8.ValidString(name):
		bad(CodeNameUTF8, "name is not valid UTF-8")
	case !utf8Flag && !isASCII(name):
		bad(CodeNameUTF8, "name is not ASCII and not marked as UTF-8: its meaning depends on the reader")
	}
	if strings.ContainsRune(name, '\\') {
		bad(CodeNameBackslash, "name has a backslash, which is a separator on Windows")
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		bad(CodeNameControl, "name has a control character")
	}
	if strings.ContainsRune(name, ':') {
		bad(CodeNameDrive, "name has a colon, which stands for a drive or a stream on Windows")
	}
	if strings.ContainsAny(name, `<>"|?*`) {
		bad(CodeNameCharacter, `name has one of < > " | ? *, which Windows cannot hold`)
	}
	if strings.HasPrefix(name, "/") {
		bad(CodeNameAbsolute, "name is absolute")
		name = strings.TrimLeft(name, "/")
	}
	elementFaults(strings.TrimSuffix(name, "/"), bad)
}

// elementFaults reports each code at most once.
func elementFaults(name string, bad func(code, msg string)) {
	var path, traversal, trailing, reserved, long, version bool
	for element := range strings.SplitSeq(strings.ReplaceAll(name, `\`, "/"), "/") {
		switch {
		case element == "", element == ".":
			path = true
		case strings.Contains(element, ".."): // miniunzip drops what is before it, wherever it is
			traversal = true
		case strings.HasSuffix(element, "."), strings.HasSuffix(element, " "):
			trailing = true
		}
		if i := strings.LastIndexByte(element, ';'); i >= 0 && strings.Trim(element[i+1:], "0123456789") == "" {
			version = true
		}
		reserved = reserved || isReserved(element)
		long = long || len(element) > maxComponent
	}
	if path {
		bad(CodeNamePath, `name is empty or has an empty or "." element`)
	}
	if traversal {
		bad(CodeNameTraversal, `name has ".." in an element, which leaves its directory or loses what is before it`)
	}
	if version {
		bad(CodeNameVersion, "name has an element ending like the version of a file (;1), which unzip drops")
	}
	if trailing {
		bad(CodeNameTrailing, "name has an element ending in a dot or a space, which Windows drops")
	}
	if reserved {
		bad(CodeNameReserved, "name is a device on Windows")
	}
	if long {
		bad(CodeNameTooLong, fmt.Sprintf("name has an element of more than %d bytes", maxComponent))
	}
}

// isReserved follows "Naming Files, Paths, and Namespaces" of the Windows
// documentation: a device keeps its name with any extension, and the superscript
// digits count as digits.
func isReserved(element string) bool {
	stem, _, _ := strings.Cut(element, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(stem, "LPT")
	}
	if !ok {
		return false
	}
	switch digit {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// checkName refuses what cannot be the name of a file in a package. A name that passes
// means the same file to every reader of zip files.
func checkName(name string) error {
	bad := func(reason string) error { return &NameError{name, reason} }
	switch {
	case !utf8.ValidString(name):
		return bad("invalid UTF-8")
	case len(name) > math.MaxUint16:
		return &NameError{name[:64] + "...", "longer than 65535 bytes"}
	case strings.ContainsRune(name, '\\'):
		return bad("has a backslash")
	case strings.ContainsFunc(name, unicode.IsControl):
		return bad("has a control character")
	case name == ".", !fs.ValidPath(name):
		return bad("not a relative path to a file")
	}
	return nil
}

// CheckNames returns what is wrong with the names of the files of a package that
// is not an archive, by the rules that [Open] has for names and with the same codes.
// Names are slash-separated paths of files; a trailing slash marks a directory.
// The Offset of a fault is the index of the name: Name itself may have been made
// safe to print. Like [Open] it lists at most 1000 faults.
func CheckNames(names []string) []Fault {
	var found faults
	longest := Limits{}.orDefault().Name
	reject := func(i int, code, msg string) {
		found.add(Fault{Code: code, Name: names[i], Offset: int64(i), Msg: msg})
	}
	for i, name := range names {
		nameFaults(name, true, longest, func(code, msg string) { reject(i, code, msg) })
	}
	collisions(len(names), func(i int) string { return names[i] }, reject)
	return found.sorted()
}

// collisions compares all names the way file systems do that ignore case or
// normalise Unicode: what is one file there must be one entry. Directories count
// too, whether they have an entry or are only named in a path, because "A/x" and
// "a/y" are in one directory on one system and in two on another.
//
// Memory is linear in the names and time that of sorting them, however deep the
// paths are. It asks for each of n names by its index, calls bad with one, and returns
// the number of files and directories.
func collisions(n int, name func(i int) string, bad func(i int, code, msg string)) (nodes int) {
	keys := make([]nameKey, n)
	fold := newFolder()
	for i := range keys {
		keys[i] = nameKey{fold.key(strings.TrimSuffix(name(i), "/")), i}
	}
	slices.SortFunc(keys, func(a, b nameKey) int {
		return cmp.Or(comparePaths(a.key, b.key), cmp.Compare(a.index, b.index))
	})
	// What shares a directory is now adjacent, and a file is directly before
	// what lies "below" it.
	var last nameKey // that collides with none before it
	for i, k := range keys {
		same, collides := 0, false
		if i > 0 {
			same, collides = fold.compare(name, last, k, bad)
		}
		nodes += strings.Count(k.key, "/") + 1 - same
		if !collides {
			last = k
		}
	}
	return nodes
}

type nameKey struct {
	key   string // slash-separated like the path it stands for
	index int    // of its name
}

func isDir(name string) bool { return strings.HasSuffix(name, "/") }

// comparePaths orders the slash before everything else.
func comparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			if a[i] == '/' {
				return -1
			}
			if b[i] == '/' {
				return 1
			}
			return cmp.Compare(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compare reports how two neighbours collide. It returns how many elements their
// paths share, and whether they collide.
func (f *folder) compare(name func(i int) string, a, b nameKey, bad func(i int, code, msg string)) (same int, collides bool) {
	first := name(a.index)
	restA, restB := a.key, b.key
	nameA, dirA := strings.CutSuffix(first, "/")
	nameB, dirB := strings.CutSuffix(name(b.index), "/")
	for {
		var keyA, keyB, elemA, elemB string
		var moreA, moreB bool
		keyA, restA, moreA = strings.Cut(restA, "/")
		keyB, restB, moreB = strings.Cut(restB, "/")
		elemA, nameA, _ = strings.Cut(nameA, "/")
		elemB, nameB, _ = strings.Cut(nameB, "/")
		if keyA != keyB {
			return same, false
		}
		same++
		if elemA != elemB {
			bad(b.index, f.kind(elemA, elemB), "collides with "+printable(first))
			return same, true
		}
		switch {
		case moreA && moreB:
			continue
		case !moreA && moreB && !dirA:
			bad(b.index, CodeFileIsDirectory, printable(first)+" is a file")
		case !moreA && !moreB && dirA != dirB:
			bad(b.index, CodeFileIsDirectory, "is also an entry of the other kind")
		case !moreA && !moreB:
			bad(b.index, CodeDuplicate, "is there twice")
		default: // a directory and what is in it
			return same, false
		}
		return same, true
	}
}

// folder makes keys that are equal for names which some file system takes for
// one. It is for one goroutine.
type folder struct {
	fold cases.Caser
}

func newFolder() *folder { return &folder{cases.Fold()} }

// key is the name without what case-insensitive and normalising file systems
// ignore: the canonical caseless form of the Unicode standard, section 3.13,
// without the characters that it calls default ignorable.
func (f *folder) key(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, name)
	return norm.NFC.String(f.fold.String(norm.NFD.String(name)))
}

func (f *folder) kind(a, b string) string {
	if isASCII(a) && isASCII(b) || norm.NFC.String(a) != norm.NFC.String(b) && f.fold.String(a) == f.fold.String(b) {
		return CodeCaseCollision
	}
	return CodeUnicodeCollision
}
