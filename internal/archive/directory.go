package archive

import (
	"bytes"
	"fmt"
	"math"
)

// readDirectory parses the central directory as a stream. It reports false when
// the entries cannot be told.
func (o *opener) readDirectory(end *ending) (bool, error) {
	in := newStream(o.src, end.dirAt, end.dirEnd)
	var scratch []byte
	for range end.entries {
		if err := o.ctx.Err(); err != nil {
			return false, err
		}
		var ok bool
		if scratch, ok = o.readCentral(in, scratch); !ok {
			return false, o.src.err
		}
	}
	if left := end.dirEnd - in.pos(); left > 0 {
		o.at(in.pos(), CodeDirectory, fmt.Sprintf("%d bytes after the last of %d entries", left, end.entries))
		return false, nil
	}
	return true, nil
}

// readCentral parses one central header (APPNOTE 4.3.12).
func (o *opener) readCentral(in *stream, b []byte) ([]byte, bool) {
	at := in.pos()
	b = grow(b, centralLen)
	if in.full(b) != nil {
		o.at(at, CodeDirectory, "central directory ends within a header")
		return b, false
	}
	if !bytes.HasPrefix(b, centralMagic) {
		o.at(at, CodeDirectory, "no central header where one must be")
		return b, false
	}
	nameLen, extraLen, noteLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	b = grow(b, centralLen+nameLen+extraLen+noteLen)
	if in.full(b[centralLen:]) != nil {
		o.at(at, CodeDirectory, "central directory ends within a header")
		return b, false
	}
	r := &record{header: parseHeader(b[6:]), system: b[5], attrs: le.Uint32(b[38:]), at: at}
	r.packed, r.size = int64(le.Uint32(b[20:])), int64(le.Uint32(b[24:]))
	r.offset = int64(le.Uint32(b[42:]))
	r.name = string(b[centralLen:][:nameLen])
	bad := func(code, msg string) { o.reject(r, at, code, msg) }
	x := parseExtra(b[centralLen+nameLen:][:extraLen], r.name, bad)
	if err := x.widen(&r.size, &r.packed, &r.offset); err != nil {
		bad(CodeBadZip64, err.Error())
	}
	if le.Uint16(b[34:]) != 0 {
		bad(CodeMultiDisk, "entry lies on another disk")
	}
	o.checkRecord(r, bad)
	o.records = append(o.records, r)
	if o.reason == "" {
		o.compareCentral(r, b)
	}
	return b, true
}

// grow returns a slice of n bytes that starts with b.
func grow(b []byte, n int) []byte {
	if n <= cap(b) {
		return b[:n]
	}
	return append(make([]byte, 0, n), b...)[:n]
}

// checkRecord checks what a central header says for itself.
func (o *opener) checkRecord(r *record, bad func(code, msg string)) {
	if r.flags&(flagEncrypted|flagStrong|flagMasked) != 0 {
		bad(CodeEncrypted, "entry is encrypted")
	}
	known := uint16(flagEncrypted | flagStrong | flagMasked | flagLevel | flagDescriptor | flagUTF8)
	if r.flags&^known != 0 {
		bad(CodeFlags, fmt.Sprintf("unknown flags %#04x", r.flags&^known))
	}
	if r.version > version45 {
		bad(CodeVersion, fmt.Sprintf("entry needs version %d", r.version))
	}
	switch r.method {
	case methodDeflate:
	case methodStored:
		if r.packed != r.size {
			bad(CodeSize, fmt.Sprintf("STORED with %d bytes out of %d", r.packed, r.size))
		}
	default:
		bad(CodeMethod, fmt.Sprintf("compression method %d", r.method))
	}
	if r.isDir() && r.size > 0 {
		bad(CodeDirectoryContent, fmt.Sprintf("directory with %d bytes of content", r.size))
	}
	nameFaults(r.name, r.flags&flagUTF8 != 0, o.limits.Name, bad)
	if r.system != unix>>8 && !isASCII(r.name) {
		bad(CodeNameUTF8, "name is not ASCII and made by a system other than Unix: some readers convert it")
	}
	checkAttributes(r, bad)
}

// checkAttributes takes the upper half of the attributes for a Unix mode,
// whichever system they claim to come from, because some readers do.
func checkAttributes(r *record, bad func(code, msg string)) {
	const (
		typeMask, pipe, char, directory, block, regular, link, socket = 0xf000, 0x1000, 0x2000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000
		special                                                       = 0o7000
		dosVolume, dosDirectory                                       = 0x08, 0x10
	)
	mode := r.attrs >> 16
	switch mode & typeMask {
	case 0:
	case regular:
		if r.isDir() {
			bad(CodeMode, "name of a directory, mode of a file")
		}
	case directory:
		if !r.isDir() {
			bad(CodeMode, "name of a file, mode of a directory")
		}
	case link:
		bad(CodeSymlink, "symbolic link")
	case pipe, char, block, socket:
		bad(CodeDevice, "device, pipe or socket")
	default:
		bad(CodeMode, fmt.Sprintf("unknown file type %#04x", mode&typeMask))
	}
	if mode&special != 0 {
		bad(CodeMode, "setuid, setgid or sticky bit")
	}
	if r.attrs&dosVolume != 0 || r.attrs&dosDirectory != 0 && !r.isDir() {
		bad(CodeMode, "DOS attributes of a directory or volume, name of a file")
	}
}

// checkSizes compares the sizes that the directory claims with the limits. Later
// nothing is read beyond them, so it does not matter whether they are true.
func (o *opener) checkSizes() {
	var total, size, packed int64
	add := func(sum *int64, n int64) { *sum += min(n, math.MaxInt64-*sum) }
	for _, r := range o.records {
		if r.size > o.limits.File {
			o.reject(r, r.at, CodeFileTooLarge, fmt.Sprintf("%d bytes, the limit is %d", r.size, o.limits.File))
		}
		add(&total, r.size)
		if r.method != methodStored {
			add(&size, r.size)
			add(&packed, r.packed)
			if o.limits.bomb(r.size, r.packed) {
				o.reject(r, r.at, CodeRatio, fmt.Sprintf("%d bytes out of %d", r.size, r.packed))
			}
		}
	}
	if total > o.limits.Total {
		o.at(0, CodeTotalTooLarge, fmt.Sprintf("%d bytes in all files, the limit is %d", total, o.limits.Total))
		o.stop = true
	}
	if o.limits.bomb(size, packed) {
		o.at(0, CodeRatio, fmt.Sprintf("%d bytes in all compressed files out of %d", size, packed))
		o.stop = true
	}
}
