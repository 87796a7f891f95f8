package archive

import (
	"crypto/sha256"
	"strings"
)

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

// header is what both headers of an entry state.
type header struct {
	version uint16 // needed
	flags   uint16
	method  uint16
	time    uint16
	date    uint16
	crc     uint32
	packed  int64 // compressed size
	size    int64
	name    string
}

// record is an entry as the central directory states it.
type record struct {
	header
	system   uint8  // that made the entry
	attrs    uint32 // external
	offset   int64  // of the local header
	at       int64  // of the central header
	data     int64  // offset of the content, once the local header is read
	sum      [sha256.Size]byte
	rejected bool // has a fault
}

func (r *record) isDir() bool { return strings.HasSuffix(r.name, "/") }

// path is the name without the slash that marks a directory.
func (r *record) path() string { return strings.TrimSuffix(r.name, "/") }

// parseHeader reads from the version needed to the CRC-32, which stand in both
// headers in this order.
func parseHeader(b []byte) header {
	return header{
		version: le.Uint16(b),
		flags:   le.Uint16(b[2:]),
		method:  le.Uint16(b[4:]),
		time:    le.Uint16(b[6:]),
		date:    le.Uint16(b[8:]),
		crc:     le.Uint32(b[10:]),
	}
}
