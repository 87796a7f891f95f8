package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
)

// File is one file of a package: its name, what its content hashes to, and where
// the content comes from. Make one with [FromBytes] or [Hash].
//
// A File may be copied, and used by many goroutines if its source may be opened
// by many.
type File struct {
	Name   string // slash-separated, relative, see NewSet
	Size   int64  // in bytes
	CRC32  uint32 // IEEE
	SHA256 [sha256.Size]byte

	data []byte
	open func() (io.ReadCloser, error) // nil: the content is data
}

// FromBytes returns a file with the content data, which it keeps: data must not
// be changed afterwards.
func FromBytes(name string, data []byte) File {
	return File{
		Name:   name,
		Size:   int64(len(data)),
		CRC32:  crc32.ChecksumIEEE(data),
		SHA256: sha256.Sum256(data),
		data:   data,
	}
}

// Hash returns a file whose content is read from open whenever it is needed, and
// never held in memory as a whole. Hash reads it once, in chunks, and hands every
// chunk to tee too, unless that is nil. Reading runs ahead on another goroutine,
// which has ended when Hash returns; tee is called on the caller's.
//
// A failure to read is an [*fs.PathError] with name. An error of tee or of the
// context is returned as it is.
func Hash(ctx context.Context, name string, open func() (io.ReadCloser, error), tee io.Writer) (File, error) {
	if err := ctx.Err(); err != nil {
		return File{}, err
	}
	r, err := open()
	if err != nil {
		return File{}, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer r.Close()

	h := &hasher{digest{sum: sha256.New()}, r}
	err = new(pump).each(ctx, name, h, func(p []byte) error {
		if tee == nil {
			return nil
		}
		_, err := tee.Write(p)
		return err
	})
	if err != nil {
		return File{}, err
	}
	return File{Name: name, Size: h.size, CRC32: h.crc, SHA256: h.sha256(), open: open}, nil
}

// Open returns a reader of the content. For a file made by [Hash] it ends in a
// [*ChangedError] instead of io.EOF when the content is not the one that was
// hashed, and never yields more than Size bytes.
func (f File) Open() (io.ReadCloser, error) {
	if f.open == nil {
		return io.NopCloser(bytes.NewReader(f.data)), nil
	}
	r, err := f.open()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.Name, Err: err}
	}
	if sizeDiffers(r, f.Size) {
		return nil, errors.Join(&ChangedError{f.Name}, r.Close())
	}
	return newVerifier(f, r), nil
}

// sizeDiffers tells a changed file of a file system before a byte is read.
func sizeDiffers(r io.Reader, size int64) bool {
	s, ok := r.(fs.File)
	if !ok {
		return false
	}
	info, err := s.Stat()
	return err == nil && info.Mode().IsRegular() && info.Size() != size
}
