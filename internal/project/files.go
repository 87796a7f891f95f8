package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/steady"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Files gives access to the files of a directory and to nothing else. It is for
// one goroutine.
type Files struct {
	FS fs.FS
	// MaxDocument is the size in bytes of the largest document that is read
	// into memory.
	MaxDocument int64

	// Folders remembers the names in folders, for Near. It may be nil.
	Folders map[string]map[string]string
}

// Document is a parsed file.
type Document struct {
	File string
	Root *doc.Node
	Text []byte // of the file
}

// maxLinks is how many symbolic links one path may cross: as many as an os.Root
// follows.
const maxLinks = 8

// contained refuses a name with a symbolic link on its way that leads out of
// the directory. A file system that knows no links has none to check. An
// os.Root refuses such a link by itself, also when it appears in between; this
// check is for file systems that would follow it.
func (f Files) contained(name string) error {
	links, ok := f.FS.(fs.ReadLinkFS)
	if !ok {
		return nil
	}
	done := "."
	rest := name
	for crossed := 0; rest != ""; {
		element, tail, _ := strings.Cut(rest, "/")
		step := path.Join(done, element)
		info, err := links.Lstat(step)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done, rest = step, tail
			continue
		}
		if crossed++; crossed > maxLinks {
			return &fs.PathError{Op: "open", Path: name, Err: errors.New("crosses too many symbolic links")}
		}
		target, err := links.ReadLink(step)
		if err != nil {
			return err
		}
		resolved := path.Join(path.Dir(step), target, tail)
		if path.IsAbs(target) || hasDrive(target) || strings.Contains(target, `\`) || Leaves(resolved) {
			return &fs.PathError{Op: "open", Path: name, Err: errLeavesByLink}
		}
		done, rest = ".", resolved
		if resolved == "." {
			break
		}
	}
	return nil
}

var (
	errLeavesByLink = errors.New("leaves the project through a symbolic link")
	errDirectory    = errors.New("is a directory, not a file")
	errIrregular    = errors.New("is not a regular file")
)

// Failed reports whether an error of Stat, Open or reading is one of the system, as of
// a disk that fails: it says nothing about what stands at a name or who may read it.
func Failed(err error) bool {
	for _, known := range []error{fs.ErrNotExist, fs.ErrPermission, fs.ErrInvalid, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.ELOOP, errDirectory, errIrregular} {
		if errors.Is(err, known) {
			return false
		}
	}
	var large errTooLarge
	return err != nil && !isOutside(err) && !errors.As(err, &large)
}

// isOutside reports whether a symbolic link leads out of the directory. An os.Root
// has no error for that.
func isOutside(err error) bool {
	return errors.Is(err, errLeavesByLink) || strings.Contains(err.Error(), "path escapes from parent")
}

// Stat describes a regular file. A directory or device is an error.
func (f Files) Stat(name string) (fs.FileInfo, error) {
	if err := f.contained(name); err != nil {
		return nil, err
	}
	info, err := fs.Stat(f.FS, name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errDirectory}
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return info, nil
}

// Open opens a regular file. Reading it to its end fails unless it has the size that
// it states.
func (f Files) Open(name string) (fs.File, error) {
	if _, err := f.Stat(name); err != nil { // a FIFO would block an open
		return nil, err
	}
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	if err != nil {
		file.Close() // nothing was written to it
		return nil, err
	}
	return steady.File(file, info.Size()), nil
}

// errTooLarge is a document over MaxDocument.
type errTooLarge struct{ max int64 }

func (e errTooLarge) Error() string {
	return fmt.Sprintf("is larger than %d bytes, the limit for a document", e.max)
}

// read reads a whole document, or fails rather than cut it.
func (f Files) read(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, f.MaxDocument+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > f.MaxDocument {
		return nil, errTooLarge{f.MaxDocument}
	}
	return data, nil
}

const notFound = "file not found"

// Fault turns an error of Stat, Open or reading into a fault.
func (f Files) Fault(name string, err error) fault.Fault {
	found := fault.Fault{Code: fault.Unreadable, File: name, Msg: cause.Of(err).Error(), Err: err}
	var large errTooLarge
	switch {
	case errors.Is(err, fs.ErrNotExist):
		found.Code, found.Msg = fault.MissingFile, notFound
		if near := f.NearMessage(name); near != "" {
			found.Msg += "; " + near
		}
	case isOutside(err):
		found.Code, found.Msg = fault.UnsafePath, errLeavesByLink.Error()
	case errors.As(err, &large):
		found.Code = fault.Limit
	}
	return found
}

// maxNames is how many names of a folder Near looks at.
const maxNames = 10_000

// Near returns the file whose name differs from a missing one in case or Unicode
// form only, or "".
func (f Files) Near(name string) string {
	if !fs.ValidPath(name) {
		return ""
	}
	found := "."
	for element := range strings.SplitSeq(name, "/") {
		near, ok := f.folder(found)[Fold(element)]
		if !ok {
			return ""
		}
		found = path.Join(found, near)
	}
	if _, err := f.Stat(found); err != nil || found == name {
		return ""
	}
	return found
}

// folder has the names in a folder by their folded form. Of two names with one
// form the first counts.
func (f Files) folder(dir string) map[string]string {
	if names, ok := f.Folders[dir]; ok {
		return names
	}
	names := map[string]string{}
	if f.Folders != nil {
		f.Folders[dir] = names
	}
	if f.contained(dir) != nil {
		return names
	}
	if info, err := fs.Stat(f.FS, dir); err != nil || !info.IsDir() {
		return names
	}
	file, err := f.FS.Open(dir)
	if err != nil {
		return names
	}
	defer file.Close()
	list, ok := file.(fs.ReadDirFile)
	if !ok {
		return names
	}
	entries, _ := list.ReadDir(maxNames) // an error leaves fewer names
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if key := Fold(e.Name()); names[key] == "" {
			names[key] = e.Name()
		}
	}
	return names
}

// Fold makes equal what people take for one name: the canonical caseless form of
// the Unicode standard, section 3.13.
func Fold(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(name)))
}

// NearMessage names the file that Near returns and says how its name differs, or is
// "".
func (f Files) NearMessage(name string) string {
	return NearMessage("project", name, f.Near(name))
}

// NearMessage says how the name of a file that the whole has differs from one that
// it has not; near is "" if there is none, and so is then the message.
func NearMessage(whole, name, near string) string {
	if near == "" {
		return ""
	}
	if norm.NFC.String(name) == norm.NFC.String(near) { // they look alike
		return "the " + whole + " has " + strconv.QuoteToASCII(near) + ", the same name in another Unicode form than " + strconv.QuoteToASCII(name)
	}
	return "did you mean " + strconv.Quote(near) + "? Upper and lower case differ"
}

// ReadYAML reads a YAML document; what is wrong goes to faults and yields nil.
func (f Files) ReadYAML(ctx context.Context, name string, faults *fault.List) *Document {
	return f.document(ctx, name, faults, fault.YAMLSyntax, func(data []byte) (*doc.Node, error) { return canonyaml.ReadContext(ctx, data) })
}

// ReadJSON reads a JSON document; what is wrong goes to faults and yields nil.
func (f Files) ReadJSON(ctx context.Context, name string, faults *fault.List) *Document {
	return f.document(ctx, name, faults, fault.JSONSyntax, strictjson.ReadProject)
}

func (f Files) document(ctx context.Context, name string, faults *fault.List, syntax fault.Code, parse func([]byte) (*doc.Node, error)) *Document {
	if ctx.Err() != nil { // the caller will see to it
		return nil
	}
	data, err := f.read(name)
	if err != nil {
		faults.Add(f.Fault(name, err))
		return nil
	}
	root, err := parse(data)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		faults.Document(name, syntax, err)
		return nil
	}
	return &Document{File: name, Root: root, Text: data}
}

// Reasons for which a reference is refused. They are texts for people; the
// caller knows the place.
var (
	errEmpty     = errors.New("is an empty path")
	errLong      = errors.New("is longer than any path that a system opens")
	errAbsolute  = errors.New("is an absolute path; it must be relative to the project")
	errDrive     = errors.New("has a drive letter; it must be relative to the project")
	errBackslash = errors.New("has a backslash; separate path elements with /")
	errControl   = errors.New("has a control character or is not UTF-8 text")
	errLeaves    = errors.New("leaves the project")
)

// maxPath is the length in bytes of the longest path that common systems open. It also
// bounds what many references to one long text cost.
const maxPath = 4095

// CheckRelative refuses a reference that could mean a file outside of every
// directory it is looked up in.
func CheckRelative(ref string) error {
	switch {
	case ref == "":
		return errEmpty
	case len(ref) > maxPath:
		return errLong
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
