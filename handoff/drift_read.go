package handoff

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/validator"
)

// place is what the release has at a path.
type place struct {
	kind string // a type as in DriftFile, "" for nothing
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
		case above.kind != typeFolder:
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
	return place{kind: typeName(info.Mode())}
}

// reading is what was read of a file of the release.
type reading struct {
	FileVersion
	data []byte // of a document; nil if it is too large
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
	if docfile.KindOf(want.Path) == docfile.None || most > d.p.Limits().Document {
		tee = nil
	}
	content, err := archive.Hash(d.ctx, want.Path, open, tee)
	switch {
	case err != nil:
		return reading{}, err
	case content.Size > most:
		return reading{FileVersion: FileVersion{Size: max(size, content.Size)}}, nil
	}
	got := reading{FileVersion: FileVersion{content.Size, hex.EncodeToString(content.SHA256[:])}}
	if tee != nil {
		got.data = kept.Bytes()
	}
	return got, nil
}

// open opens a regular file of the release.
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
	return f, info, nil
}

type beginning struct {
	io.Reader
	io.Closer
}

// firstLine is where a changed file begins to differ from the package; 0 if the
// release cannot be read again. The error is that of ctx or of the package.
func (d *drifter) firstLine(name string, got reading) (int, error) {
	old, err := d.p.FS().Open(name)
	if err != nil {
		return 0, err
	}
	defer old.Close()
	var new io.Reader = bytes.NewReader(got.data)
	if got.data == nil {
		f, _, err := d.open(name)
		if err != nil {
			return 0, nil
		}
		defer f.Close()
		new = f
	}
	was := &reader{Reader: old}
	line, err := linediff.First(d.ctx, was, new)
	if d.ctx.Err() != nil {
		return 0, d.ctx.Err()
	}
	if was.err != nil {
		return 0, was.err
	}
	if err != nil {
		return 0, nil
	}
	return line, nil
}

// reader remembers its error.
type reader struct {
	io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
