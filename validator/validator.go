package validator

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/provider"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/steady"
	"github.com/anolishq/anolis-handoff/internal/tree"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
)

// Archive validates the archive of size bytes in r.
//
// A bad package is a report, not an error: an error means that validation did
// not finish, because reading r failed, ctx is done, or the options are at
// fault. Then there is no report.
func Archive(ctx context.Context, r io.ReaderAt, size int64, opts Options) (*Report, error) {
	v, err := archiveValidation(ctx, r, size, opts)
	if err != nil {
		return nil, err
	}
	return v.report, nil
}

func archiveValidation(ctx context.Context, r io.ReaderAt, size int64, opts Options) (*validation, error) {
	if r == nil {
		return nil, errors.New("validator: there is no reader to read a package from")
	}
	v, err := newValidation(ctx, opts)
	if err != nil {
		return nil, err
	}
	v.begin(archiveCheck)
	reader, faults, sum, err := zipfile.Scan(ctx, r, size, v.limits.archive(), v.watch)
	if err != nil {
		return nil, err
	}
	v.report.Size, v.report.SHA256 = size, hex.EncodeToString(sum[:])
	for _, f := range faults {
		p := archiveProblem(f)
		if f.Code == zipfile.CodeNoEndRecord {
			if what, hint := mistakenFile(r, size); what != "" {
				p.Message, p.Hint = "is not a zip archive: it is "+what, hint
			}
		}
		v.add(p)
		v.refused[f.Name] = true
	}
	if reader == nil {
		v.report.Skipped = append(v.report.Skipped, Skipped{archiveCheck, "the archive cannot be read to its end"})
		v.skipAll("the content of the archive cannot be trusted")
		return v, nil
	}
	v.report.Checks = append(v.report.Checks, archiveCheck)
	v.setFiles(reader.Set())
	canonical, why := reader.Canonical()
	v.report.Canonical = canonical && len(faults) == 0
	if !canonical && len(faults) == 0 {
		v.problem(CodeNotCanonical, "", "the archive is not what the exporter writes for these files: "+why)
	}
	if err := v.runChecks(); err != nil {
		return nil, err
	}
	return v, nil
}

// archiveProblem words a fault of the zip reader.
func archiveProblem(f zipfile.Fault) Problem {
	msg := f.Msg
	if f.Name == "" && f.Offset > 0 {
		msg += " (at byte " + strconv.FormatInt(f.Offset, 10) + ")"
	}
	return Problem{Severity: Error, Code: Code(f.Code), File: f.Name, Message: msg, Hint: sentence(f.Hint)}
}

// FS validates an unpacked package. A file system with symbolic links or other
// irregular files is refused at their places. Everything is as for Archive, but
// that there are no bytes of an archive to be canonical.
//
// To be safe from files that change meanwhile, each is verified against its
// first reading whenever it is read again.
func FS(ctx context.Context, fsys fs.FS, opts Options) (*Report, error) {
	v, err := fsValidation(ctx, fsys, opts)
	if err != nil {
		return nil, err
	}
	return v.report, nil
}

func fsValidation(ctx context.Context, fsys fs.FS, opts Options) (*validation, error) {
	if fsys == nil {
		return nil, errors.New("validator: there is no file system to read a package from")
	}
	v, err := newValidation(ctx, opts)
	if err != nil {
		return nil, err
	}
	v.report.Skipped = append(v.report.Skipped, Skipped{archiveCheck, "the package is not an archive"})
	switch all, err := v.list(fsys); {
	case err != nil:
		return nil, err
	case !all:
		v.skipAll("there are more files than the limit allows")
		return v, nil
	}
	if err := v.runChecks(); err != nil {
		return nil, err
	}
	return v, nil
}

func newValidation(ctx context.Context, opts Options) (*validation, error) {
	v := &validation{
		ctx: ctx, opts: opts, limits: opts.Limits.OrDefault(),
		count: map[problemKind]int{}, bySchema: map[string]bool{}, readings: map[reading]*doc.Node{}, running: map[string]machine.Role{}, documents: map[string]*doc.Node{}, unread: map[string]bool{}, used: map[string]bool{}, trees: map[string]*tree.File{}, refused: map[string]bool{}, secretLines: map[fileLine]bool{}, searched: map[string]*searched{},
		report: &Report{
			Version: ReportVersion, Files: []File{}, Problems: []Problem{}, Checks: []string{}, Skipped: []Skipped{},
		},
	}
	// Most of the time of a short-lived process goes here, so both cores take part.
	var wait sync.WaitGroup
	var searchErr, schemaErr error
	wait.Go(func() { v.search, searchErr = searchersFor(opts, v.limits) })
	v.schemas, schemaErr = loadSchemas(opts.Schemas)
	wait.Wait()
	if searchErr != nil {
		return nil, fmt.Errorf("validator: policy: %w", searchErr)
	}
	if schemaErr != nil {
		return nil, schemaErr
	}
	return v, nil
}

func loadSchemas(from Schemas) (s schemas, err error) {
	for _, x := range []struct {
		to      **contract.Schema
		text    []byte
		builtIn func() (*contract.Schema, error)
		name    string
	}{
		{&s.profile, from.MachineProfile, contract.MachineProfile, "machine profile"},
		{&s.runtime, from.RuntimeConfig, contract.RuntimeConfig, "runtime config"},
		{&s.provenance, from.Provenance, contract.Provenance, "provenance"},
	} {
		if len(x.text) == 0 {
			*x.to, err = x.builtIn()
		} else {
			*x.to, err = contract.Compile(x.text)
		}
		if err != nil {
			return s, fmt.Errorf("validator: schema of the %s: %w", x.name, err)
		}
	}
	s.providers = make(map[string]*provider.Schema, len(from.Providers))
	for _, kind := range slices.Sorted(maps.Keys(from.Providers)) {
		if s.providers[kind], err = provider.ParseSchema(from.Providers[kind]); err != nil {
			return s, fmt.Errorf("validator: schema of provider %s: %w", show.Quote(kind, 64), err)
		}
	}
	return s, nil
}

// copy is io.Copy that stops when the context is done.
func (v *validation) copy(w io.Writer, r io.Reader) error {
	if v.buf == nil {
		v.buf = make([]byte, 16<<10)
	}
	return copyContext(v.ctx, w, r, v.buf)
}

func copyContext(ctx context.Context, w io.Writer, r io.Reader, buf []byte) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if _, err := w.Write(buf[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ErrEmpty reports a stream that ended before its first byte: whatever should have
// sent a package probably failed.
var ErrEmpty = errors.New("is empty; the program that should send a package may have failed")

// ValidateReader validates the archive that r yields, as Archive does. An archive is
// read from its end, so it is stored first: in a temporary file of no
// more bytes than the largest archive within the limits has, which is gone when
// ValidateReader returns. A longer stream, and an empty one
// (ErrEmpty), is an error.
//
// ValidateReader returns when ctx is done, even if r blocks. A Read that is then
// still waiting ends when r yields something.
func ValidateReader(ctx context.Context, r io.Reader, opts Options) (*Report, error) {
	file, size, err := spool(ctx, r, "", opts.Limits.MaxArchive())
	if err != nil {
		return nil, err
	}
	defer file.Close() // it was only read, and is gone
	return Archive(ctx, file, size, opts)
}

// OpenReader validates and opens the archive that r yields, as Open does. It is
// stored as by ValidateReader, until the package is closed. The caller must Close
// the package.
func OpenReader(ctx context.Context, r io.Reader, opts OpenOptions) (*Package, error) {
	file, size, err := spool(ctx, r, opts.TempDir, opts.Limits.MaxArchive())
	if err != nil {
		return nil, err
	}
	p, err := Open(ctx, file, size, opts)
	return p.from("", file, err)
}

// temporary is a file that is gone when it is closed.
type temporary struct {
	*os.File
	gone bool // it has no name any more
}

// newTemporary makes a file in a directory; "" is the system's for temporary files.
// Where the system allows it, the file has no name from the start, so that nothing
// is left of it even when the process is killed.
func newTemporary(dir string) (*temporary, error) {
	f, err := os.CreateTemp(dir, "anpkg-*.tmp")
	if err != nil {
		return nil, err
	}
	return &temporary{f, os.Remove(f.Name()) == nil}, nil
}

func (t *temporary) Close() error {
	err := t.File.Close()
	if !t.gone {
		err = errors.Join(err, os.Remove(t.Name()))
	}
	return err
}

// spool copies at most that many bytes of r to a temporary file.
func spool(ctx context.Context, r io.Reader, dir string, most int64) (*temporary, int64, error) {
	if r == nil {
		return nil, 0, errors.New("validator: there is no reader to read a package from")
	}
	file, err := newTemporary(dir)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot be stored: %v", err) // with the path, which tells where
	}
	type copied struct {
		size int64
		err  error
	}
	r = steady.Reader(r)
	done := make(chan copied, 1)
	go func() { // reading a pipe cannot be interrupted
		// Not a method of the file: its errors do not say which side failed.
		size, err := io.Copy(struct{ io.Writer }{file.File}, io.LimitReader(r, most))
		var full *fs.PathError
		switch {
		case err == nil && size == 0:
			err = ErrEmpty
		case err == nil && size == most:
			err = atEnd(r, most)
		case errors.As(err, &full) && full.Path == file.Name():
			err = fmt.Errorf("cannot be stored in %s: %w", filepath.Dir(full.Path), full.Err)
		}
		done <- copied{size, err}
	}()
	select {
	case c := <-done:
		if c.err == nil {
			return file, c.size, nil
		}
		err = c.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	file.Close() // which ends the copying, too
	return nil, 0, err
}

// atEnd returns an error when there is more to read.
func atEnd(r io.Reader, most int64) error {
	n, err := io.ReadFull(r, make([]byte, 1))
	switch {
	case n > 0:
		return fmt.Errorf("has more than %d bytes, which is over the limits", most)
	case err == io.EOF:
		return nil
	}
	return err
}
