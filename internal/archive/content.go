package archive

import (
	"bufio"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// readContent reads the content of an entry once, for its CRC-32, its SHA-256 and
// its true size. It stops one byte after the stated size.
func (o *opener) readContent(in *stream, r *record) error {
	bad := func(code, msg string) { o.reject(r, r.offset, code, msg) }
	raw := &window{in.buf, r.packed}
	if o.digest.sum == nil {
		o.digest.sum = sha256.New()
	}
	d := &o.digest
	d.size, d.crc = 0, 0
	d.sum.Reset()
	var content io.Reader = raw
	ambiguous := endings{off: r.method != methodStored || r.flags&flagDescriptor == 0}
	if r.method == methodDeflate {
		if o.inflate == nil {
			o.inflate = flate.NewReader(raw)
		} else if err := o.inflate.(flate.Resetter).Reset(raw, nil); err != nil {
			return err
		}
		content = o.inflate
	}
	err := o.pump.each(o.ctx, r.name, io.LimitReader(content, max(r.size, r.size+1)), func(p []byte) error {
		d.add(p)
		ambiguous.add(p)
		return nil
	})
	var damaged flate.CorruptInputError
	switch {
	case o.src.err != nil:
		return o.src.err
	case o.ctx.Err() != nil:
		return o.ctx.Err()
	case errors.As(err, &damaged), errors.Is(err, io.ErrUnexpectedEOF):
		bad(CodeDeflate, "compressed data is damaged or cut off")
	case err != nil:
		return err
	case d.size > r.size:
		bad(CodeSize, fmt.Sprintf("content has more than the %d bytes stated", r.size))
	case d.size < r.size:
		bad(CodeSize, fmt.Sprintf("content has %d bytes, not the %d stated", d.size, r.size))
	case raw.left > 0:
		bad(CodeDeflate, fmt.Sprintf("%d bytes after the end of the compressed data", raw.left))
	}
	if ambiguous.found {
		bad(CodeDataDescriptor, "STORED with a data descriptor and with content that looks like the end of it: who reads a stream cannot tell where it ends")
	}
	if !r.rejected && d.crc != r.crc {
		bad(CodeCRC, fmt.Sprintf("content has CRC-32 %08x, not the %08x stated", d.crc, r.crc))
	}
	r.sum = d.sha256()
	return nil
}

// file is the entry as a file of a Set, which reads and checks it again.
func (r *record) file(archive io.ReaderAt) File {
	data, packed, deflated := r.data, r.packed, r.method == methodDeflate
	return File{
		Name: r.name, Size: r.size, CRC32: r.crc, SHA256: r.sum,
		open: func() (io.ReadCloser, error) {
			raw := io.NewSectionReader(archive, data, packed)
			if !deflated {
				return io.NopCloser(raw), nil
			}
			return flate.NewReader(bufio.NewReader(raw)), nil
		},
	}
}
