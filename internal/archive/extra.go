package archive

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

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
func parseExtra(b []byte, name string, bad func(code, msg string)) (x extras) {
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
			if len(value) < 5 || value[0] != 1 || string(value[5:]) != name ||
				le.Uint32(value[1:]) != crc32.ChecksumIEEE([]byte(name)) {
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
