package archive

import (
	"io/fs"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkName refuses what is no name of a file in a package. A name that passes
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
