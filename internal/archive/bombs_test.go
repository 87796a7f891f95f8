package archive

import (
	"fmt"
	"strings"
)

// hostileBombs want a reader to spend memory or time.
func hostileBombs() []hostile {
	zeros := part64{name: "bomb", content: strings.Repeat("\x00", 64<<20), deflate: true}
	zeros.packed = deflated(zeros.content)
	lying := zeros
	lying.both = func(h *rawHeader) { h.size = 100 }
	huge := zeros
	huge.both = func(h *rawHeader) { h.size = 1 << 31 }
	inner := string(crafted{entries: []part64{zeros}}.bytes())
	nested := crafted{entries: []part64{{name: "0.zip", content: inner}, {name: "1.zip", content: inner}, zeros}}
	var many, quoted crafted
	eight := part64{content: strings.Repeat("\x00", 8<<20), deflate: true}
	eight.packed = deflated(eight.content)
	for i := range 40 {
		eight.name = fmt.Sprint(i)
		many.entries = append(many.entries, eight)
	}
	// After Fifield: each entry's data is a stored block that quotes the local
	// header of the next one, then that one's data, down to a kernel that all
	// of them share.
	kernel := part64{name: "kernel", content: strings.Repeat("\x00", 1<<20), deflate: true}
	kernel.packed = deflated(kernel.content)
	const quote, head = 5, localLen + 3
	for i := range 60 {
		next, after := head, 59-i
		if i == 59 {
			next = localLen + len(kernel.name)
		}
		headers := after*head + localLen + len(kernel.name)
		quoted.entries = append(quoted.entries, part64{name: fmt.Sprintf("q%02d", i), deflate: true,
			packed: []byte{0, byte(next), 0, ^byte(next), 0xff},
			both: func(h *rawHeader) {
				h.crc = 0 // which archive/zip does not check
				h.packed = uint32((after+1)*quote + headers + len(kernel.packed))
				h.size = uint32(headers + len(kernel.content))
			}})
	}
	quoted.entries = append(quoted.entries, kernel)
	var same crafted // one kernel, many entries in the directory
	for i := range 10_000 {
		same.entries = append(same.entries, part64{name: fmt.Sprintf("%05d", i), content: "x", central: func(h *rawHeader) { h.offset = 0 }})
	}
	var deep, entries, long crafted
	for i := range 120 {
		deep.entries = append(deep.entries, part64{name: strings.Repeat("d/", 500) + fmt.Sprint(i)})
		deep.entries = append(deep.entries, part64{name: fmt.Sprint(i) + strings.Repeat("/d", 500)})
	}
	for i := range 70_000 {
		entries.entries = append(entries.entries, part64{name: fmt.Sprint(i)})
	}
	for i := range 20_000 {
		long.entries = append(long.entries, part64{name: strings.Repeat("x", 900) + fmt.Sprint(i)})
	}
	return []hostile{
		refuseAll("bomb", crafted{entries: []part64{zeros}}, CodeRatio),
		refuseAll("bomb that states little", crafted{entries: []part64{lying}}, CodeSize),
		refuseAll("bomb that states much", crafted{entries: []part64{huge}}, CodeRatio),
		refuseAll("nested bombs", nested, CodeRatio),
		refuseAll("bomb of many parts", many, CodeRatio),
		refuseAll("quoted overlap", quoted, CodeOverlap, CodeRatio),
		refuseAll("one entry under many names", same, CodeOverlap, CodeTooManyFaults),
		refuseAll("deep directories", deep, CodeTooManyEntries),
		refuseAll("70,000 entries, counted modulo 2^16", entries, CodeDirectory),
		refuseAll("70,000 entries", crafted{entries: entries.entries, wide: true}, CodeTooManyEntries),
		refuseAll("65,535 entries", crafted{entries: entries.entries[:65_535]}, CodeTooManyEntries),
		refuseAll("65,536 entries", crafted{entries: entries.entries[:65_536], wide: true}, CodeTooManyEntries),
		refuseAll("large directory", long, CodeDirectoryTooLarge),
	}
}
