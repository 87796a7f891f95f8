package archive

import (
	"context"
	"errors"
	"io"
	"slices"
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
	if size < 0 {
		return nil, nil, errors.New("archive of negative size")
	}
	o := &opener{ctx: ctx, src: &input{r: r, size: size}, limits: limits.orDefault()}
	o.pump.small = make([]byte, min(smallSize, max(size, 512))) // no more than a small archive needs
	reader, err := o.open()
	if err == nil {
		err = o.src.err
	}
	if err == nil {
		err = ctx.Err()
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
	records []*record // in the order of the central directory
	reason  string    // first difference from the canonical form
	stop    bool      // a limit is exceeded: do not read contents

	// Used again for each entry.
	pump        pump
	inflate     io.ReadCloser
	digest      digest
	local, want []byte
}

// reject adds a fault of one entry.
func (o *opener) reject(r *record, offset int64, code, msg string) {
	r.rejected = true
	o.add(Fault{Code: code, Name: r.name, Offset: offset, Msg: msg})
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
	nodes := collisions(o.records, func(r *record, code, msg string) { o.reject(r, r.at, code, msg) })
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
	s := &Set{}
	for _, r := range o.records {
		if r.rejected {
			continue
		}
		if r.isDir() {
			o.differs("has the directory entry " + printable(r.name))
			continue
		}
		s.entries = append(s.entries, entry{r.file(o.src.r), r.offset})
	}
	if !slices.IsSortedFunc(s.entries, compareNames) {
		o.differs("files are not sorted by name")
		slices.SortFunc(s.entries, compareNames)
	}
	offsets := make([]int64, len(s.entries))
	for i, e := range s.entries {
		offsets[i] = e.offset
	}
	if err := s.layOut(); err != nil {
		return nil, err
	}
	o.compareEnd(s, offsets, end)
	if len(o.list) > 0 {
		o.reason = "has faults"
	}
	return &Reader{set: s, reason: o.reason}, nil
}
