package zipfile

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"unicode/utf8"
)

// WriteTo writes the archive to w and returns the number of bytes written. It is
// [Set.Write] without a context.
func (s *Set) WriteTo(w io.Writer) (int64, error) {
	return s.Write(context.Background(), w, nil)
}

// Write writes the archive to w and returns the number of bytes written, which is
// [Set.Size] unless there is an error. It stops between two chunks of a file once
// ctx is done. After an error, what w received is not an archive.
//
// Unless progress is nil it is called, on the calling goroutine, before the first
// byte of a file's content and after every chunk of it, with the bytes of the
// archive produced so far.
//
// A file that is not what it was when hashed is a [*ChangedError], and one that
// cannot be read an [*fs.PathError] of io/fs. Errors of w and of ctx are returned
// as they are.
func (s *Set) Write(ctx context.Context, w io.Writer, progress func(name string, written int64)) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	out := &counter{w: w}
	a := &archiver{ctx: ctx, w: bufio.NewWriterSize(out, smallSize), progress: progress}
	if err := a.archive(s); err != nil {
		return out.n, err
	}
	err := a.w.Flush()
	return out.n, err
}

type archiver struct {
	ctx      context.Context
	w        *bufio.Writer
	n        int64
	progress func(string, int64)
	pump     pump
	scratch  []byte // for headers
}

func (a *archiver) write(p []byte) error {
	n, err := a.w.Write(p)
	a.n += int64(n)
	return err
}

func (a *archiver) report(name string) {
	if a.progress != nil {
		a.progress(name, a.n)
	}
}

func (a *archiver) archive(s *Set) error {
	for i := range s.entries {
		e := &s.entries[i]
		a.scratch = e.appendLocal(a.scratch[:0])
		if err := a.write(a.scratch); err != nil {
			return err
		}
		a.report(e.Name)
		if err := a.content(&e.File); err != nil {
			return err
		}
	}
	for i := range s.entries {
		a.scratch = s.entries[i].appendCentral(a.scratch[:0])
		if err := a.write(a.scratch); err != nil {
			return err
		}
	}
	a.scratch = s.appendEnd(a.scratch[:0], a.n)
	return a.write(a.scratch)
}

func (a *archiver) content(f *File) error {
	do := func(p []byte) error {
		if err := a.write(p); err != nil {
			return err
		}
		a.report(f.Name)
		return nil
	}
	if p, ok := f.data(); ok {
		for len(p) > 0 {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			n := min(len(p), chunkSize)
			if err := do(p[:n]); err != nil {
				return err
			}
			p = p[n:]
		}
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return a.pump.each(a.ctx, f.Name, r, do)
}

// counter counts what really reached w, which the buffer before it hides.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if n < 0 || n > len(p) {
		return 0, errors.New("writer returned an impossible count")
	}
	c.n += int64(n)
	return n, err
}

const (
	localSignature      = 0x04034b50
	centralSignature    = 0x02014b50
	endSignature        = 0x06054b50
	zip64EndSignature   = 0x06064b50
	zip64LocatorSig     = 0x07064b50
	zip64EndRest        = 44 // size of that record after its size field
	zip64Extra          = 1  // id of the extra field
	flagUTF8            = 1 << 11
	methodStored        = 0
	dosTime, dosDate    = 0, 1<<5 | 1 // 1980-01-01 00:00:00
	unix                = 3 << 8
	version20           = 20
	version45           = 45
	regularFileMode0644 = 0o100644 << 16
)

var le = binary.LittleEndian

// entry is a file at its place in the archive.
type entry struct {
	File
	offset int64 // of the local header
}

func fits32(n int64) bool { return n < math.MaxUint32 }

func clamp32(n int64) uint32 { return uint32(min(n, math.MaxUint32)) }

func version(zip64 bool) uint16 {
	if zip64 {
		return version45
	}
	return version20
}

// appendCommon appends what the two headers of a file share, from the version
// needed to the length of the extra field.
func (e *entry) appendCommon(b []byte, extra int) []byte {
	var flags uint16
	for i := range len(e.Name) {
		if e.Name[i] >= utf8.RuneSelf {
			flags = flagUTF8
		}
	}
	b = le.AppendUint16(b, version(extra > 0))
	b = le.AppendUint16(b, flags)
	b = le.AppendUint16(b, methodStored)
	b = le.AppendUint16(b, dosTime)
	b = le.AppendUint16(b, dosDate)
	b = le.AppendUint32(b, e.CRC32)
	b = le.AppendUint32(b, clamp32(e.Size)) // compressed
	b = le.AppendUint32(b, clamp32(e.Size))
	b = le.AppendUint16(b, uint16(len(e.Name)))
	return le.AppendUint16(b, uint16(extra))
}

// appendExtra appends the Zip64 field of the values, or nothing without any.
func appendExtra(b []byte, values []int64) []byte {
	if len(values) == 0 {
		return b
	}
	b = le.AppendUint16(b, zip64Extra)
	b = le.AppendUint16(b, uint16(8*len(values)))
	for _, v := range values {
		b = le.AppendUint64(b, uint64(v))
	}
	return b
}

func extraLen(values []int64) int {
	if len(values) == 0 {
		return 0
	}
	return 4 + 8*len(values)
}

// largeSizes are the uncompressed and the compressed size if they need Zip64.
func (e *entry) largeSizes() []int64 {
	if fits32(e.Size) {
		return nil
	}
	return []int64{e.Size, e.Size}
}

// appendLocal appends the local header (APPNOTE 4.3.7).
func (e *entry) appendLocal(b []byte) []byte {
	large := e.largeSizes()
	b = le.AppendUint32(b, localSignature)
	b = e.appendCommon(b, extraLen(large))
	b = append(b, e.Name...)
	return appendExtra(b, large)
}

// appendCentral appends the central header (APPNOTE 4.3.12).
func (e *entry) appendCentral(b []byte) []byte {
	large := e.largeSizes()
	if !fits32(e.offset) {
		large = append(large, e.offset)
	}
	b = le.AppendUint32(b, centralSignature)
	b = le.AppendUint16(b, unix|version(len(large) > 0))
	b = e.appendCommon(b, extraLen(large))
	b = le.AppendUint16(b, 0) // length of the comment
	b = le.AppendUint16(b, 0) // disk
	b = le.AppendUint16(b, 0) // internal attributes
	b = le.AppendUint32(b, regularFileMode0644)
	b = le.AppendUint32(b, clamp32(e.offset))
	b = append(b, e.Name...)
	return appendExtra(b, large)
}

// appendEnd appends what follows the central directory, which ends at dirEnd:
// the end record (APPNOTE 4.3.16), if need be after its Zip64 twin and the
// locator of that (4.3.14, 4.3.15).
func (s *Set) appendEnd(b []byte, dirEnd int64) []byte {
	count, dirSize := uint64(len(s.entries)), dirEnd-s.dirAt
	if count >= math.MaxUint16 || !fits32(dirSize) || !fits32(s.dirAt) {
		b = le.AppendUint32(b, zip64EndSignature)
		b = le.AppendUint64(b, zip64EndRest)
		b = le.AppendUint16(b, version45) // made by
		b = le.AppendUint16(b, version45) // needed
		b = le.AppendUint32(b, 0)         // this disk
		b = le.AppendUint32(b, 0)         // disk of the directory
		b = le.AppendUint64(b, count)     // on this disk
		b = le.AppendUint64(b, count)
		b = le.AppendUint64(b, uint64(dirSize))
		b = le.AppendUint64(b, uint64(s.dirAt))

		b = le.AppendUint32(b, zip64LocatorSig)
		b = le.AppendUint32(b, 0) // disk of the Zip64 end record
		b = le.AppendUint64(b, uint64(dirEnd))
		b = le.AppendUint32(b, 1) // disks in total
	}
	count = min(count, math.MaxUint16)
	b = le.AppendUint32(b, endSignature)
	b = le.AppendUint16(b, 0) // this disk
	b = le.AppendUint16(b, 0) // disk of the directory
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint32(b, clamp32(dirSize))
	b = le.AppendUint32(b, clamp32(s.dirAt))
	return le.AppendUint16(b, 0) // length of the comment
}
