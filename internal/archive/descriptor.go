package archive

// descriptorMagic starts a data descriptor in practice; APPNOTE 4.3.9 lets
// writers leave it out, which readers cannot notice safely.
const descriptorMagic = 0x08074b50

// descriptor is the length of the data descriptor that the local header
// announces. Its sizes have 64 bits if there is a Zip64 field (APPNOTE 4.3.9.2).
func descriptor(flags uint16, x extras) int {
	switch {
	case flags&flagDescriptor == 0:
		return 0
	case x.has64:
		return 24
	}
	return 16
}

// readDescriptor compares the data descriptor after the data with the header.
func (o *opener) readDescriptor(in *stream, r *record, length int) error {
	b := make([]byte, length)
	at := in.pos()
	if err := in.full(b); err != nil {
		return err
	}
	packed, size := uint64(le.Uint32(b[8:])), uint64(le.Uint32(b[12:]))
	if length > 16 {
		packed, size = le.Uint64(b[8:]), le.Uint64(b[16:])
	}
	if le.Uint32(b) != descriptorMagic || le.Uint32(b[4:]) != r.crc ||
		packed != uint64(r.packed) || size != uint64(r.size) {
		o.reject(r, at, CodeDataDescriptor, "data descriptor is missing or contradicts the header")
	}
	return nil
}
