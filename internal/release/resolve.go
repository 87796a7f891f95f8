package release

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

// Resolve is the path of a directory without "..", which package filepath takes
// away together with the name before it, and the system together with what that
// links to. The directory around it must be there.
func Resolve(dir string) (string, error) {
	elements := strings.FieldsFunc(dir, isSeparator)
	if !slices.Contains(elements, "..") {
		return dir, nil
	}
	around, base := dir, ""
	if last := elements[len(elements)-1]; last != ".." {
		around, base = filepath.Split(strings.TrimRightFunc(dir, isSeparator))
	}
	resolved, err := filepath.EvalSymlinks(around)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: dir, Err: cause.Of(err)}
	}
	return filepath.Join(resolved, base), nil
}

func isSeparator(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) }
