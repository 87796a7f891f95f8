package archive

import (
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"io"
)

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
	src  io.ReadCloser
	err  error // sticky
}

func newVerifier(f File, src io.ReadCloser) *verifier {
	return &verifier{digest: digest{sum: sha256.New()}, want: f, src: src}
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

// verdict replaces the io.EOF of a changed content.
func (v *verifier) verdict(err error) error {
	if err != io.EOF {
		return err
	}
	if v.size != v.want.Size || v.crc != v.want.CRC32 || v.sha256() != v.want.SHA256 {
		return &ChangedError{v.want.Name}
	}
	return io.EOF
}

func (v *verifier) Close() error { return v.src.Close() }
