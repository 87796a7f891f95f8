package archive

import "cmp"

// Limits bound what [Open] accepts. A zero field stands for its default.
type Limits struct {
	Archive int64 // bytes of the whole archive; default 8 GiB
	// Entries bounds the entries, and also the files together with the
	// directories that their names imply; default 50,000, so that a package
	// never needs the 64-bit count that old readers do not know.
	Entries   int
	Directory int64 // bytes of the central directory; default 16 MiB
	Name      int   // bytes of a name; default 1024
	File      int64 // bytes of one file's content; default 4 GiB
	Total     int64 // bytes of all contents; default 8 GiB
	// Ratio bounds how many times larger than its compressed data a content may
	// be, once it is larger than 16 MiB. It holds for each compressed entry and
	// for all of them together. The default is 100.
	Ratio int64
}

func (l Limits) orDefault() Limits {
	return Limits{
		Archive:   cmp.Or(l.Archive, 8<<30),
		Entries:   cmp.Or(l.Entries, 50_000),
		Directory: cmp.Or(l.Directory, 16<<20),
		Name:      cmp.Or(l.Name, 1024),
		File:      cmp.Or(l.File, 4<<30),
		Total:     cmp.Or(l.Total, 8<<30),
		Ratio:     cmp.Or(l.Ratio, 100),
	}
}

const (
	ratioFloor   = 16 << 20 // decompressing that much takes no time to speak of
	maxComponent = 255      // bytes: no common file system takes more
	maxFaults    = 1000     // more would only repeat themselves
)

// bomb reports whether size bytes out of packed are more than the ratio allows.
func (l Limits) bomb(size, packed int64) bool {
	return size > ratioFloor && size/l.Ratio > packed
}
