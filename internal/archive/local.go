package archive

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// readEntries goes through the entries in the order in which they lie in the
// archive and checks that they cover it without gap or overlap, that their local
// headers say what the central ones do, and that the contents are what both say.
// No byte is read twice, so overlapping entries cannot multiply the work.
func (o *opener) readEntries(end *ending) error {
	order := slices.Clone(o.records)
	slices.SortFunc(order, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.at, b.at))
	})
	in := newStream(o.src, 0, end.dirAt)
	var pos int64 // where the next entry must be
	for i, r := range order {
		if err := o.ctx.Err(); err != nil {
			return err
		}
		bound := end.dirAt
		if i+1 < len(order) {
			bound = min(bound, order[i+1].offset)
		}
		switch {
		case r.offset >= end.dirAt:
			o.reject(r, r.at, CodeOverlap, "entry lies in the central directory or behind it")
			continue
		case r.offset < pos:
			o.reject(r, r.offset, CodeOverlap, "entry overlaps the one before it")
			continue
		case r.offset > pos:
			o.gap(pos, r.offset)
		}
		in.skipTo(r.offset)
		var err error
		if pos, err = o.readEntry(in, r, bound); err != nil {
			return err
		}
	}
	if pos < end.dirAt {
		o.gap(pos, end.dirAt)
	}
	return nil
}

func (o *opener) gap(from, to int64) {
	if from == 0 {
		o.at(0, CodeLeadingData, fmt.Sprintf("%d bytes before the first record", to))
		return
	}
	o.at(from, CodeGap, fmt.Sprintf("%d bytes between two records", to-from))
}

// readEntry reads an entry that must end at bound or before it, and returns where
// it ends.
func (o *opener) readEntry(in *stream, r *record, bound int64) (int64, error) {
	local, descriptorLen, err := o.readLocal(in, r, bound)
	if err != nil || local == 0 {
		return bound, err
	}
	r.data = r.offset + local
	if room := bound - r.data; r.packed > room || int64(descriptorLen) > room-r.packed {
		o.reject(r, r.offset, CodeOverlap, "entry overlaps what comes after it")
		return bound, nil
	}
	end := r.data + r.packed + int64(descriptorLen)
	if r.rejected || o.stop {
		return end, nil
	}
	if err := o.readContent(in, r); err != nil {
		return 0, err
	}
	if descriptorLen > 0 {
		in.skipTo(r.data + r.packed)
		return end, o.readDescriptor(in, r, descriptorLen)
	}
	return end, nil
}

// readLocal compares the local header (APPNOTE 4.3.7) with the central one. It
// returns its length, 0 without one, and that of the data descriptor.
func (o *opener) readLocal(in *stream, r *record, bound int64) (length int64, descriptorLen int, err error) {
	bad := func(code, msg string) { o.reject(r, r.offset, code, msg) }
	room := bound - r.offset
	if room < localLen {
		bad(CodeOverlap, "no room for a local header")
		return 0, 0, nil
	}
	b := grow(o.local, localLen)
	if err := in.full(b); err != nil {
		return 0, 0, err
	}
	if !bytes.HasPrefix(b, localMagic) {
		bad(CodeLocalMismatch, "no local header where the central directory says")
		return 0, 0, nil
	}
	nameLen, extraLen := int(le.Uint16(b[26:])), int(le.Uint16(b[28:]))
	if room-localLen < int64(nameLen)+int64(extraLen) {
		bad(CodeOverlap, "local header overlaps what comes after it")
		return 0, 0, nil
	}
	b = grow(b, localLen+nameLen+extraLen)
	o.local = b
	if err := in.full(b[localLen:]); err != nil {
		return 0, 0, err
	}
	h := parseHeader(b[4:])
	h.packed, h.size = int64(le.Uint32(b[18:])), int64(le.Uint32(b[22:]))
	h.name = string(b[localLen:][:nameLen])
	x := parseExtra(b[localLen+nameLen:], h.name, bad)
	descriptorLen = descriptor(h.flags, x)
	if x.has64 && len(x.zip64) != 16 {
		bad(CodeBadZip64, "local Zip64 field must have both sizes")
	} else if err := x.widen(&h.size, &h.packed); err != nil {
		bad(CodeBadZip64, err.Error())
	}
	if h.version > version45 {
		bad(CodeVersion, fmt.Sprintf("entry needs version %d", h.version))
	}
	if fields := mismatches(r.header, h); len(fields) > 0 {
		bad(CodeLocalMismatch, "local and central header disagree about "+strings.Join(fields, ", "))
	}
	if o.reason == "" {
		o.compareLocal(r, b)
	}
	return int64(len(b)), descriptorLen, nil
}

// mismatches names the fields that differ. The version needed may: it depends on
// which fields need Zip64.
func mismatches(central, local header) (fields []string) {
	later := local.flags&flagDescriptor != 0 // the values follow the data
	add := func(ok bool, field string) {
		if !ok {
			fields = append(fields, field)
		}
	}
	add(central.name == local.name, "the name")
	add(central.flags == local.flags, "the flags")
	add(central.method == local.method, "the method")
	add(central.time == local.time && central.date == local.date, "the time")
	add(central.crc == local.crc || later && local.crc == 0, "the CRC-32")
	add(central.packed == local.packed || later && local.packed == 0, "the compressed size")
	add(central.size == local.size || later && local.size == 0, "the size")
	return fields
}
