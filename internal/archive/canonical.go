package archive

import (
	"bytes"
	"cmp"
	"fmt"
)

func compareNames(a, b entry) int { return cmp.Compare(a.Name, b.Name) }

// entry is what the writer would make of the record if it had its offset.
func (r *record) entry() *entry {
	return &entry{File{Name: r.name, Size: r.size, CRC32: r.crc}, r.offset}
}

// compareCentral notes how a central header differs from the writer's.
func (o *opener) compareCentral(r *record, raw []byte) {
	if o.want = r.entry().appendCentral(o.want[:0]); bytes.Equal(raw, o.want) {
		return
	}
	what := "has a header that is encoded in another way"
	switch {
	case r.isDir():
		what = "is a directory entry"
	case r.method != methodStored:
		what = "is compressed"
	case r.time != dosTime || r.date != dosDate:
		what = "has a time other than 1980-01-01 00:00:00"
	case r.attrs != regularFileMode0644:
		what = fmt.Sprintf("has attributes %#x, not those of mode 0644", r.attrs)
	case le.Uint16(raw[32:]) > 0:
		what = "has a comment"
	case le.Uint16(raw[30:]) > 0:
		what = "has extra fields"
	}
	o.differs(printable(r.name) + " " + what)
}

// compareLocal notes how a local header differs from the writer's.
func (o *opener) compareLocal(r *record, raw []byte) {
	if o.want = r.entry().appendLocal(o.want[:0]); !bytes.Equal(raw, o.want) {
		o.differs(printable(r.name) + " has a local header that is encoded in another way")
	}
}

// compareEnd notes how the end records and the places of the files differ from
// the writer's. Together with the two before it, it has then compared every byte:
// the contents are those of the files because they lie at the same places.
func (o *opener) compareEnd(s *Set, offsets []int64, end *ending) {
	for i, e := range s.entries {
		if offsets[i] != e.offset {
			o.differs(printable(e.Name) + " does not lie in the order of the names")
			return
		}
	}
	o.want = s.appendEnd(o.want[:0], end.dirEnd)
	switch {
	case end.comment:
		o.differs("has a comment")
	case s.dirAt != end.dirAt || !bytes.Equal(end.raw, o.want):
		o.differs("has end records that are encoded in another way")
	}
}
