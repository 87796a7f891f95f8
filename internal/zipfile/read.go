package zipfile

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/steady"
)

// Reader is the reader's own view of an archive: the files that can be trusted to
// be the same for every reader of zip files. It is safe for use by many
// goroutines if the io.ReaderAt behind it is.
type Reader struct {
	set    *Set
	reason string // why the archive is not canonical
}

// Set returns the files of the archive. Their content is read from the archive
// again whenever it is needed, and compared with what [Open] found.
func (r *Reader) Set() *Set { return r.set }

// Canonical reports whether the archive is byte for byte what [Set.Write] makes
// of its files. If not, it says what the first difference is.
func (r *Reader) Canonical() (ok bool, reason string) { return r.reason == "", r.reason }

// Open reads and checks a whole archive of size bytes, each byte about once and
// nothing into memory but the names. It trusts no header.
//
// Any fault means that nothing of the archive may be trusted. The Reader then has
// the files without a fault of their own, so that more can be said about them,
// and is never canonical; it is nil when the files could not be told. Faults are
// in the order of the archive, at most 1000 of them, and then one more that says
// so. An error means that r failed or ctx is done, and is never about the bytes.
//
// # What is refused
//
// What two readers could read differently, and what is unsafe to extract
// (contract-details "Hostile archives"): see the codes. The records must cover
// the archive from its first byte to its last, each byte once; both headers of an
// entry must agree; and so must all 32-bit fields and their Zip64 twins.
//
// # What is valid, but not canonical
//
// Metadata that no reader acts on: other times, versions and permissions;
// comments; the extra fields that hold times, users or a comment; entries in
// another order. Also DEFLATE, data descriptors, entries of empty directories, and
// Zip64 where it is not needed. A STORED entry with a data descriptor is refused
// when its content holds what looks like a record: who reads the archive as a
// stream could then end it there.
func Open(ctx context.Context, r io.ReaderAt, size int64, limits Limits) (*Reader, []Fault, error) {
	reader, faults, err := newOpener(ctx, r, size, limits).run()
	return reader, faults, err
}

// Scan opens an archive as [Open] does, and returns the SHA-256 of its bytes, too. If
// there is no fault, these are the very bytes that were checked: an archive that
// changes meanwhile is an error in which errors.Is finds [ErrChanged].
//
// watch is called for each entry whose content is read, in the order of the archive,
// with its name. What it returns, unless that is nil, gets the content while it is
// hashed, and is closed at its end. It is not closed if the entry has a fault. Errors
// of it are returned as they are. Everything is called on the caller's goroutine.
func Scan(ctx context.Context, r io.ReaderAt, size int64, limits Limits, watch func(name string) io.WriteCloser) (*Reader, []Fault, [sha256.Size]byte, error) {
	o := newOpener(ctx, r, size, limits)
	o.watch = watch
	o.whole = newBackground(size)
	reader, faults, err := o.run()
	if err == nil {
		err = o.finishWhole(len(faults) == 0)
	}
	sum := o.whole.stop()
	if err != nil {
		return nil, nil, sum, err
	}
	return reader, faults, sum, nil
}

func newOpener(ctx context.Context, r io.ReaderAt, size int64, limits Limits) *opener {
	o := &opener{ctx: ctx, src: &input{r: r, size: size}, limits: limits.orDefault()}
	o.pump.small = make([]byte, min(smallSize, max(size, 512))) // no more than a small archive needs
	return o
}

func (o *opener) run() (*Reader, []Fault, error) {
	if o.src.size < 0 {
		return nil, nil, errors.New("archive of negative size")
	}
	reader, err := o.open()
	if err == nil {
		err = o.src.err
	}
	if err == nil {
		err = o.ctx.Err()
	}
	if err != nil {
		return nil, nil, err
	}
	return reader, o.sorted(), nil
}

// opener is the state of one call of Open.
type opener struct {
	faults
	ctx     context.Context
	src     *input
	limits  Limits
	entries []entry  // in the order of the central directory
	records []record // of the entries
	names   texts    // of the entries
	reason  string   // first difference from the canonical form
	stop    bool     // a limit is exceeded: do not read contents

	// For Scan.
	watch   func(name string) io.WriteCloser
	whole   *background       // nil if nobody wants it
	ending  [sha256.Size]byte // of everything behind the entries, from dirAt on
	dirAt   int64
	covered bool // whole has seen everything before dirAt

	// Used again for each entry.
	pump        pump
	content     content
	inflate     io.ReadCloser
	local, want []byte
}

// content is what one reading of the content of an entry feeds.
type content struct {
	raw   window           // the bytes in the archive
	plain io.LimitedReader // what they stand for
	digest
	ambiguous endings
	tee       io.WriteCloser // may be nil
}

// reject adds a fault of one entry.
func (o *opener) reject(r *record, offset int64, code, msg string) {
	r.rejected = true
	o.add(Fault{Code: code, Name: r.Name, Offset: offset, Msg: msg})
}

// differs notes why the archive is not canonical.
func (o *opener) differs(reason string) {
	if o.reason == "" {
		o.reason = reason
	}
}

func (o *opener) open() (*Reader, error) {
	if o.src.size > o.limits.Archive {
		o.at(0, CodeArchiveTooLarge, "the archive is larger than the limit")
		return nil, nil
	}
	end, err := o.readEnding()
	if end == nil || err != nil {
		return nil, err
	}
	if ok, err := o.readDirectory(end); !ok || err != nil {
		return nil, err
	}
	nodes := collisions(len(o.records), func(i int) string { return o.entries[i].Name },
		func(i int, code, msg string) { o.reject(&o.records[i], o.records[i].central, code, msg) })
	if nodes > o.limits.Entries {
		o.at(end.dirAt, CodeTooManyEntries, "more files and directories than the limit")
		o.stop = true
	}
	o.checkSizes()
	if err := o.readEntries(end); err != nil || o.stop {
		return nil, err
	}
	return o.reader(end)
}

// reader makes the result out of the entries without a fault.
func (o *opener) reader(end *ending) (*Reader, error) {
	s := &Set{entries: o.entries[:0]}
	for i := range o.records {
		r := &o.records[i]
		if r.rejected {
			continue
		}
		if r.isDir() {
			o.differs("has the directory entry " + printable(r.Name))
			continue
		}
		s.entries = append(s.entries, *r.entry)
	}
	o.entries, o.records = nil, nil
	if !slices.IsSortedFunc(s.entries, compareNames) {
		o.differs("files are not sorted by name")
		slices.SortFunc(s.entries, compareNames)
	}
	misplaced, err := s.layOut()
	if err != nil {
		return nil, err
	}
	o.compareEnd(s, misplaced, end)
	if len(o.list) > 0 {
		o.reason = "has faults"
	}
	return &Reader{set: s, reason: o.reason}, nil
}

// readEntries goes through the entries in the order in which they lie in the
// archive and checks that they cover it without gap or overlap, that their local
// headers say what the central ones do, and that the contents are what both say.
// No byte is read twice, so overlapping entries cannot multiply the work.
func (o *opener) readEntries(end *ending) error {
	order := make([]*record, len(o.records))
	for i := range order {
		order[i] = &o.records[i]
	}
	slices.SortFunc(order, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.central, b.central))
	})
	in := newStream(o.src, 0, end.dirAt)
	if o.whole != nil {
		in.tee = o.whole
	}
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
			o.reject(r, r.central, CodeOverlap, "entry lies in the central directory or behind it")
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
	o.covered = !in.jumped && in.at == end.dirAt
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
	r.place = r.offset + local
	if room := bound - r.place; r.packed > room || int64(descriptorLen) > room-r.packed {
		o.reject(r, r.offset, CodeOverlap, "entry overlaps what comes after it")
		return bound, nil
	}
	end := r.place + r.packed + int64(descriptorLen)
	if r.rejected || o.stop {
		return end, nil
	}
	if err := o.readContent(in, r); err != nil {
		return 0, err
	}
	if descriptorLen > 0 {
		in.skipTo(r.place + r.packed)
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
	h := record{entry: &entry{}}
	h.parse(b[4:])
	name := b[localLen:][:nameLen]
	x := parseExtra(b[localLen+nameLen:], name, bad)
	descriptorLen = descriptor(h.flags, x)
	if x.has64 && len(x.zip64) != 16 {
		bad(CodeBadZip64, "local Zip64 field must have both sizes")
	} else if err := x.widen(&h.Size, &h.packed); err != nil {
		bad(CodeBadZip64, err.Error())
	}
	if h.version > version45 {
		bad(CodeVersion, fmt.Sprintf("entry needs version %d", h.version))
	}
	if fields := mismatches(r, &h, name); len(fields) > 0 {
		bad(CodeLocalMismatch, "local and central header disagree about "+strings.Join(fields, ", "))
	}
	if o.reason == "" {
		o.compareLocal(r, b)
	}
	return int64(len(b)), descriptorLen, nil
}

// mismatches names the fields that differ. The version needed may: it depends on
// which fields need Zip64.
func mismatches(central, local *record, name []byte) (fields []string) {
	later := local.flags&flagDescriptor != 0 // the values follow the data
	add := func(ok bool, field string) {
		if !ok {
			fields = append(fields, field)
		}
	}
	add(central.Name == string(name), "the name")
	add(central.flags == local.flags, "the flags")
	add(central.method == local.method, "the method")
	add(central.time == local.time && central.date == local.date, "the time")
	add(central.CRC32 == local.CRC32 || later && local.CRC32 == 0, "the CRC-32")
	add(central.packed == local.packed || later && local.packed == 0, "the compressed size")
	add(central.Size == local.Size || later && local.Size == 0, "the size")
	return fields
}

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
	if le.Uint32(b) != descriptorMagic || le.Uint32(b[4:]) != r.CRC32 ||
		packed != uint64(r.packed) || size != uint64(r.Size) {
		o.reject(r, at, CodeDataDescriptor, "data descriptor is missing or contradicts the header")
	}
	return nil
}

// readContent reads the content of an entry once, for its CRC-32, its SHA-256 and
// its true size. It stops one byte after the stated size.
func (o *opener) readContent(in *stream, r *record) error {
	bad := func(code, msg string) { o.reject(r, r.offset, code, msg) }
	c := &o.content
	if c.sum == nil {
		c.sum = sha256.New()
	}
	c.sum.Reset()
	*c = content{
		raw:       window{in.buf, r.packed},
		plain:     io.LimitedReader{R: &c.raw, N: max(r.Size, r.Size+1)},
		digest:    digest{sum: c.sum},
		ambiguous: endings{off: r.method != methodStored || r.flags&flagDescriptor == 0},
	}
	if r.method == methodDeflate {
		if o.inflate == nil {
			o.inflate = flate.NewReader(&c.raw)
		} else if err := o.inflate.(flate.Resetter).Reset(&c.raw, nil); err != nil {
			return err
		}
		c.plain.R = o.inflate
	}
	if o.watch != nil {
		c.tee = o.watch(r.Name)
	}
	err := o.pump.each(o.ctx, r.Name, &c.plain, c.take)
	var damaged flate.CorruptInputError
	switch {
	case o.src.err != nil:
		return o.src.err
	case o.ctx.Err() != nil:
		return o.ctx.Err()
	case errors.As(err, &damaged), errors.Is(err, io.ErrUnexpectedEOF):
		bad(CodeDeflate, "compressed data is damaged or cut off")
	case err != nil:
		return err
	case c.size > r.Size:
		bad(CodeSize, fmt.Sprintf("content has more than the %d bytes stated", r.Size))
	case c.size < r.Size:
		bad(CodeSize, fmt.Sprintf("content has %d bytes, not the %d stated", c.size, r.Size))
	case c.raw.left > 0:
		bad(CodeDeflate, fmt.Sprintf("%d bytes after the end of the compressed data", c.raw.left))
	}
	if c.ambiguous.found {
		bad(CodeDataDescriptor, "STORED with a data descriptor and with content that looks like the end of it: who reads a stream cannot tell where it ends")
	}
	if !r.rejected && c.crc != r.CRC32 {
		bad(CodeCRC, fmt.Sprintf("content has CRC-32 %08x, not the %08x stated", c.crc, r.CRC32))
	}
	c.sum.Sum(r.SHA256[:0])
	if c.tee != nil && !r.rejected {
		return c.tee.Close()
	}
	return nil
}

// take digests the next bytes, beside what the tee does with them if they are many.
func (c *content) take(p []byte) error {
	c.ambiguous.add(p)
	switch {
	case c.tee == nil:
		c.add(p)
		return nil
	case len(p) <= smallSize:
		c.add(p)
		_, err := c.tee.Write(p)
		return err
	}
	hashed := make(chan struct{})
	go func() {
		c.add(p)
		close(hashed)
	}()
	_, err := c.tee.Write(p)
	<-hashed
	return err
}

// archive is where the content of its files is read from.
type archive struct{ io.ReaderAt }

func (a *archive) open(f *File) (io.ReadCloser, error) {
	raw := steady.Section(a, f.place, f.packed)
	if !f.deflated {
		return io.NopCloser(raw), nil
	}
	return flate.NewReader(bufio.NewReader(raw)), nil
}

func compareNames(a, b entry) int { return cmp.Compare(a.Name, b.Name) }

// compareCentral notes how a central header differs from the writer's.
func (o *opener) compareCentral(r *record, raw []byte) {
	if o.want = r.appendCentral(o.want[:0]); bytes.Equal(raw, o.want) {
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
	o.differs(printable(r.Name) + " " + what)
}

// compareLocal notes how a local header differs from the writer's.
func (o *opener) compareLocal(r *record, raw []byte) {
	if o.want = r.appendLocal(o.want[:0]); !bytes.Equal(raw, o.want) {
		o.differs(printable(r.Name) + " has a local header that is encoded in another way")
	}
}

// compareEnd notes how the end records and the places of the files differ from
// the writer's. Together with the two before it, it has then compared every byte:
// the contents are those of the files because they lie at the same places.
func (o *opener) compareEnd(s *Set, misplaced string, end *ending) {
	if misplaced != "" {
		o.differs(printable(misplaced) + " does not lie in the order of the names")
		return
	}
	o.want = s.appendEnd(o.want[:0], end.dirEnd)
	switch {
	case end.comment:
		o.differs("has a comment")
	case s.dirAt != end.dirAt || !bytes.Equal(end.raw, o.want):
		o.differs("has end records that are encoded in another way")
	}
}
