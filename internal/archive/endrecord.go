package archive

import (
	"bytes"
	"fmt"
	"math"
)

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
			o.at(o.src.size, CodeNoEndRecord, "is no zip archive: it has no end record")
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
