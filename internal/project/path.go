package project

import (
	"errors"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reasons for which a reference is refused. They are texts for people; the
// caller knows the place.
var (
	errEmpty     = errors.New("is an empty path")
	errAbsolute  = errors.New("is an absolute path; it must be relative to the project")
	errDrive     = errors.New("has a drive letter; it must be relative to the project")
	errBackslash = errors.New("has a backslash; separate path elements with /")
	errControl   = errors.New("has a control character or is not UTF-8 text")
	errLeaves    = errors.New("leaves the project")
)

// CheckRelative refuses a reference that could mean a file outside of every
// directory it is looked up in.
func CheckRelative(ref string) error {
	switch {
	case ref == "":
		return errEmpty
	case strings.HasPrefix(ref, "/"):
		return errAbsolute
	case hasDrive(ref):
		return errDrive
	case strings.Contains(ref, `\`):
		return errBackslash
	case !utf8.ValidString(ref) || strings.ContainsFunc(ref, unicode.IsControl):
		return errControl
	}
	return nil
}

// Clean turns a reference into the slash path of a file in the project.
func Clean(ref string) (string, error) {
	if err := CheckRelative(ref); err != nil {
		return "", err
	}
	clean := path.Clean(ref)
	if Leaves(clean) {
		return "", errLeaves
	}
	return clean, nil
}

// Leaves reports whether a cleaned relative path begins above its directory.
func Leaves(clean string) bool {
	return clean == ".." || strings.HasPrefix(clean, "../")
}

func hasDrive(ref string) bool {
	if len(ref) < 2 || ref[1] != ':' {
		return false
	}
	c := ref[0] | 0x20
	return c >= 'a' && c <= 'z'
}
