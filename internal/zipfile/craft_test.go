package zipfile

import (
	"bytes"
	"compress/flate"
	"hash/crc32"
	"slices"
	"strings"
)

// crafted is an archive of which every field can be made to lie.
type crafted struct {
	lead    string // before the first record
	entries []part64
	beforeC string // before the central directory
	afterC  string // behind it
	end     func(*rawEnd)
	tail    string // behind the end record
	reverse bool   // order of the central directory
	wide    bool   // with Zip64 end records
	locator func(b []byte)
	wideEnd func(b []byte)
}

// part64 is one entry of it. Its fields are those of a good entry unless local or
// central change them.
type part64 struct {
	name    string
	content string
	deflate bool
	both    func(*rawHeader) // changes both headers
	local   func(*rawHeader)
	central func(*rawHeader)
	packed  []byte // the data as it lies in the archive, nil: made of content
	after   string // behind the data
}

type rawHeader struct {
	signature                        uint32
	madeBy, version                  uint16
	flags, method, time, date        uint16
	crc, packed, size                uint32
	name, extra, comment             string
	disk, internal                   uint16
	attrs, offset                    uint32
	nameLen, extraLen, commentLenAdd int // added to the true lengths
}

type rawEnd struct {
	signature           uint32
	disk, dirDisk       uint16
	here, count         uint16
	dirSize, dirAt      uint32
	comment             string
	commentLen          int // added to the true length
	wideCount, wideSize uint64
	wideAt              uint64
}

func (h rawHeader) common(b []byte) []byte {
	for _, v := range []uint16{h.version, h.flags, h.method, h.time, h.date} {
		b = le.AppendUint16(b, v)
	}
	for _, v := range []uint32{h.crc, h.packed, h.size} {
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint16(b, uint16(len(h.name)+h.nameLen))
	return le.AppendUint16(b, uint16(len(h.extra)+h.extraLen))
}

func deflated(content string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	w.Write([]byte(content))
	w.Close()
	return b.Bytes()
}

// bytes builds the archive.
func (c crafted) bytes() []byte {
	b := []byte(c.lead)
	var centrals []rawHeader
	for _, e := range c.entries {
		packed := e.packed
		h := rawHeader{madeBy: unix | version20, version: version20, date: dosDate, name: e.name,
			crc: crc32.ChecksumIEEE([]byte(e.content)), size: uint32(len(e.content)), attrs: regularFileMode0644}
		switch {
		case packed != nil:
		case e.deflate:
			packed = deflated(e.content)
		default:
			packed = []byte(e.content)
		}
		if e.deflate {
			h.method = methodDeflate
		}
		if strings.HasSuffix(e.name, "/") {
			h.attrs = 0o40755<<16 | 0x10
		}
		h.packed, h.offset = uint32(len(packed)), uint32(len(b))
		if !isASCII(e.name) {
			h.flags = flagUTF8
		}
		local, central := h, h
		local.signature, central.signature = localSignature, centralSignature
		change(&local, e.both, e.local)
		change(&central, e.both, e.central)
		centrals = append(centrals, central)
		b = local.common(le.AppendUint32(b, local.signature))
		b = append(append(b, local.name+local.extra...), packed...)
		b = append(b, e.after...)
	}
	b = append(b, c.beforeC...)
	if c.reverse {
		slices.Reverse(centrals)
	}
	dirAt := len(b)
	for _, h := range centrals {
		b = le.AppendUint16(le.AppendUint32(b, h.signature), h.madeBy)
		b = h.common(b)
		for _, v := range []uint16{uint16(len(h.comment) + h.commentLenAdd), h.disk, h.internal} {
			b = le.AppendUint16(b, v)
		}
		b = le.AppendUint32(le.AppendUint32(b, h.attrs), h.offset)
		b = append(b, h.name+h.extra+h.comment...)
	}
	return c.appendEnds(append(b, c.afterC...), dirAt, len(b)-dirAt, len(centrals))
}

func change(h *rawHeader, how ...func(*rawHeader)) {
	for _, f := range how {
		if f != nil {
			f(h)
		}
	}
}

func (c crafted) appendEnds(b []byte, dirAt, dirSize, count int) []byte {
	e := rawEnd{signature: endSignature, here: uint16(count), count: uint16(count),
		dirSize: uint32(dirSize), dirAt: uint32(dirAt),
		wideCount: uint64(count), wideSize: uint64(dirSize), wideAt: uint64(dirAt)}
	if c.wide {
		e.here, e.count, e.dirSize, e.dirAt = 0xffff, 0xffff, max32, max32
	}
	if c.end != nil {
		c.end(&e)
	}
	if c.wide {
		at := uint64(len(b))
		w := le.AppendUint64(le.AppendUint32(nil, zip64EndSignature), zip64EndRest)
		w = append(w, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		for _, v := range []uint64{e.wideCount, e.wideCount, e.wideSize, e.wideAt} {
			w = le.AppendUint64(w, v)
		}
		l := le.AppendUint64(le.AppendUint64(nil, zip64LocatorSig), at) // and disk 0
		l = le.AppendUint32(l, 1)
		if c.wideEnd != nil {
			c.wideEnd(w)
		}
		if c.locator != nil {
			c.locator(l)
		}
		b = append(append(b, w...), l...)
	}
	b = le.AppendUint32(b, e.signature)
	for _, v := range []uint16{e.disk, e.dirDisk, e.here, e.count} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(le.AppendUint32(b, e.dirSize), e.dirAt)
	b = le.AppendUint16(b, uint16(len(e.comment)+e.commentLen))
	return append(append(b, e.comment...), c.tail...)
}

// extra is an extra field.
func extra(id uint16, value string) string {
	b := le.AppendUint16(le.AppendUint16(nil, id), uint16(len(value)))
	return string(b) + value
}

// wide is the value of a Zip64 extra field.
func wide(values ...uint64) string {
	var b []byte
	for _, v := range values {
		b = le.AppendUint64(b, v)
	}
	return string(b)
}

// trailer is a data descriptor.
func trailer(content string, packed int) string {
	b := le.AppendUint32(nil, descriptorMagic)
	b = le.AppendUint32(b, crc32.ChecksumIEEE([]byte(content)))
	b = le.AppendUint32(b, uint32(packed))
	return string(le.AppendUint32(b, uint32(len(content))))
}
