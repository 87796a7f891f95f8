package zipfile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/anolishq/anolis-handoff/internal/steady"
)

// input is the archive's bytes. It keeps the first error of reading them, which
// is a failure and no fault of the archive. It is for one goroutine at a time.
type input struct {
	r    io.ReaderAt
	size int64
	err  error
}

// ReadAt fails unless it fills p, because nobody asks for bytes beyond the end.
func (s *input) ReadAt(p []byte, at int64) (int, error) {
	n, err := steady.ReadFull(s.r, p, at)
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// section is io.NewSectionReader without reads beyond the end.
type section struct {
	src     *input
	at, end int64
	tee     io.Writer // gets what is read; may be nil, and never fails
}

func (s *section) Read(p []byte) (int, error) {
	if s.at >= s.end {
		return 0, io.EOF
	}
	n, err := s.src.ReadAt(p[:min(int64(len(p)), s.end-s.at)], s.at)
	s.at += int64(n)
	if s.tee != nil {
		s.tee.Write(p[:n])
	}
	return n, err
}

// stream reads a part of the archive in order, each byte once.
type stream struct {
	section
	buf    *bufio.Reader
	jumped bool // some bytes were not read
}

func newStream(src *input, at, end int64) *stream {
	s := &stream{section: section{src: src, at: at, end: end}}
	s.buf = bufio.NewReaderSize(&s.section, int(min(smallSize, max(end-at, 16))))
	return s
}

// pos is the offset of the next byte.
func (s *stream) pos() int64 { return s.at - int64(s.buf.Buffered()) }

// skipTo goes forward to an offset.
func (s *stream) skipTo(to int64) {
	n := to - s.pos()
	if n <= int64(s.buf.Buffered()) {
		s.buf.Discard(int(n)) // cannot fail
		return
	}
	s.at, s.jumped = to, true
	s.buf.Reset(&s.section)
}

// full reads len(p) bytes.
func (s *stream) full(p []byte) error {
	_, err := io.ReadFull(s.buf, p)
	return err
}

// background hashes what is written to it while its caller goes on. It is for one
// goroutine at a time, and must be stopped.
type background struct {
	sum  hash.Hash
	buf  []byte      // to be filled; nil if everything is hashed at once
	full chan []byte // to be hashed
	free chan []byte // hashed
	done chan struct{}
}

const backgroundSize = 128 << 10

// newBackground hashes about size bytes. If these are few, it starts no goroutine.
func newBackground(size int64) *background {
	b := &background{sum: sha256.New()}
	if size <= backgroundSize {
		return b
	}
	b.full, b.free, b.done = make(chan []byte, 2), make(chan []byte, 2), make(chan struct{})
	b.buf = make([]byte, 0, backgroundSize)
	b.free <- make([]byte, 0, backgroundSize)
	b.free <- make([]byte, 0, backgroundSize)
	go func() {
		defer close(b.done)
		for p := range b.full {
			b.sum.Write(p)
			b.free <- p[:0]
		}
	}()
	return b
}

func (b *background) Write(p []byte) (int, error) {
	if b.full == nil {
		return b.sum.Write(p)
	}
	for rest := p; len(rest) > 0; {
		n := min(len(rest), cap(b.buf)-len(b.buf))
		b.buf = append(b.buf, rest[:n]...)
		rest = rest[n:]
		if len(b.buf) == cap(b.buf) {
			b.full <- b.buf
			b.buf = <-b.free
		}
	}
	return len(p), nil
}

// stop waits for the digest of everything that was written. Nothing may be written
// afterwards.
func (b *background) stop() (sum [sha256.Size]byte) {
	if b.full != nil {
		close(b.full)
		<-b.done
		b.sum.Write(b.buf)
	}
	b.sum.Sum(sum[:0])
	return sum
}

// finishWhole makes whole the digest of the whole archive. Without a fault, it has
// seen the entries, and is shown the rest, which must be what was read before.
func (o *opener) finishWhole(sound bool) error {
	compare, from := sound && o.covered, o.dirAt
	if !compare {
		o.whole.stop()
		o.whole, from = newBackground(o.src.size), 0
	}
	rest := sha256.New()
	in := &section{src: o.src, at: from, end: o.src.size, tee: o.whole}
	buf := grown(&o.pump.small, smallSize)
	for {
		if err := o.ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		rest.Write(buf[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return o.src.err
		}
	}
	if compare && !bytes.Equal(rest.Sum(nil), o.ending[:]) {
		return fmt.Errorf("the archive: %w", ErrChanged)
	}
	return nil
}

// window is the compressed data of one entry. Because it can give single bytes,
// a decompressor never takes more of it than it needs.
type window struct {
	buf  *bufio.Reader
	left int64
}

func (w *window) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, io.EOF
	}
	n, err := w.buf.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	return n, err
}

func (w *window) ReadByte() (byte, error) {
	if w.left <= 0 {
		return 0, io.EOF
	}
	b, err := w.buf.ReadByte()
	if err == nil {
		w.left--
	}
	return b, err
}

// A large file is read in chunks of chunkSize, of which two are in memory at a
// time. Smaller ones would spend the time on waking each other's goroutine. A
// file of less than smallSize never needs them.
const (
	smallSize = 32 << 10
	chunkSize = 512 << 10
)

// pump moves the content of files. Of a large file one chunk is read, and hashed
// by the reader, while the one before it is consumed: hashing and writing cost
// about the same, so together they take half the time. A pump is used again to
// use its memory again.
type pump struct {
	small []byte
	large [2][]byte
}

type chunk struct {
	data []byte
	err  error // why nothing follows
}

// each reads r to its end and hands every chunk to do, in order and on the
// calling goroutine; r is not in use any more when it returns. A failing read is
// an *fs.PathError with name.
func (p *pump) each(ctx context.Context, name string, r io.Reader, do func([]byte) error) error {
	consume := func(c chunk) error {
		switch err := ctx.Err(); {
		case err != nil:
			return err
		case c.err != nil && c.err != io.EOF:
			return readError(name, c.err)
		case len(c.data) == 0:
			return nil
		}
		return do(c.data)
	}

	first := fill(ctx, r, grown(&p.small, smallSize))
	if err := consume(first); err != nil || first.err != nil {
		return err
	}

	full, free := make(chan chunk), make(chan []byte, len(p.large))
	for i := range p.large {
		free <- grown(&p.large[i], chunkSize)
	}
	go func() {
		defer close(full)
		for buf := range free {
			c := fill(ctx, r, buf)
			full <- c
			if c.err != nil {
				return
			}
		}
	}()
	var err error
	for c := range full {
		if err = consume(c); err != nil {
			break
		}
		free <- c.data
	}
	close(free)
	for range full { // until the reader has stopped
	}
	return err
}

// grown makes *buf if it was not made before.
func grown(buf *[]byte, size int) []byte {
	if *buf == nil {
		*buf = make([]byte, size)
	}
	return *buf
}

// fill reads until buf is full or nothing follows.
func fill(ctx context.Context, r io.Reader, buf []byte) chunk {
	n, err := 0, error(nil)
	for n < len(buf) && err == nil {
		if err = ctx.Err(); err == nil {
			var m int
			m, err = r.Read(buf[n:])
			n += m
		}
	}
	return chunk{buf[:n], err}
}

func readError(name string, err error) error {
	if errors.Is(err, ErrChanged) {
		return err
	}
	return &fs.PathError{Op: "read", Path: name, Err: err}
}

// digest is what one pass over a content finds out.
type digest struct {
	size int64
	crc  uint32
	sum  hash.Hash
}

func (d *digest) add(p []byte) {
	d.size += int64(len(p))
	d.crc = crc32.Update(d.crc, crc32.IEEETable, p)
	d.sum.Write(p)
}

func (d *digest) sha256() (sum [sha256.Size]byte) {
	d.sum.Sum(sum[:0])
	return sum
}

// hasher digests what is read through it.
type hasher struct {
	digest
	src io.Reader
}

func (h *hasher) Read(p []byte) (int, error) {
	n, err := h.src.Read(p)
	h.add(p[:n])
	return n, err
}

// verifier reads the content of a file a second time and compares it with the
// first.
type verifier struct {
	digest
	want File
	src  io.Reader
	io.Closer
	err error // sticky
}

func newVerifier(f File, src io.ReadCloser) *verifier {
	return &verifier{digest: digest{sum: sha256.New()}, want: f, src: steady.Reader(src), Closer: src}
}

func (v *verifier) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	left := v.want.Size - v.size
	if left == 0 {
		// Look for one byte too many without giving it away.
		var extra [1]byte
		n, err := v.src.Read(extra[:])
		if n > 0 {
			err = &ChangedError{v.want.Name}
		}
		v.err = v.verdict(err)
		return 0, v.err
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := v.src.Read(p)
	v.add(p[:n])
	v.err = v.verdict(err)
	return n, v.err
}

// verdict replaces the end of a changed content, be it that of a file that was cut
// off or grew while it was open.
func (v *verifier) verdict(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, steady.ErrGrew):
		return &ChangedError{v.want.Name}
	case err != io.EOF:
		return err
	}
	if v.size != v.want.Size || v.crc != v.want.CRC32 || v.sha256() != v.want.SHA256 {
		return &ChangedError{v.want.Name}
	}
	return io.EOF
}
