package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// ExportOptions configures Export, ExportFile, Check and OpenProject.
type ExportOptions struct {
	exporter.Options

	// Validation configures the validation of the package. Its Policy is that of
	// the export unless it is set.
	Validation validator.Options

	// Strict refuses a package with a warning, too. Notes are never refused.
	Strict bool

	// AllowInvalid writes the package even if it is not valid. The result then
	// has the problems.
	AllowInvalid bool
}

// Result describes what an export has written.
type Result struct {
	// Size is the number of bytes of the package.
	Size int64
	// SHA256 is the digest of the package in lower-case hexadecimal.
	SHA256 string
	// Notes lists what a person should know about the package, at the places in the
	// project.
	Notes []validator.Problem
	// Problems are those of Report, at their places in the project: what a person edits.
	Problems []validator.Problem
	// Report is the verdict on the package, at the places in the package. Its
	// Package is the path of the file, and empty for a stream.
	Report *validator.Report
}

// Export writes the package of a project to w. Nothing is written when the
// project cannot be exported (errors.As finds a validator.ProblemList), the package
// would not be valid (*InvalidError) or has a warning and opts.Strict is set
// (*StrictError). All of them name the places in the project. After any other
// error w holds an unusable part.
func Export(ctx context.Context, w io.Writer, project fs.FS, opts ExportOptions) (*Result, error) {
	pkg, report, err := build(ctx, project, opts)
	if err != nil {
		return nil, err
	}
	return write(ctx, w, pkg, report)
}

// build makes a package and its verdict. With an *InvalidError there is only the
// verdict.
func build(ctx context.Context, project fs.FS, opts ExportOptions) (*exporter.Package, *validator.Report, error) {
	pkg, err := exporter.Build(ctx, project, opts.Options)
	if err != nil {
		return nil, nil, err
	}
	if opts.Validation.Policy == nil {
		opts.Validation.Policy = opts.Policy
	}
	report, err := validator.FS(ctx, pkg.FS(), opts.Validation)
	if err != nil {
		return nil, nil, err
	}
	if !report.Valid && !opts.AllowInvalid {
		report = inProject(report, pkg.Source, nil)
		return nil, report, &InvalidError{Report: report}
	}
	if opts.Strict {
		if strict := inProject(report, pkg.Source, pkg.Notes()); strict.Count(validator.Warning) > 0 {
			return nil, strict, &StrictError{Report: strict}
		}
	}
	return pkg, report, nil
}

// StrictError reports a package that was not written because it has warnings and
// ExportOptions.Strict is set.
type StrictError struct {
	// Report has the warnings, at their places in the project.
	Report *validator.Report
}

// Error returns one line for each warning.
func (e *StrictError) Error() string {
	text := "the package has warnings, which strict mode refuses"
	for _, p := range e.warnings() {
		text += "\n" + p.Error()
	}
	return text
}

// Unwrap returns the validator.ProblemList of the warnings.
func (e *StrictError) Unwrap() error { return e.warnings() }

func (e *StrictError) warnings() (list validator.ProblemList) {
	if e.Report == nil {
		return nil
	}
	for _, p := range e.Report.Problems {
		if p.Severity == validator.Warning {
			list = append(list, p)
		}
	}
	return list
}

func write(ctx context.Context, w io.Writer, pkg *exporter.Package, report *validator.Report) (*Result, error) {
	digest := sha256.New()
	size, err := pkg.Write(ctx, io.MultiWriter(w, digest))
	if err != nil {
		return nil, err
	}
	sum := hex.EncodeToString(digest.Sum(nil))
	// The archive is canonical by construction.
	report.Canonical, report.Size, report.SHA256 = true, size, sum
	for i := range report.Skipped {
		if s := &report.Skipped[i]; s.Check == "archive" {
			s.Reason = "the archive was not read back"
		}
	}
	problems := inProject(report, pkg.Source, nil).Problems
	return &Result{Size: size, SHA256: sum, Notes: pkg.Notes(), Problems: problems, Report: report}, nil
}

// ExportFile writes the package of the project in directory dir to the file
// out. An empty opts.Name is the name of the directory. What makes Export write
// nothing leaves out as it was.
//
// Nothing outside of dir is read, not even through symbolic links. The file
// appears at once and complete: the package goes to a temporary file beside
// out, which is synced and renamed. On any failure, cancellation or crash, what
// was at out stays as it was; a crash may leave the temporary file behind,
// whose name begins with a dot and the name of out. A symbolic link at out is
// replaced and what it points to left alone; a directory or device at out is
// an error.
//
// The result is nil unless the package is at out. The one error that comes with
// a result comes from syncing the directory: a power loss could then undo it.
//
// Many goroutines and processes may export to one file: it is then the package
// of one of them.
func ExportFile(ctx context.Context, dir, out string, opts ExportOptions) (*Result, error) {
	if err := checkTarget(out); err != nil { // before the long work
		return nil, err
	}
	root, err := openProject(dir, &opts)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	pkg, report, err := build(ctx, root.FS(), opts)
	if report != nil {
		report.Package = out
	}
	if err != nil {
		return nil, err
	}
	var result *Result
	err = ReplaceFile(ctx, out, func(w io.Writer) error {
		result, err = write(ctx, w, pkg, report)
		return err
	})
	var unsynced *unsyncedError
	if err != nil && !errors.As(err, &unsynced) {
		return nil, err
	}
	return result, err
}

const (
	// maxTemps bounds the search for a free temporary name.
	maxTemps = 1000
	// maxTempBase keeps a temporary name within the 255 bytes that file systems
	// allow, however long the name of the file is.
	maxTempBase = 200
)

// unsyncedError says that a file is in place, but that a power loss could undo
// that.
type unsyncedError struct {
	path string
	err  error
}

func (e *unsyncedError) Error() string {
	return fmt.Sprintf("%s is written, but its directory cannot be synced: %v", e.path, e.err)
}

func (e *unsyncedError) Unwrap() error { return e.err }

// ReplaceFile gives the file at path the content that write writes, at once and durably
// or not at all, as ExportFile does. It returns the error of write, of ctx or of the
// file; a device or a directory in its place is refused.
func ReplaceFile(ctx context.Context, path string, write func(io.Writer) error) error {
	return disk{}.replace(ctx, path, write)
}

// disk makes a file durable in steps. Tests look on, or have a step fail.
type disk struct {
	// before, if set, is called before each step. Its error becomes that of the step.
	before func(step string) error
}

func (d disk) step(name string, do func() error) error {
	if d.before != nil {
		if err := d.before(name); err != nil {
			return err
		}
	}
	return do()
}

func (d disk) replace(ctx context.Context, path string, write func(io.Writer) error) (err error) {
	if err := checkTarget(path); err != nil {
		return err
	}
	temp, err := createTemp(path)
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed {
			temp.Close()
			os.Remove(temp.Name())
			err = retarget(err, temp.Name(), path)
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	if err := d.step("sync", temp.Sync); err != nil { // before the rename, or a power loss leaves an empty file
		return err
	}
	if err := d.step("close", temp.Close); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // syncing can take long
		return err
	}
	if err := d.step("rename", func() error { return os.Rename(temp.Name(), path) }); err != nil {
		return err
	}
	renamed = true
	dir, _ := filepath.Split(path)
	if err := d.step("sync directory", func() error { return syncDir(dir + ".") }); err != nil {
		return &unsyncedError{path, err}
	}
	return nil
}

// checkTarget refuses what must not be replaced: a rename would put a file in
// the place of a device, too.
func checkTarget(path string) error {
	refuse := func(why string) error {
		return &fs.PathError{Op: "write", Path: path, Err: errors.New(why)}
	}
	if _, base := filepath.Split(path); base == "" {
		return refuse("is not the name of a file")
	}
	switch info, err := os.Stat(path); {
	case err != nil: // creating the temporary file tells what is wrong, if anything is
		return nil
	case info.IsDir():
		return refuse("is a directory")
	case !info.Mode().IsRegular():
		return refuse("is not a regular file")
	}
	return nil
}

// createTemp makes a new file beside path, with the permissions that the
// process gives to new files.
func createTemp(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	for len(base) > maxTempBase {
		_, size := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-size]
	}
	for i := range maxTemps {
		// Not filepath.Join, which takes link/.. for nothing; the system does not.
		name := dir + fmt.Sprintf(".%s.%d.tmp", base, i)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, retarget(err, name, path)
		}
	}
	return nil, &fs.PathError{Op: "write", Path: path, Err: errors.New("too many temporary files beside it")}
}

// retarget makes an error about the temporary file one about the file that the
// caller knows.
func retarget(err error, temp, path string) error {
	var p *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &p) && p.Path == temp:
		return &fs.PathError{Op: "write", Path: path, Err: p.Err}
	case errors.As(err, &link) && link.Old == temp:
		return &fs.PathError{Op: "replace", Path: path, Err: link.Err}
	}
	return err
}

// syncDir makes a rename survive a power loss, where the system can.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // one may write to it without being allowed to read it
	}
	err = d.Sync()
	return errors.Join(ignoreUnsupported(err), d.Close())
}

// ignoreUnsupported drops the error of a file system that cannot sync
// directories: no caller could do better.
func ignoreUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}
