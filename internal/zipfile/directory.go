package zipfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
)

// readDirectory parses the central directory as a stream. It reports false when
// the entries cannot be told.
func (o *opener) readDirectory(end *ending) (bool, error) {
	in := newStream(o.src, end.dirAt, end.dirEnd)
	digest := sha256.New()
	if o.whole != nil {
		in.tee = digest
	}
	most := min(end.entries, (end.dirEnd-end.dirAt)/centralLen)
	o.entries, o.records = make([]entry, 0, most), make([]record, 0, most)
	source := &archive{o.src.r}
	var scratch []byte
	for range end.entries {
		if err := o.ctx.Err(); err != nil {
			return false, err
		}
		var ok bool
		if scratch, ok = o.readCentral(in, source, scratch); !ok {
			return false, o.src.err
		}
	}
	if left := end.dirEnd - in.pos(); left > 0 {
		o.at(in.pos(), CodeDirectory, fmt.Sprintf("%d bytes after the last of %d entries", left, end.entries))
		return false, nil
	}
	digest.Write(end.raw)
	digest.Sum(o.ending[:0])
	o.dirAt = end.dirAt
	return true, nil
}

// readCentral parses one central header (APPNOTE 4.3.12).
func (o *opener) readCentral(in *stream, source *archive, b []byte) ([]byte, bool) {
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
	name := b[centralLen:][:nameLen]
	o.entries = append(o.entries, entry{offset: int64(le.Uint32(b[42:]))})
	o.records = append(o.records, record{entry: &o.entries[len(o.entries)-1], system: b[5], attrs: le.Uint32(b[38:]), central: at})
	r := &o.records[len(o.records)-1]
	r.parse(b[6:])
	r.Name, r.from, r.deflated = o.names.keep(name), source, r.method == methodDeflate
	bad := func(code, msg string) { o.reject(r, at, code, msg) }
	x := parseExtra(b[centralLen+nameLen:][:extraLen], name, bad)
	if err := x.widen(&r.Size, &r.packed, &r.offset); err != nil {
		bad(CodeBadZip64, err.Error())
	}
	if le.Uint16(b[34:]) != 0 {
		bad(CodeMultiDisk, "entry lies on another disk")
	}
	o.checkRecord(r, bad)
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
		if r.packed != r.Size {
			bad(CodeSize, fmt.Sprintf("STORED with %d bytes out of %d", r.packed, r.Size))
		}
	default:
		bad(CodeMethod, fmt.Sprintf("compression method %d", r.method))
	}
	if r.isDir() && r.Size > 0 {
		bad(CodeDirectoryContent, fmt.Sprintf("directory with %d bytes of content", r.Size))
	}
	nameFaults(r.Name, r.flags&flagUTF8 != 0, o.limits.Name, bad)
	if r.system != unix>>8 && !isASCII(r.Name) {
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
	for i := range o.records {
		r := &o.records[i]
		if r.Size > o.limits.File {
			o.reject(r, r.central, CodeFileTooLarge, fmt.Sprintf("%d bytes, the limit is %d", r.Size, o.limits.File))
		}
		add(&total, r.Size)
		if r.method != methodStored {
			add(&size, r.Size)
			add(&packed, r.packed)
			if o.limits.bomb(r.Size, r.packed) {
				o.reject(r, r.central, CodeRatio, fmt.Sprintf("%d bytes out of %d", r.Size, r.packed))
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

// ending is what the records after the central directory say.
type ending struct {
	raw     []byte // these records and everything after them
	dirAt   int64
	dirEnd  int64
	entries int64
	comment bool
}

var (
	endMagic     = le.AppendUint32(nil, endSignature)
	localMagic   = le.AppendUint32(nil, localSignature)
	centralMagic = le.AppendUint32(nil, centralSignature)
)

// readEnding finds and checks the end record. Without one that can be used it
// returns nil.
func (o *opener) readEnding() (*ending, error) {
	tail := make([]byte, min(o.src.size, zip64EndLen+locatorLen+endLen+math.MaxUint16))
	tailAt := o.src.size - int64(len(tail))
	if _, err := o.src.ReadAt(tail, tailAt); err != nil {
		return nil, err
	}
	i := o.findEnd(tail, tailAt)
	if i < 0 {
		start := tail[:min(len(tail), len(localMagic))]
		if tailAt > 0 {
			start = make([]byte, len(localMagic))
			if _, err := o.src.ReadAt(start, 0); err != nil {
				return nil, err
			}
		}
		if len(start) > 0 && bytes.HasPrefix(start, localMagic[:min(2, len(start))]) {
			o.at(o.src.size, CodeTruncated, "starts like a zip archive and has no end record")
		} else {
			o.at(o.src.size, CodeNoEndRecord, "is not a zip archive: it has no end record")
		}
		return nil, nil
	}
	return o.parseEnd(tail, i, tailAt)
}

// findEnd returns the index of the end record in the tail, or -1. Readers search
// it backwards, and differ in which signatures they pass over, so there must be
// one only that can be meant.
func (o *opener) findEnd(tail []byte, tailAt int64) int {
	if len(tail) < endLen {
		return -1
	}
	i := bytes.LastIndex(tail[:len(tail)-endLen+len(endMagic)], endMagic)
	if i < 0 {
		return -1
	}
	at := tailAt + int64(i)
	rest := len(tail) - i - endLen
	switch comment := int(le.Uint16(tail[i+endLen-2:])); {
	case comment > rest:
		o.at(at, CodeTruncated, "the archive comment is cut off")
	case comment < rest:
		o.at(at+endLen+int64(comment), CodeTrailingData, fmt.Sprintf("%d bytes after the end record", rest-comment))
	case comment > 0 && bytes.Contains(tail[i+1:], endMagic):
		o.at(at, CodeComment, "the archive comment has the signature of an end record")
	}
	for j := bytes.LastIndex(tail[:i], endMagic); j >= 0; j = bytes.LastIndex(tail[:j], endMagic) {
		if j+endLen+int(le.Uint16(tail[j+endLen-2:])) == len(tail) {
			o.at(tailAt+int64(j), CodeTwoEndRecords, "a second end record claims to end the archive")
			break
		}
	}
	return i
}

func (o *opener) parseEnd(tail []byte, i int, tailAt int64) (*ending, error) {
	end, at := tail[i:], tailAt+int64(i)
	if le.Uint16(end[4:]) != 0 || le.Uint16(end[6:]) != 0 || le.Uint16(end[8:]) != le.Uint16(end[10:]) {
		o.at(at, CodeMultiDisk, "the end record speaks of several disks")
	}
	count, dirSize, dirAt := uint64(le.Uint16(end[10:])), uint64(le.Uint32(end[12:])), uint64(le.Uint32(end[16:]))
	wide := i >= locatorLen && le.Uint32(tail[i-locatorLen:]) == zip64LocatorSig
	e := &ending{raw: end, dirEnd: at, comment: le.Uint16(end[endLen-2:]) > 0}
	switch {
	case wide && i < locatorLen+zip64EndLen:
		o.at(at-locatorLen, CodeBadZip64, "no room for the Zip64 end record")
		return nil, nil
	case wide:
		e.raw, e.dirEnd = tail[i-locatorLen-zip64EndLen:], at-locatorLen-zip64EndLen
		small := [3]uint64{count, dirSize, dirAt}
		if msg := checkWide(e.raw, e.dirEnd, small); msg != "" {
			o.at(e.dirEnd, CodeBadZip64, msg)
			return nil, nil
		}
		count, dirSize, dirAt = le.Uint64(e.raw[32:]), le.Uint64(e.raw[40:]), le.Uint64(e.raw[48:])
	case dirSize == math.MaxUint32 || dirAt == math.MaxUint32:
		o.at(at, CodeBadZip64, "the Zip64 end record is missing")
		return nil, nil
	}
	return o.place(e, at, count, dirSize, dirAt)
}

// checkWide says what is wrong with the Zip64 end record and its locator. Some
// readers use them always and some only where a small field holds all ones, so
// all other small fields must say the same.
func checkWide(b []byte, at int64, small [3]uint64) string {
	locator := b[zip64EndLen:]
	switch {
	case le.Uint32(b) != zip64EndSignature || le.Uint64(locator[8:]) != uint64(at):
		return "the Zip64 end record is not where its locator says"
	case le.Uint64(b[4:]) != zip64EndRest:
		return "the Zip64 end record has another size"
	case le.Uint16(b[14:]) > version45:
		return "the Zip64 end record needs a newer reader"
	case le.Uint32(b[16:]) != 0, le.Uint32(b[20:]) != 0, le.Uint64(b[24:]) != le.Uint64(b[32:]),
		le.Uint32(locator[4:]) != 0, le.Uint32(locator[16:]) != 1:
		return "the Zip64 end record speaks of several disks"
	}
	needed := false
	for i, ones := range [3]uint64{math.MaxUint16, math.MaxUint32, math.MaxUint32} {
		needed = needed || le.Uint64(b[32+8*i:]) >= ones
		if small[i] != ones && small[i] != le.Uint64(b[32+8*i:]) {
			return "the end record contradicts the Zip64 end record"
		}
	}
	if !needed {
		return "no field needs the Zip64 end record"
	}
	return ""
}

// place checks that the directory lies directly before the end records.
func (o *opener) place(e *ending, at int64, count, dirSize, dirAt uint64) (*ending, error) {
	end := uint64(e.dirEnd)
	switch {
	case dirSize > end || dirAt > end || dirAt+dirSize > end:
		o.at(at, CodeTruncated, "the central directory is not before the end record")
		return nil, nil
	case dirAt+dirSize < end:
		code, msg := CodeGap, "%d bytes between the central directory and the end record"
		if dirSize >= uint64(len(centralMagic)) {
			start := make([]byte, len(centralMagic))
			if _, err := o.src.ReadAt(start, int64(end-dirSize)); err != nil {
				return nil, err
			}
			if bytes.Equal(start, centralMagic) {
				code, msg = CodeLeadingData, "%d bytes before the archive: all offsets are off by that"
			}
		}
		o.at(0, code, fmt.Sprintf(msg, end-dirAt-dirSize))
		return nil, nil
	case count > uint64(o.limits.Entries):
		o.at(at, CodeTooManyEntries, fmt.Sprintf("claims %d entries, the limit is %d", count, o.limits.Entries))
		return nil, nil
	case dirSize > uint64(o.limits.Directory):
		o.at(at, CodeDirectoryTooLarge, fmt.Sprintf("central directory of %d bytes, the limit is %d", dirSize, o.limits.Directory))
		return nil, nil
	}
	e.dirAt, e.entries = int64(dirAt), int64(count)
	return e, nil
}

// endings looks in the content of a STORED entry with a data descriptor for what
// a reader of streams would take for its end: the signature of a record. Without
// one, all readers find the same end.
type endings struct {
	off   bool
	found bool
	tail  []byte // the last bytes before p
}

const signatureLen = 4

func (e *endings) add(p []byte) {
	if e.off || e.found {
		return
	}
	head := append(e.tail, p[:min(len(p), signatureLen-1)]...)
	e.found = hasSignature(head) || hasSignature(p)
	if len(p) >= signatureLen-1 {
		head = p
	}
	e.tail = append([]byte(nil), head[max(0, len(head)-(signatureLen-1)):]...)
}

// hasSignature looks for "PK" and two numbers as all records have them.
func hasSignature(p []byte) bool {
	for {
		i := bytes.Index(p, []byte("PK"))
		if i < 0 || i+signatureLen > len(p) {
			return false
		}
		if p[i+2] < 0x10 && p[i+3] < 0x10 {
			return true
		}
		p = p[i+2:]
	}
}

const (
	flagEncrypted  = 1 << 0
	flagLevel      = 3 << 1 // how hard the compressor tried
	flagDescriptor = 1 << 3
	flagStrong     = 1 << 6
	flagMasked     = 1 << 13 // the local header hides values

	methodDeflate = 8

	localLen    = 30
	centralLen  = 46
	endLen      = 22
	zip64EndLen = 56
	locatorLen  = 20
)

// record is an entry as one of its headers states it: the central one, or the local.
type record struct {
	// What there is more to say about the entry is dropped after the check. The SHA-256
	// of its content is what was found.
	*entry

	version, flags, method, time, date uint16 // the version is the one that is needed

	// Of the central header only:
	system   uint8  // that made the entry
	rejected bool   // has a fault
	attrs    uint32 // external
	central  int64  // offset of the header
}

func (r *record) isDir() bool { return isDir(r.Name) }

// parse reads from the version needed to the sizes, which stand in both headers in this
// order.
func (r *record) parse(b []byte) {
	r.version = le.Uint16(b)
	r.flags = le.Uint16(b[2:])
	r.method = le.Uint16(b[4:])
	r.time = le.Uint16(b[6:])
	r.date = le.Uint16(b[8:])
	r.CRC32 = le.Uint32(b[10:])
	r.packed = int64(le.Uint32(b[14:]))
	r.Size = int64(le.Uint32(b[18:]))
}

// texts keeps many short texts in few pieces of memory.
type texts struct {
	piece strings.Builder // whose bytes stay where they are, because it does not grow
}

func (t *texts) keep(text []byte) string {
	const pieceSize = 16 << 10
	if t.piece.Cap()-t.piece.Len() < len(text) {
		t.piece = strings.Builder{}
		t.piece.Grow(max(pieceSize, len(text)))
	}
	at := t.piece.Len()
	t.piece.Write(text)
	return t.piece.String()[at:]
}

const (
	extraNTFS        = 0x000a // times
	extraTimes       = 0x5455 // times
	extraUnixOld     = 0x5855 // times, user
	extraUnix2       = 0x7855 // user
	extraUnix3       = 0x7875 // user
	extraUnicodeNote = 0x6375 // comment
	extraUnicodePath = 0x7075 // another name
	extraJava        = 0xcafe // made by jar; empty
)

// extras are the extra fields of one header that change how it reads.
type extras struct {
	zip64 []byte
	has64 bool
}

// parseExtra walks the extra fields of a header. Only those are let through that
// no reader can take for another name, type or content.
func parseExtra(b, name []byte, bad func(code, msg string)) (x extras) {
	if len(b) == 0 {
		return x
	}
	seen := map[uint16]bool{}
	for len(b) > 0 {
		if len(b) < 4 || len(b)-4 < int(le.Uint16(b[2:])) {
			bad(CodeExtra, "extra field is cut off")
			return x
		}
		id, value := le.Uint16(b), b[4:4+le.Uint16(b[2:])]
		b = b[4+len(value):]
		if seen[id] {
			bad(CodeExtra, fmt.Sprintf("extra field %#04x is there twice", id))
			return x
		}
		seen[id] = true
		switch id {
		case zip64Extra:
			x.zip64, x.has64 = value, true
		case extraNTFS, extraTimes, extraUnixOld, extraUnix2, extraUnix3, extraUnicodeNote, extraJava:
		case extraUnicodePath:
			if len(value) < 5 || value[0] != 1 || !bytes.Equal(value[5:], name) ||
				le.Uint32(value[1:]) != crc32.ChecksumIEEE(name) {
				bad(CodeNameRename, "an extra field gives the entry another name")
			}
		default:
			bad(CodeExtra, fmt.Sprintf("unknown extra field %#04x", id))
		}
	}
	return x
}

var (
	errZip64         = errors.New("Zip64 field does not fit the header")
	errZip64Needless = errors.New("no value needs the Zip64 field")
)

// widen replaces the values whose 32-bit field holds all ones by those of the
// Zip64 field, which must have exactly these (APPNOTE 4.5.3).
func (x extras) widen(values ...*int64) error {
	field, needed, large := x.zip64, false, false
	for _, v := range values {
		if *v != math.MaxUint32 {
			continue
		}
		needed = true
		if len(field) < 8 {
			return errZip64
		}
		wide := le.Uint64(field)
		if wide > math.MaxInt64 {
			return errZip64
		}
		large = large || wide >= math.MaxUint32
		*v, field = int64(wide), field[8:]
	}
	if len(field) > 0 || x.has64 != needed {
		return errZip64
	}
	if needed && !large { // some readers take it all the same, and some do not
		return errZip64Needless
	}
	return nil
}
