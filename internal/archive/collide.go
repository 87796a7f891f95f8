package archive

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// collisions compares all names the way file systems do that ignore case or
// normalise Unicode: what is one file there must be one entry. Directories count
// too, whether they have an entry or are only named in a path, because "A/x" and
// "a/y" are in one directory on one system and in two on another.
//
// Memory is linear in the names and time that of sorting them, however deep the
// paths are. It returns the number of files and directories.
func collisions(records []*record, bad func(r *record, code, msg string)) (nodes int) {
	keys := make([]nameKey, len(records))
	fold := newFolder()
	for i, r := range records {
		keys[i] = nameKey{fold.key(r.path()), r}
	}
	slices.SortFunc(keys, func(a, b nameKey) int {
		return cmp.Or(comparePaths(a.key, b.key), cmp.Compare(a.record.at, b.record.at))
	})
	// What shares a directory is now adjacent, and a file is directly before
	// what lies "below" it.
	var last nameKey // that collides with none before it
	for i, k := range keys {
		same, collides := 0, false
		if i > 0 {
			same, collides = fold.compare(last, k, bad)
		}
		nodes += strings.Count(k.key, "/") + 1 - same
		if !collides {
			last = k
		}
	}
	return nodes
}

type nameKey struct {
	key    string // slash-separated like the path it stands for
	record *record
}

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
func (f *folder) compare(a, b nameKey, bad func(r *record, code, msg string)) (same int, collides bool) {
	restA, restB := a.key, b.key
	nameA, nameB := a.record.path(), b.record.path()
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
			bad(b.record, f.kind(elemA, elemB), "collides with "+printable(a.record.name))
			return same, true
		}
		switch {
		case moreA && moreB:
			continue
		case !moreA && moreB && !a.record.isDir():
			bad(b.record, CodeFileIsDirectory, printable(a.record.name)+" is a file")
		case !moreA && !moreB && a.record.isDir() != b.record.isDir():
			bad(b.record, CodeFileIsDirectory, "is also an entry of the other kind")
		case !moreA && !moreB:
			bad(b.record, CodeDuplicate, "is there twice")
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
