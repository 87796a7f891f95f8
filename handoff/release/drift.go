package release

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/internal/rootdir"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/steady"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// DriftVersion is the version of the form of a DriftReport. It changes when a
// field changes its meaning or goes away, not when one is added.
const DriftVersion = 1

// DriftReport says how an unpacked release differs from its package.
type DriftReport struct {
	Version int `json:"version"` // DriftVersion
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Package is the name in the package's report, and Release the name the caller
	// gave the release; the library leaves it empty.
	Package string `json:"package"`
	Release string `json:"release"`
	// Digest is the digest of the package. ReleaseDigest is the one that the folder of
	// the release is named by, if the caller knows it; the library leaves it empty.
	Digest        string `json:"digest"`
	ReleaseDigest string `json:"releaseDigest,omitempty"`
	// Dir is the directory with the releases, as Unpack takes it, if the release is in
	// one; the library leaves it empty.
	Dir string `json:"dir,omitempty"`
	// Flags are those with which a command takes the package as it was taken here, such
	// as "--policy site.yaml": the advice of the text repeats them. The library leaves
	// it empty.
	Flags string `json:"-"`
	// Drifted says that there is any difference, or something that could not be
	// compared.
	Drifted bool `json:"drifted"`
	// Unchanged is the number of files that are as in the package.
	Unchanged int `json:"unchanged"`
	// Files is everything else: what is unreadable, then what has changed, is
	// missing and is extra, each sorted by path.
	Files []File `json:"files"`
	// MoreValues is the number of changed values that are not listed: at most 1000
	// are.
	MoreValues int `json:"moreValues,omitempty"`
}

// State is what became of a file of a release.
type State string

const (
	Unreadable State = "unreadable" // it could not be compared
	Changed    State = "changed"    // the release has something else there
	Missing    State = "missing"    // the release does not have it
	Extra      State = "extra"      // the package does not have it
)

// driftOrder is the order of DriftReport.Files.
var driftOrder = [...]State{Unreadable, Changed, Missing, Extra}

// File is a place where a release is not as its package.
type File struct {
	State State `json:"state"`
	// Path is the slash path in the release. What looks like a secret is ***, and
	// bytes that are no UTF-8 are escaped.
	Path string `json:"path"`
	// Type is what the release has there: file, folder, symbolic link, device,
	// named pipe, socket or special file; empty for nothing. Links are not followed.
	Type string `json:"type"`
	// Packaged and Released are the file in the package and in the release; nil is
	// none.
	Packaged *FileVersion `json:"packaged,omitempty"`
	Released *FileVersion `json:"released,omitempty"`
	// Line is the first line that differs, from 1; 0 is unknown.
	Line int `json:"line,omitempty"`
	// Values is what a changed YAML or JSON file says now (New) and in the package
	// (Old), secrets hidden.
	Values []diff.ValueChange `json:"values"`
	// Message says more, for people. It may be empty.
	Message string `json:"message,omitempty"`
	// Hint says what to do about it. It may be empty.
	Hint string `json:"hint,omitempty"`
}

// FileVersion is the content of a file.
type FileVersion struct {
	Size int64 `json:"size"` // in bytes
	// SHA256 is the digest in lower-case hexadecimal. It is empty where the content
	// was not read: of extra files, and of what is larger than the file of the
	// package and validator.Limits.Document.
	SHA256 string `json:"sha256,omitempty"`
}

// Drift compares an unpacked release with its package: every file and, for YAML
// and JSON, every value.
//
// The release is not trusted. Symbolic links in it are not followed but reported,
// if release is an fs.ReadLinkFS as the file system of an os.Root is. No file is
// read further than its size in the package, or validator.Limits.Document if that
// is more; of what the package does not have, nothing is read. At most
// validator.Limits.Entries further files and folders are looked at; what is then
// left is reported as unreadable or extra, never passed over. Limits are those
// with which p was opened. A file that becomes a named pipe in the moment before it
// is opened can make Open wait; one that opens with O_NONBLOCK does not.
//
// An error means that there is no report: ctx is done, the root of the release
// cannot be read, or the package has changed.
func Drift(ctx context.Context, p *validator.Package, release fs.FS) (*DriftReport, error) {
	if release == nil {
		return nil, errors.New("there is no file system to read a release from")
	}
	digest, err := p.Digest(ctx)
	if err != nil {
		return nil, err
	}
	c, err := content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return nil, err
	}
	d := &drifter{
		ctx: ctx, p: p, release: release, content: c,
		report:  &DriftReport{Version: DriftVersion, Package: p.Report().Package, Digest: digest, Files: []File{}},
		folders: map[string]place{}, packaged: map[string]bool{".": true},
		values: maxValues,
	}
	if err := d.run(); err != nil {
		return nil, err
	}
	return d.report, nil
}

// DriftPath compares the release in a directory with its package, as Drift does: the
// current release of a directory that Unpack made, or the directory of one release.
// Nothing outside of it is read, and a pipe in it is not waited for. The report has
// the directory as Release, and the digest that it is named by as ReleaseDigest. A
// directory that cannot be opened is an *fs.PathError.
func DriftPath(ctx context.Context, p *validator.Package, dir string) (*DriftReport, error) {
	root, err := rootdir.Open("release", dir)
	if err != nil {
		return nil, err
	}
	defer func() { root.Close() }() // it was only read
	name, digest := dir, nameDigest(dir)
	around := aroundRelease(dir, digest)
	if target, err := root.Readlink(currentLink); err == nil && isReleasePath(filepath.ToSlash(target)) {
		current, err := root.OpenRoot(currentLink)
		if err != nil {
			err = fmt.Errorf("the link current cannot be followed: %w", cause.Of(err))
			return nil, &fs.PathError{Op: "release", Path: dir, Err: err}
		}
		root.Close()
		root, name, digest, around = current, filepath.Join(dir, currentLink), path.Base(filepath.ToSlash(target)), dir
	}
	report, err := Drift(ctx, p, newLiveFS(root))
	if err != nil {
		return nil, err
	}
	report.Release, report.ReleaseDigest, report.Dir = name, digest, around
	return report, nil
}

// isReleasePath reports whether Unpack could have made a link to this path.
func isReleasePath(target string) bool {
	return path.Dir(target) == releasesDir && isDigest(path.Base(target))
}

// nameDigest is the digest in the name of a release's directory, or "".
func nameDigest(dir string) string {
	resolved, err := filepath.EvalSymlinks(dir)
	if err == nil {
		resolved, err = filepath.Abs(resolved)
	}
	if name := filepath.Base(resolved); err == nil && isDigest(name) {
		return name
	}
	return ""
}

// aroundRelease is the directory that Unpack was given, for the directory of a release
// with that digest in its name or a link of Unpack's to it; "" if it is not known.
func aroundRelease(dir, digest string) string {
	clean := filepath.Clean(dir)
	if digest == "" || slices.Contains(strings.Split(filepath.ToSlash(dir), "/"), "..") {
		return ""
	}
	around := ""
	switch parent := filepath.Dir(clean); filepath.Base(clean) {
	case currentLink, previousLink:
		around = parent
	case digest:
		if filepath.Base(parent) == releasesDir {
			around = filepath.Dir(parent)
		}
	}
	if target, err := os.Readlink(filepath.Join(around, currentLink)); around == "" || err != nil || !isReleasePath(filepath.ToSlash(target)) {
		return ""
	}
	return around
}

// liveFS is a directory in which others write meanwhile. A file that becomes a pipe
// in the moment before it is opened must not make us wait.
type liveFS struct {
	fs.ReadLinkFS
	root *os.Root
}

func newLiveFS(root *os.Root) liveFS { return liveFS{root.FS().(fs.ReadLinkFS), root} }

func (l liveFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := l.root.OpenFile(name, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// maxValues is how many changed values a report lists.
const maxValues = 1000

// drifter compares one release.
type drifter struct {
	ctx      context.Context
	p        *validator.Package
	release  fs.FS
	content  *content.Content // of the package
	report   *DriftReport
	folders  map[string]place // of the release, as far as files of the package are in them
	packaged map[string]bool  // files and folders of the package
	values   int              // changed values that may still be listed
	entries  int              // entries of the release that may still be looked at
}

func (d *drifter) run() error {
	for _, f := range d.p.Report().Files {
		d.addPackaged(f.Path)
	}
	d.entries = len(d.packaged) - 1 + d.p.Limits().Entries // the root is in no list
	if err := d.walk("."); err != nil {
		return err
	}
	for _, f := range d.p.Report().Files {
		found, err := d.compare(f)
		switch {
		case err != nil:
			return err
		case found == nil:
			d.report.Unchanged++
		default:
			d.add(*found)
		}
	}
	d.report.Drifted = len(d.report.Files) > 0
	d.clean()
	slices.SortStableFunc(d.report.Files, func(a, b File) int {
		return cmp.Or(
			cmp.Compare(slices.Index(driftOrder[:], a.State), slices.Index(driftOrder[:], b.State)),
			cmp.Compare(a.Path, b.Path))
	})
	return nil
}

func (d *drifter) add(f File) {
	if f.Values == nil {
		f.Values = []diff.ValueChange{}
	}
	f.Path = shownName(f.Path)
	d.report.Files = append(d.report.Files, f)
}

// clean makes what comes from the release fit to be shown: a document that was
// looked at later may have told what is a secret in an earlier one.
func (d *drifter) clean() {
	var texts []*string
	for i := range d.report.Files {
		f := &d.report.Files[i]
		texts = append(texts, &f.Path, &f.Message)
		for j := range f.Values {
			texts = append(texts, &f.Values[j].Path)
			for _, v := range []*diff.Value{f.Values[j].Old, f.Values[j].New} {
				if v != nil {
					texts = append(texts, &v.Text)
				}
			}
		}
	}
	d.content.Views.Clean(texts...)
	for i := range d.report.Files {
		f := &d.report.Files[i]
		for _, v := range f.Values {
			if v.New != nil && strings.Contains(v.New.Text, hide.Hidden) && f.Hint == "" {
				f.Hint = secretHint(v.Path)
			}
		}
	}
}

func packagedVersion(f validator.File) *FileVersion { return &FileVersion{f.Size, f.SHA256} }

// Count is the number of files in a state.
func (r *DriftReport) Count(s State) int {
	n := 0
	for _, f := range r.Files {
		if f.State == s {
			n++
		}
	}
	return n
}

// hintPermission is what to do about files that the system does not let us read.
const hintPermission = "Compare as a user who may read all of the release."

// secretHint is what to do about a secret at a path of values in a file.
func secretHint(path string) string {
	hint := "*** stands for a secret, which does not belong in a file. Take it out"
	switch section, _, _ := strings.Cut(path, "."); section {
	case "telemetry":
		hint += " and supply it when the runtime starts, in " + machine.InfluxVariable
	case "http":
		hint += " and supply it when the runtime starts, in " + machine.APIVariable
	}
	return hint + "."
}

// compare compares a file of the package with the release. The result is nil if
// they are the same. It returns the error of ctx or of the package.
func (d *drifter) compare(want validator.File) (*File, error) {
	f := &File{Path: want.Path, Packaged: packagedVersion(want)}
	switch at := d.at(want.Path); {
	case at.err != nil:
		return f.unreadable(at.err), nil
	case at.kind == "":
		f.State, f.Message = Missing, at.why
		return f, nil
	case at.kind != content.TypeFile:
		f.State, f.Type, f.Message = Changed, at.kind, "is a "+at.kind+" now"
		if at.kind == content.TypeLink {
			f.Message += ", which is not followed"
		}
		return f, nil
	}
	f.Type = content.TypeFile
	got, err := d.read(want)
	switch {
	case d.ctx.Err() != nil:
		return nil, d.ctx.Err()
	case errors.Is(err, fs.ErrNotExist): // it went away meanwhile
		f.State, f.Type = Missing, ""
		return f, nil
	case err != nil:
		return f.unreadable(err), nil
	case got.SHA256 == want.SHA256:
		return nil, nil
	}
	where, unread, err := d.firstLine(want.Path, got)
	switch {
	case err != nil:
		return nil, err
	case unread != nil:
		return f.unreadable(unread), nil
	}
	f.State, f.Released, f.Line = Changed, &got.FileVersion, where.Line
	d.compareValues(f, got)
	if where.Endings && len(f.Values) == 0 {
		f.Message = "only line endings differ"
	}
	return f, nil
}

func (f *File) unreadable(err error) *File {
	f.State, f.Message = Unreadable, "cannot be read: "+cause.Of(err).Error()
	if errors.Is(err, fs.ErrPermission) {
		f.Hint = hintPermission
	}
	return f
}

// compareValues says what a changed document says now.
func (d *drifter) compareValues(f *File, got reading) {
	kind, old := d.content.KindOf(f.Path), d.content.Documents[f.Path]
	switch {
	case kind == docfile.None:
		return
	case got.data == nil:
		f.Message = "is too large to compare its values"
		return
	case old == nil: // of an invalid package
		f.Message = "cannot be read in the package"
		return
	}
	new, err := d.content.Parse(f.Path, kind, got.data)
	if err != nil {
		f.Message = unparsed(f.Path, err)
		return
	}
	changes := nodediff.Compare(old.Root, new.Root, content.ItemName)
	if len(changes) == 0 {
		f.Message = "no value has changed, only comments, order or spelling"
	}
	for i, c := range changes {
		if d.values == 0 {
			d.report.MoreValues += len(changes) - i
			break
		}
		d.values--
		f.Values = append(f.Values, diff.ValueChange{
			Path: content.PathText(c.Path), Old: (*diff.Value)(content.Show(old.View, c.Old)), New: (*diff.Value)(content.Show(new.View, c.New)),
		})
	}
}

// unparsed says where and why a document cannot be read. It repeats no key: which
// of them is a secret, only a document can tell.
func unparsed(file string, err error) string {
	var faults fault.List
	faults.Document(file, fault.YAMLSyntax, err)
	first := faults.Sorted()[0]
	msg := "cannot be read any more: "
	if first.Pos.Line > 0 {
		msg += "line " + strconv.Itoa(first.Pos.Line) + ": "
	}
	return msg + hide.Quotes(first.Msg)
}

// place is what the release has at a path.
type place struct {
	kind string // a type as in File, "" for nothing
	why  string // why there is nothing, if a folder on the way is none
	err  error
}

// at looks at a path without following links, not even on the way to it.
func (d *drifter) at(name string) place {
	if folder := path.Dir(name); folder != "." {
		above, known := d.folders[folder]
		if !known {
			above = d.at(folder)
			d.folders[folder] = above
		}
		switch {
		case above.kind == "": // an error, too
			return above
		case above.kind != content.TypeFolder:
			return place{why: shownName(folder) + " is a " + above.kind}
		}
	}
	info, err := fs.Lstat(d.release, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return place{}
	case err != nil:
		return place{err: err}
	}
	return place{kind: content.TypeName(info.Mode())}
}

// reading is what was read of a file of the release.
type reading struct {
	FileVersion
	data []byte                        // of a document; nil if it is too large
	open func() (io.ReadCloser, error) // reads the same again, or fails
}

// read reads a file of the release as far as its bounds allow.
func (d *drifter) read(want validator.File) (reading, error) {
	most := max(want.Size, d.p.Limits().Document)
	size := int64(0)
	open := func() (io.ReadCloser, error) {
		f, info, err := d.open(want.Path)
		if err != nil {
			return nil, err
		}
		size = info.Size()
		return &beginning{io.LimitReader(f, most+1), f}, nil
	}
	kept := bytes.NewBuffer([]byte{}) // whose Bytes are never nil
	tee := io.Writer(kept)
	if d.content.KindOf(want.Path) == docfile.None || most > d.p.Limits().Document {
		tee = nil
	}
	content, err := zipfile.Hash(d.ctx, want.Path, open, tee)
	switch {
	case err != nil:
		return reading{}, err
	case content.Size > most:
		return reading{FileVersion: FileVersion{Size: max(size, content.Size)}, open: open}, nil
	}
	got := reading{FileVersion: FileVersion{content.Size, hex.EncodeToString(content.SHA256[:])}, open: content.Open}
	if tee != nil {
		got.data = kept.Bytes()
	}
	return got, nil
}

// open opens a regular file of the release. Reading it to its end fails unless it has
// the size that it states.
func (d *drifter) open(name string) (fs.File, fs.FileInfo, error) {
	f, err := d.release.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() { // it was a moment ago
		err = errIrregular
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return steady.File(f, info.Size()), info, nil
}

type beginning struct {
	io.Reader
	io.Closer
}

// firstLine finds where a changed file differs from the package. It returns why the
// release cannot be read again, and the error of ctx or of the package.
func (d *drifter) firstLine(name string, got reading) (where linediff.Difference, unread, err error) {
	old, err := d.p.FS().Open(name)
	if err != nil {
		return where, nil, err
	}
	defer old.Close()
	var new io.Reader = bytes.NewReader(got.data)
	if got.data == nil {
		f, err := got.open()
		if err != nil {
			return where, err, nil
		}
		defer f.Close()
		new = f
	}
	where, unread = linediff.Compare(d.ctx, old, new)
	if err = linediff.Rest(d.ctx, old); err != nil { // lasts, if it is why
		return where, nil, err
	}
	if unread == nil {
		unread = linediff.Rest(d.ctx, new)
	}
	return where, unread, d.ctx.Err()
}

// maxPath bounds how deep folders of a release are looked into: no name of a
// package is longer.
const maxPath = 1024

var errNoFolder = errors.New("the file system cannot list this folder")

// addPackaged notes a file of the package and the folders it is in.
func (d *drifter) addPackaged(name string) {
	for ; !d.packaged[name]; name = path.Dir(name) {
		d.packaged[name] = true
	}
}

// walk finds what the package does not have, in a folder of the release and all
// folders below. It returns the error of ctx, or of the root.
func (d *drifter) walk(folder string) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	list, all, err := d.list(folder)
	switch {
	case err != nil && folder == ".":
		return err
	case errors.Is(err, fs.ErrNotExist): // it went away meanwhile
		return nil
	case err != nil:
		d.unlisted(folder, "cannot be read: "+cause.Of(err).Error())
		return nil
	case !all:
		d.unlisted(folder, fmt.Sprintf("was not looked into: the release has over %d more files and folders than the package", d.p.Limits().Entries))
		return nil
	case len(list) == 0 && !d.packaged[folder]:
		d.add(File{State: Extra, Path: folder, Type: content.TypeFolder, Message: "empty"})
	}
	for _, e := range list {
		name := e.Name()
		if folder != "." {
			name = folder + "/" + name
		}
		switch {
		case !isElement(e.Name()): // no path leads there
			d.extra(name, e)
		case e.IsDir() && len(name) > maxPath:
			d.unlisted(name, "was not looked into: it lies too deep")
		case e.IsDir():
			if err := d.walk(name); err != nil {
				return err
			}
		case !d.packaged[name] || d.isPackagedFolder(name):
			d.extra(name, e)
		}
	}
	return nil
}

// isPackagedFolder reports whether name is a folder of the package, and no file.
func (d *drifter) isPackagedFolder(name string) bool {
	info, err := fs.Stat(d.p.FS(), name)
	return err == nil && info.IsDir()
}

// list lists a folder, sorted by name. It is not all when there are more entries
// than may still be looked at; nothing is known then.
func (d *drifter) list(folder string) (list []fs.DirEntry, all bool, err error) {
	f, err := d.release.Open(folder)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, false, errNoFolder
	}
	for len(list) <= d.entries {
		more, err := dir.ReadDir(min(1000, d.entries-len(list)+1))
		list = append(list, more...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if len(more) == 0 { // against the rules of fs.ReadDirFile, and it would not end
			return nil, false, errNoFolder
		}
	}
	if len(list) > d.entries {
		return nil, false, nil
	}
	d.entries -= len(list)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list, true, nil
}

// unlisted reports a folder in which there may be anything.
func (d *drifter) unlisted(folder, why string) {
	state := Extra
	if d.packaged[folder] {
		state = Unreadable
	}
	d.add(File{State: state, Path: folder, Type: content.TypeFolder, Message: why})
}

func (d *drifter) extra(name string, e fs.DirEntry) {
	f := File{State: Extra, Path: name, Type: content.TypeName(e.Type())}
	if f.Type == content.TypeFile {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // it went away meanwhile
			return
		}
		if err != nil {
			f.Message = "its size is not known: " + cause.Of(err).Error()
		} else {
			f.Released = &FileVersion{Size: info.Size()}
		}
	}
	d.add(f)
}

// shownName is a name as text: bytes that are no UTF-8 are escaped, because JSON
// could not tell them apart.
func shownName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return show.Line(name)
}

// isElement reports whether a name can be an element of a path of package fs.
func isElement(name string) bool {
	return name != "." && !strings.Contains(name, "/") && fs.ValidPath(name)
}
