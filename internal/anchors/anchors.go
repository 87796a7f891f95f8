// Package anchors finds any of a few hundred short byte patterns in a text, in
// one pass, at the speed of a good hash function.
//
// A pattern is a row of byte sets, so that one pattern can say "a word
// character, then ://". Every pattern is at least four bytes long (a shorter
// one is padded with sets that accept everything), so whichever way the text is
// cut into pairs of bytes, one of the first two three-byte groups of an
// occurrence starts at an even offset. Find looks at those offsets only: a
// small table says which groups begin a pattern, and by which kinds of bytes they
// are followed there. Almost none do.
package anchors

import (
	"cmp"
	"encoding/binary"
	mathbits "math/bits"
	"slices"
)

// MinLen is the length in bytes of the shortest pattern that is looked for: a
// shorter one would fill the table with groups that are everywhere.
const MinLen = 3

// Set is a set of bytes, quick to ask.
type Set [256]bool

// Pattern is the bytes that may stand at each offset. There are thousands of offsets,
// and a program that starts makes all of them, so that they are small.
type Pattern []bits

// bits is a set of bytes.
type bits [4]uint64

func (b *bits) add(c byte)      { b[c>>6] |= 1 << (c & 63) }
func (b *bits) has(c byte) bool { return b[c>>6]>>(c&63)&1 != 0 }

// Text is the pattern of exactly s.
func Text(s string) Pattern {
	p := make(Pattern, len(s))
	for i := range len(s) {
		p[i].add(s[i])
	}
	return p
}

// Fold is the pattern of s in any mixture of ASCII cases.
func Fold(s string) Pattern {
	p := Text(s)
	for i := range len(s) {
		p[i].add(lower(s[i]))
		p[i].add(upper(s[i]))
	}
	return p
}

// Then is p before one byte of each set.
func (p Pattern) Then(sets ...*Set) Pattern {
	for _, set := range sets {
		var b bits
		for c, in := range set {
			if in {
				b.add(byte(c))
			}
		}
		p = append(p, b)
	}
	return p
}

// Before is p behind one byte of set.
func (p Pattern) Before(set *Set) Pattern {
	return append(Pattern{}.Then(set), p...)
}

// Match reports whether text begins with p.
func (p Pattern) Match(text []byte) bool {
	if len(text) < len(p) {
		return false
	}
	for i := range p {
		if !p[i].has(text[i]) {
			return false
		}
	}
	return true
}

// Hit is an occurrence of a pattern.
type Hit struct {
	Pos     int // offset of its first byte
	Pattern int // index into the patterns given to New
}

// Finder searches for a fixed set of patterns. It is immutable and safe for
// concurrent use.
type Finder struct {
	filter  [1 << 16]uint8  // by hash of a three-byte group: a bit for each kind of byte behind it
	bucket  [1 << 16]uint32 // by hash: the index of its last origin, or 0
	origins []origin        // the first says nothing
	pattern []Pattern
}

// origin says that a group stands at an offset (0 or 1) of a pattern. The first
// eight bytes of an occurrence, without the bits that tell cases apart, have the
// value in the bits of the mask.
type origin struct {
	pattern     int32
	offset      uint8
	next        uint32 // the index of another one with this hash, or 0
	mask, value uint64
}

// noCase has a bit 5 in every byte, which is what tells ASCII cases apart.
const noCase = 0x2020202020202020

// New makes a Finder. Patterns shorter than MinLen are never found.
func New(patterns []Pattern) *Finder {
	f := &Finder{origins: make([]origin, 1, 1<<11), pattern: patterns}
	for i, p := range patterns {
		if len(p) < MinLen {
			continue
		}
		from := origin{pattern: int32(i)}
		var head [5]position
		for j := range max(8, len(head)) {
			at := positionOf(p, j)
			if j < len(head) {
				head[j] = at
			}
			if at.count == 1 {
				from.mask |= 0xff << (8 * j)
				from.value |= uint64(at.folded[0]) << (8 * j)
			}
		}
		for from.offset = range 2 {
			f.add(head[from.offset:from.offset+3], head[from.offset+3].kinds, from)
		}
	}
	return f
}

// position is what a pattern accepts at an offset.
type position struct {
	folded [128]byte // the bytes as hash sees them, in order
	count  int       // how many of these
	kinds  uint8     // a bit for each kind of byte
}

// positionOf takes what is behind a pattern for everything.
func positionOf(p Pattern, i int) (at position) {
	const all = ^uint64(0)
	set := bits{all, all, all, all}
	if i < len(p) {
		set = p[i]
	}
	for high, word := range set {
		// Half of a word are the bytes with bit 5, the other half those without.
		folded := uint32(word) | uint32(word>>32)
		at.kinds |= uint8(folded) | uint8(folded>>8) | uint8(folded>>16) | uint8(folded>>24)
		for ; folded != 0; folded &= folded - 1 {
			at.folded[at.count] = byte(high<<6 | 0x20 | mathbits.TrailingZeros32(folded))
			at.count++
		}
	}
	return at
}

// add enters every group that can stand at an origin, before one of the kinds of
// bytes in next.
func (f *Finder) add(group []position, next uint8, from origin) {
	for _, a := range group[0].folded[:group[0].count] {
		for _, b := range group[1].folded[:group[1].count] {
			for _, c := range group[2].folded[:group[2].count] {
				h := hash(uint32(a) | uint32(b)<<8 | uint32(c)<<16)
				f.filter[h] |= next
				last := f.bucket[h]
				if same := f.origins[last]; last != 0 && same.pattern == from.pattern && same.offset == from.offset {
					continue // two groups of one pattern with the same hash
				}
				from.next = last
				f.bucket[h] = uint32(len(f.origins))
				f.origins = append(f.origins, from)
			}
		}
	}
}

// hash ignores bit 5 of every byte.
func hash(group uint32) uint32 {
	return (group<<8 | noCase<<8&0xffffffff) * 0x9e3779b1 >> 16
}

// Find appends every occurrence of every pattern in text to dst, ordered by
// position and then by pattern. The order, and the result, do not depend on how
// text is aligned.
func (f *Finder) Find(dst []Hit, text []byte) []Hit {
	first := len(dst)
	i := 0
	for {
		i += f.skip(text[i:])
		if i+16 > len(text) {
			break
		}
		for j := i; j < i+8; j += 2 {
			if group := binary.LittleEndian.Uint32(text[j:]); f.bit(group) != 0 {
				dst = f.verify(dst, text, j, hash(group))
			}
		}
		i += 8
	}
	// The last groups reach past the end, where zeros stand for "nothing".
	var tail [24]byte
	copy(tail[:], text[i:])
	for j := 0; i+j < len(text); j += 2 {
		// What follows a group may be the end, which is of no kind.
		if h := hash(binary.LittleEndian.Uint32(tail[j:])); f.filter[h] != 0 {
			dst = f.verify(dst, text, i+j, h)
		}
	}
	slices.SortFunc(dst[first:], func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Pattern, b.Pattern))
	})
	return dst
}

// skip returns how many bytes of text, a multiple of eight, begin no pattern; the last
// bytes are not looked at.
func (f *Finder) skip(text []byte) int {
	rest := text
	for ; len(rest) >= 16; rest = rest[8:] {
		b := (*[10]byte)(rest)
		if f.bit(binary.LittleEndian.Uint32(b[0:]))|f.bit(binary.LittleEndian.Uint32(b[2:]))|f.bit(binary.LittleEndian.Uint32(b[4:]))|f.bit(binary.LittleEndian.Uint32(b[6:])) != 0 {
			break
		}
	}
	return len(text) - len(rest)
}

// bit is 1 if a pattern can begin with the first three bytes of a group of four, or
// have them behind its first, and have the fourth behind them.
func (f *Finder) bit(group uint32) uint32 {
	return uint32(f.filter[hash(group)]) >> (group >> 24 & 7) & 1
}

func (f *Finder) verify(dst []Hit, text []byte, at int, h uint32) []Hit {
	for next := f.bucket[h]; next != 0; {
		o := &f.origins[next]
		next = o.next
		pos := at - int(o.offset)
		if pos < 0 || pos+8 <= len(text) && (binary.LittleEndian.Uint64(text[pos:])|noCase)&o.mask != o.value {
			continue
		}
		if f.pattern[o.pattern].Match(text[pos:]) {
			dst = append(dst, Hit{pos, int(o.pattern)})
		}
	}
	return dst
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}
