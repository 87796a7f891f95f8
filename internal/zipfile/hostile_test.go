package zipfile

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func sortedSet(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// hostile is an archive and all codes that it must be refused with.
type hostile struct {
	name string
	data []byte
	want []string
}

// refuse makes a hostile archive of one bad entry between two good ones.
func refuse(name string, bad part64, want ...string) hostile {
	return refuseAll(name, crafted{entries: []part64{{name: "0", content: "first"}, bad, {name: "z", content: "last"}}}, want...)
}

func refuseAll(name string, c crafted, want ...string) hostile {
	return hostile{name, c.bytes(), want}
}

func named(name string, want ...string) hostile {
	return refuse(fmt.Sprintf("name %.30q", name), part64{name: name, content: "x"}, want...)
}

func hostileNames() []hostile {
	return []hostile{
		named("/etc/passwd", CodeNameAbsolute), named("//server/share", CodeNameAbsolute),
		named("../x", CodeNameTraversal), named("a/../../x", CodeNameTraversal), named("a/..", CodeNameTraversal),
		named(`..\x`, CodeNameBackslash, CodeNameTraversal), named(`a\b`, CodeNameBackslash), named(`\\server\share`, CodeNameBackslash, CodeNamePath),
		named("C:/x", CodeNameDrive), named("c:x", CodeNameDrive), named("a.txt:stream", CodeNameDrive),
		named("a\x00b", CodeNameControl), named("a\nb", CodeNameControl), named("a\x7f", CodeNameControl), named("a\u0085b", CodeNameControl),
		named("PK\x05\x06", CodeNameControl),
		named("a\xff", CodeNameUTF8), named("a\xc0\xae", CodeNameUTF8), named("a\xed\xa0\x80", CodeNameUTF8),
		refuse("name not marked as UTF-8", part64{name: "é", both: func(h *rawHeader) { h.flags = 0 }}, CodeNameUTF8),
		named("CON", CodeNameReserved), named("dir/nul.txt", CodeNameReserved), named("Com1.tar.gz", CodeNameReserved),
		named("lpt9 .x", CodeNameReserved), named("COM¹", CodeNameReserved), named("lpt³.txt", CodeNameReserved),
		named("aux/x", CodeNameReserved), named("conin$", CodeNameReserved),
		named("x;1", CodeNameVersion), named("a;/b", CodeNameVersion), named("a/b;0123", CodeNameVersion),
		named("a..b", CodeNameTraversal), named("..a/b", CodeNameTraversal),
		named("a<b", CodeNameCharacter), named(`a"`, CodeNameCharacter), named("a|b?/c*", CodeNameCharacter), named("CONOUT$", CodeNameReserved),
		refuse("name of another system", part64{name: "é", central: func(h *rawHeader) { h.madeBy = version20 }}, CodeNameUTF8),
		named("a.", CodeNameTrailing), named("a /b", CodeNameTrailing), named("a/b. ", CodeNameTrailing),
		named("", CodeNamePath), named("a//b", CodeNamePath), named("./a", CodeNamePath), named("a/.", CodeNamePath),
		named("/", CodeNameAbsolute, CodeNamePath, CodeDirectoryContent),
		named(strings.Repeat("x", 256), CodeNameTooLong), named(strings.Repeat("x/", 512)+"x", CodeNameTooLong),
		named(strings.Repeat("x", 65535), CodeNameTooLong),
	}
}

func collide(names ...string) crafted {
	var c crafted
	for _, name := range names {
		c.entries = append(c.entries, part64{name: name, content: ""})
	}
	return c
}

func hostileCollisions() []hostile {
	return []hostile{
		refuseAll("twice", collide("a", "a"), CodeDuplicate),
		refuseAll("twice, apart", collide("a/b", "c", "a/b"), CodeDuplicate),
		refuseAll("directory twice", collide("a/", "b", "a/"), CodeDuplicate),
		refuseAll("case", collide("Readme", "README"), CodeCaseCollision),
		refuseAll("case of a directory", collide("Dir/a", "dir/b"), CodeCaseCollision),
		refuseAll("case of a directory and a file", collide("Dir", "dir/b"), CodeCaseCollision),
		refuseAll("case, Greek", collide("σ", "Σ", "ς"), CodeCaseCollision),
		refuseAll("case, sharp s", collide("straße", "STRASSE"), CodeCaseCollision),
		refuseAll("case, Kelvin", collide("\u212a", "k"), CodeCaseCollision),
		refuseAll("normalisation", collide("\u00e9", "e\u0301"), CodeUnicodeCollision),
		refuseAll("normalisation, Hangul", collide("\uac00", "\u1100\u1161"), CodeUnicodeCollision),
		refuseAll("normalisation and case", collide("\u00c9", "e\u0301"), CodeUnicodeCollision),
		refuseAll("invisible", collide("ab", "a\u200cb"), CodeUnicodeCollision),
		refuseAll("file and directory", collide("a", "a/b"), CodeFileIsDirectory),
		refuseAll("file and directory, apart", collide("a/b/c", "a-", "a", "a/b"), CodeFileIsDirectory),
		refuseAll("file and directory entry", collide("a", "a/"), CodeFileIsDirectory),
	}
}

func mode(m uint32) part64 {
	return part64{name: "m", content: "x", central: func(h *rawHeader) { h.attrs = m << 16 }}
}

func hostileKinds() []hostile {
	return []hostile{
		refuse("symlink", mode(0o120777), CodeSymlink),
		refuse("symlink made by FAT", part64{name: "l", content: "/etc/passwd", central: func(h *rawHeader) {
			h.attrs, h.madeBy = 0o120777<<16, version20
		}}, CodeSymlink),
		refuse("pipe", mode(0o10644), CodeDevice), refuse("character device", mode(0o20644), CodeDevice),
		refuse("block device", mode(0o60644), CodeDevice), refuse("socket", mode(0o140644), CodeDevice),
		refuse("unknown type", mode(0o30644), CodeMode), refuse("setuid", mode(0o104755), CodeMode),
		refuse("setgid", mode(0o102755), CodeMode), refuse("sticky", mode(0o101644), CodeMode), refuse("directory without slash", mode(0o40755), CodeMode),
		refuse("DOS directory without slash", part64{name: "m", central: func(h *rawHeader) { h.attrs = 0x10 }}, CodeMode),
		refuse("volume label", part64{name: "m", central: func(h *rawHeader) { h.attrs = 8 }}, CodeMode),
		refuse("slash without directory", part64{name: "m/", central: func(h *rawHeader) { h.attrs = regularFileMode0644 }}, CodeMode),
		refuse("directory with content", part64{name: "m/", content: "x"}, CodeDirectoryContent),
		refuse("compressed directory with content", part64{name: "m/", content: "x", deflate: true}, CodeDirectoryContent),
		refuse("directory hiding content", part64{name: "m/", deflate: true, packed: deflated("x")}, CodeSize),
		refuse("encrypted", part64{name: "m", both: func(h *rawHeader) { h.flags |= flagEncrypted }}, CodeEncrypted),
		refuse("strong encryption", part64{name: "m", both: func(h *rawHeader) { h.flags |= flagStrong }}, CodeEncrypted),
		refuse("masked header", part64{name: "m", both: func(h *rawHeader) { h.flags |= flagMasked }}, CodeEncrypted),
		refuse("AES", part64{name: "m", both: func(h *rawHeader) {
			h.method, h.flags, h.extra = 99, flagEncrypted, extra(0x9901, "\x02\x00AE\x03\x00\x00")
		}}, CodeEncrypted, CodeMethod, CodeExtra),
		refuse("patch data", part64{name: "m", both: func(h *rawHeader) { h.flags |= 1 << 5 }}, CodeFlags),
		refuse("method 14", part64{name: "m", both: func(h *rawHeader) { h.method = 14 }}, CodeMethod),
		refuse("method 9", part64{name: "m", both: func(h *rawHeader) { h.method = 9 }}, CodeMethod),
		refuse("version", part64{name: "m", both: func(h *rawHeader) { h.version = 46 }}, CodeVersion),
		refuse("another disk", part64{name: "m", central: func(h *rawHeader) { h.disk = 1 }}, CodeMultiDisk),
	}
}

func field(name string, f func(*rawHeader)) hostile {
	e := part64{name: "mm", content: "hello", local: f}
	return refuse("local "+name, e, CodeLocalMismatch)
}

func hostileHeaders() []hostile {
	both := func(f func(*rawHeader)) part64 { return part64{name: "m", content: "hello", both: f} }
	return []hostile{
		field("name", func(h *rawHeader) { h.name = "nn" }),
		field("flags", func(h *rawHeader) { h.flags = flagUTF8 }),
		field("time", func(h *rawHeader) { h.time = 1 }), field("date", func(h *rawHeader) { h.date = 1 }),
		field("crc", func(h *rawHeader) { h.crc++ }), field("zero crc", func(h *rawHeader) { h.crc = 0 }),
		field("compressed size", func(h *rawHeader) { h.packed++ }), field("size", func(h *rawHeader) { h.size++ }),
		field("signature", func(h *rawHeader) { h.signature++ }), field("method", func(h *rawHeader) { h.method = 8 }),
		refuse("local version", part64{name: "m", local: func(h *rawHeader) { h.version = 46 }}, CodeVersion),
		refuse("longer local name", part64{name: "m", content: "hello", local: func(h *rawHeader) { h.name = "m1" }}, CodeLocalMismatch),
		refuse("local name beyond the entry", part64{name: "m", local: func(h *rawHeader) { h.nameLen = 1 }}, CodeOverlap),
		refuse("crc", both(func(h *rawHeader) { h.crc++ }), CodeCRC), refuse("zero crc", both(func(h *rawHeader) { h.crc = 0 }), CodeCRC),
		refuse("deflated crc", part64{name: "m", content: "x", deflate: true, both: func(h *rawHeader) { h.crc = 0 }}, CodeCRC),
		refuse("stored size too small", both(func(h *rawHeader) { h.size-- }), CodeSize),
		refuse("stored size too large", both(func(h *rawHeader) { h.size++ }), CodeSize),
		refuse("both sizes too small", both(func(h *rawHeader) { h.size--; h.packed-- }), CodeCRC, CodeGap),
		refuse("both sizes too large", both(func(h *rawHeader) { h.size++; h.packed++ }), CodeOverlap),
		refuse("deflated size too small", part64{name: "m", content: "hello", deflate: true, both: func(h *rawHeader) { h.size-- }}, CodeSize),
		refuse("deflated size zero", part64{name: "m", content: "hello", deflate: true, both: func(h *rawHeader) { h.size = 0 }}, CodeSize),
		refuse("deflated size too large", part64{name: "m", content: "hello", deflate: true, both: func(h *rawHeader) { h.size++ }}, CodeSize),
		refuse("deflate cut off", part64{name: "m", content: "hello", deflate: true, packed: deflated("hello")[:4]}, CodeDeflate),
		refuse("deflate damaged", part64{name: "m", content: "hello", deflate: true, packed: []byte("\xff\xff\xff")}, CodeDeflate),
		refuse("data after deflate", part64{name: "m", content: "hello", deflate: true, packed: append(deflated("hello"), "hidden"...)}, CodeDeflate),
		refuse("unknown extra", part64{name: "m", central: func(h *rawHeader) { h.extra = extra(0x756e, "abcd") }}, CodeExtra),
		refuse("unknown local extra", part64{name: "m", local: func(h *rawHeader) { h.extra = extra(0xfeed, "") }}, CodeExtra),
		refuse("extra cut off", part64{name: "m", central: func(h *rawHeader) { h.extra = "\x55\x54\x09\x00a" }}, CodeExtra),
		refuse("extra too short", part64{name: "m", central: func(h *rawHeader) { h.extra = "\x55\x54\x00" }}, CodeExtra),
		refuse("extra twice", part64{name: "m", central: func(h *rawHeader) { h.extra = extra(extraTimes, "") + extra(extraTimes, "") }}, CodeExtra),
		refuse("renamed", part64{name: "m", central: func(h *rawHeader) { h.extra = extra(extraUnicodePath, "\x01\x00\x00\x00\x00n") }}, CodeNameRename),
		refuse("renamed locally", part64{name: "m", local: func(h *rawHeader) { h.extra = extra(extraUnicodePath, "\x01") }}, CodeNameRename),
	}
}

func hostileDescriptors() []hostile {
	packed := len(deflated("hello"))
	good := trailer("hello", packed)
	streamed := func(after string) part64 {
		return part64{name: "m", content: "hello", deflate: true, after: after,
			both: func(h *rawHeader) { h.flags |= flagDescriptor }}
	}
	looksLikeEnd := func(content string) part64 {
		return part64{name: "m", content: content, after: trailer(content, len(content)), both: func(h *rawHeader) { h.flags |= flagDescriptor }}
	}
	lying := streamed(good)
	lying.local = func(h *rawHeader) { h.size = 3 }
	last := func(e part64) crafted { return crafted{entries: []part64{e}} }
	return []hostile{
		refuse("descriptor within STORED", looksLikeEnd("hel"+trailer("hel", 3)+"lo"), CodeDataDescriptor),
		refuse("local header within STORED", looksLikeEnd("hello PK\x03\x04 world"), CodeDataDescriptor),
		refuse("signature across chunks", looksLikeEnd(strings.Repeat("P", 600<<10)+"K\x07\x08"+strings.Repeat("x", 600<<10)), CodeDataDescriptor),
		refuse("descriptor without signature", streamed(good[4:]), CodeOverlap),
		refuseAll("descriptor missing", last(streamed("")), CodeOverlap),
		refuse("descriptor with another crc", streamed(good[:4]+"\x00"+good[5:]), CodeDataDescriptor),
		refuse("descriptor with another size", streamed(trailer("hello!", packed)[:4]+good[4:12]+"\x06"+good[13:]), CodeDataDescriptor),
		refuse("descriptor with another packed size", streamed(trailer("hello", packed+1)), CodeDataDescriptor),
		refuse("descriptor with 64-bit sizes", streamed(good[:8]+wide(uint64(packed), 5)), CodeDataDescriptor, CodeGap),
		refuse("descriptor not announced", part64{name: "m", content: "hello", deflate: true, after: good}, CodeGap),
		refuse("descriptor, local size lies", lying, CodeLocalMismatch),
	}
}

func hostileLayout() []hostile {
	a, b := part64{name: "a", content: "hi"}, part64{name: "b", content: "ho"}
	two := []part64{a, b}
	inner := string(crafted{entries: []part64{b}}.bytes())
	at := func(offset uint32) []part64 {
		moved := b
		moved.central = func(h *rawHeader) { h.offset = offset }
		return []part64{a, moved}
	}
	gap := a
	gap.after = "hidden"
	return []hostile{
		{"empty", nil, []string{CodeNoEndRecord}}, {"text", []byte(pattern(100)), []string{CodeNoEndRecord}},
		{"long text", []byte(pattern(200_000)), []string{CodeNoEndRecord}},
		{"cut off", crafted{entries: two}.bytes()[:80], []string{CodeTruncated}},
		refuseAll("leading data", crafted{lead: "#!/bin/sh\n", entries: two}, CodeLeadingData),
		{"leading data, offsets off", append([]byte("MZ"), crafted{entries: two}.bytes()...), []string{CodeLeadingData}},
		refuseAll("leading archive", crafted{lead: inner, entries: []part64{a}}, CodeLeadingData),
		{"two archives", []byte(string(crafted{entries: []part64{a}}.bytes()) + inner), []string{CodeLeadingData}},
		refuseAll("trailing data", crafted{entries: two, tail: "\n"}, CodeTrailingData),
		refuseAll("trailing zeros", crafted{entries: two, tail: strings.Repeat("\x00", 512)}, CodeTrailingData),
		refuseAll("trailing end record", crafted{entries: two, tail: inner[len(inner)-22:]}, CodeGap),
		refuseAll("gap between entries", crafted{entries: []part64{gap, b}}, CodeGap),
		refuseAll("gap before the directory", crafted{entries: two, beforeC: "hidden"}, CodeGap),
		refuseAll("gap after the directory", crafted{entries: two, afterC: "hidden"}, CodeGap),
		refuseAll("signature in the directory", crafted{entries: two, afterC: "PK\x05\x05\x00\x00"}, CodeGap),
		refuseAll("entry not in the directory", crafted{entries: two, lead: inner[:33]}, CodeLeadingData),
		refuseAll("comment cut off", crafted{entries: two, end: func(e *rawEnd) { e.commentLen = 5 }}, CodeTruncated),
		refuseAll("comment with an end record", crafted{entries: two, end: func(e *rawEnd) { e.comment = inner[len(inner)-22:] }}, CodeGap, CodeTwoEndRecords),
		refuseAll("comment with an archive", crafted{entries: two, end: func(e *rawEnd) { e.comment = inner }}, CodeLeadingData, CodeTwoEndRecords),
		refuseAll("comment with a signature", crafted{entries: two, end: func(e *rawEnd) { e.comment = "PK\x05\x06 hello" }}, CodeComment),
		refuseAll("two end records", crafted{entries: []part64{{name: "a", content: "PK\x05\x06" + strings.Repeat("\x00", 16) + "\x47\x00xx"}}}, CodeTwoEndRecords),
		refuseAll("same local header", crafted{entries: at(0)}, CodeOverlap, CodeGap, CodeLocalMismatch),
		refuseAll("entry inside another", crafted{entries: at(5)}, CodeOverlap, CodeLocalMismatch),
		refuseAll("entry in the directory", crafted{entries: at(70)}, CodeOverlap, CodeGap),
		refuseAll("entry behind everything", crafted{entries: at(1 << 30)}, CodeOverlap, CodeGap),
		refuseAll("count too small", crafted{entries: two, end: func(e *rawEnd) { e.count, e.here = 1, 1 }}, CodeDirectory),
		refuseAll("count too large", crafted{entries: two, end: func(e *rawEnd) { e.count, e.here = 3, 3 }}, CodeDirectory),
		refuseAll("huge count", crafted{entries: two, end: func(e *rawEnd) { e.count, e.here = 49_999, 49_999 }}, CodeDirectory),
		refuseAll("directory too small", crafted{entries: two, end: func(e *rawEnd) { e.dirSize-- }}, CodeGap),
		refuseAll("directory too large", crafted{entries: two, end: func(e *rawEnd) { e.dirSize++ }}, CodeTruncated),
		refuseAll("directory elsewhere", crafted{entries: two, end: func(e *rawEnd) { e.dirAt-- }}, CodeLeadingData),
		refuseAll("directory later", crafted{entries: two, end: func(e *rawEnd) { e.dirAt++; e.dirSize-- }}, CodeDirectory),
		refuseAll("parts", crafted{entries: two, end: func(e *rawEnd) { e.disk = 1 }}, CodeMultiDisk),
		refuseAll("parts of the directory", crafted{entries: two, end: func(e *rawEnd) { e.here = 1 }}, CodeMultiDisk),
	}
}

func hostileZip64() []hostile {
	a := part64{name: "a", content: "hi"}
	one := []part64{a}
	local := func(size, packed uint32, values ...uint64) part64 {
		return part64{name: "m", content: "hi", local: func(h *rawHeader) {
			h.size, h.packed, h.extra = size, packed, extra(1, wide(values...))
		}}
	}
	central := func(f func(*rawHeader)) part64 { return part64{name: "m", content: "hi", central: f} }
	end := func(f func(*rawEnd)) crafted { return crafted{entries: one, wide: true, end: f} }
	record := func(at int, v byte) crafted {
		return crafted{entries: one, wide: true, wideEnd: func(b []byte) { b[at] = v }}
	}
	locator := func(at int, v byte) crafted {
		return crafted{entries: one, wide: true, locator: func(b []byte) { b[at] = v }}
	}
	return []hostile{
		refuse("Zip64, other sizes", local(max32, max32, 3, 3), CodeBadZip64, CodeLocalMismatch),
		refuse("Zip64, no sizes", local(max32, max32), CodeBadZip64, CodeLocalMismatch),
		refuse("Zip64, one size", local(max32, 2, 2), CodeBadZip64, CodeLocalMismatch),
		refuse("Zip64, half used", local(max32, 2, 2, 2), CodeBadZip64),
		refuse("Zip64 beside small fields", local(2, 2, 2, 2), CodeBadZip64),
		refuse("Zip64 not needed", local(max32, max32, 2, 2), CodeBadZip64),
		refuse("Zip64 offset not needed", central(func(h *rawHeader) { h.extra, h.offset = extra(1, wide(uint64(h.offset))), max32 }), CodeBadZip64),
		refuseAll("Zip64 end not needed", crafted{entries: one, wide: true}, CodeBadZip64),
		refuseAll("Zip64 end not needed, small fields stated", crafted{entries: one, wide: true, end: func(e *rawEnd) {
			e.count, e.here, e.dirSize, e.dirAt = 1, 1, uint32(e.wideSize), uint32(e.wideAt)
		}}, CodeBadZip64),
		refuse("Zip64 missing", part64{name: "m", content: "hi", both: func(h *rawHeader) { h.size, h.packed = max32, max32 }},
			CodeBadZip64, CodeOverlap),
		refuse("Zip64 offset missing", central(func(h *rawHeader) { h.offset = max32 }), CodeBadZip64, CodeGap, CodeOverlap),
		refuse("Zip64 offset wrong", central(func(h *rawHeader) { h.offset, h.extra = max32, extra(1, wide(1<<40)) }), CodeGap, CodeOverlap),
		refuse("Zip64 offset negative", central(func(h *rawHeader) { h.offset, h.extra = max32, extra(1, wide(1<<63)) }), CodeBadZip64, CodeGap, CodeOverlap),
		refuse("Zip64 with too much", central(func(h *rawHeader) { h.extra, h.offset = extra(1, wide(uint64(h.offset), 7)), max32 }), CodeBadZip64),
		refuse("Zip64 empty", central(func(h *rawHeader) { h.extra = extra(1, "") }), CodeBadZip64),
		refuse("Zip64 huge", part64{name: "m", content: "hi", both: func(h *rawHeader) {
			h.size, h.packed, h.extra = max32, max32, extra(1, wide(1<<62, 1<<62))
		}}, CodeFileTooLarge, CodeTotalTooLarge, CodeOverlap),
		refuseAll("Zip64 locator missing", crafted{entries: one, end: func(e *rawEnd) { e.dirAt = max32 }}, CodeBadZip64),
		refuseAll("Zip64 locator missing for the size", crafted{entries: one, end: func(e *rawEnd) { e.dirSize = max32 }}, CodeBadZip64),
		{"Zip64 record missing", []byte("PK\x06\x07" + strings.Repeat("\x00", 16) + string(crafted{}.bytes())), []string{CodeBadZip64}},
		refuseAll("Zip64 locator points elsewhere", locator(8, 0), CodeBadZip64),
		refuseAll("Zip64 locator on another disk", locator(4, 1), CodeBadZip64),
		refuseAll("Zip64 locator with two disks", locator(16, 2), CodeBadZip64),
		refuseAll("Zip64 record without signature", record(0, 0), CodeBadZip64),
		refuseAll("Zip64 record larger", record(4, 45), CodeBadZip64),
		refuseAll("Zip64 record for a newer version", record(14, 62), CodeBadZip64),
		refuseAll("Zip64 record on disk 1", record(16, 1), CodeBadZip64),
		refuseAll("Zip64 record, count here", record(24, 2), CodeBadZip64),
		refuseAll("Zip64 count disagrees", end(func(e *rawEnd) { e.count, e.here = 2, 2 }), CodeBadZip64),
		refuseAll("Zip64 size disagrees", end(func(e *rawEnd) { e.dirSize = 1 }), CodeBadZip64),
		refuseAll("Zip64 offset disagrees", end(func(e *rawEnd) { e.dirAt = 1 }), CodeBadZip64),
		refuseAll("Zip64 claims 2^62 entries", end(func(e *rawEnd) { e.wideCount = 1 << 62 }), CodeTooManyEntries),
		refuseAll("Zip64 claims 2^63 bytes", end(func(e *rawEnd) { e.wideSize = 1 << 63 }), CodeTruncated),
		refuseAll("Zip64 sum overflows", end(func(e *rawEnd) { e.wideSize, e.wideAt = 1<<63+5, 1<<63 }), CodeTruncated),
		refuseAll("Zip64 empty directory", end(func(e *rawEnd) { e.wideCount, e.wideSize = 0, 0 }), CodeBadZip64),
	}
}

func hostiles() []hostile {
	return slices.Concat(hostileNames(), hostileCollisions(), hostileKinds(), hostileHeaders(),
		hostileDescriptors(), hostileLayout(), hostileZip64())
}

// TestHostile wants every archive refused with exactly its codes, in bounded
// memory: what Open allocates in all, garbage included.
func TestHostile(t *testing.T) {
	seen := map[string]bool{}
	for _, h := range append(hostiles(), hostileBombs()...) {
		counter := &countingAt{data: h.data}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, list, err := Open(t.Context(), counter, int64(len(h.data)), Limits{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", h.name, err)
			continue
		}
		if diff := cmp.Diff(sortedSet(h.want), sortedSet(codes(list))); diff != "" {
			t.Errorf("%s: codes (-want +got):\n%s", h.name, diff)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Errorf("%s: allocated %d MiB", h.name, n>>20)
		}
		if counter.read > bound(len(h.data)) {
			t.Errorf("%s: read %d bytes of %d", h.name, counter.read, len(h.data))
		}
		for _, f := range list {
			seen[f.Code] = true
			if f.Msg == "" || f.Offset < 0 || f.Offset > int64(len(h.data)) || strings.ContainsAny(f.Name+f.Msg, "\x00\n\x7f") || !utf8.ValidString(f.Name+f.Msg) {
				t.Errorf("%s: fault %+v", h.name, f)
			}
		}
	}
	// The limits that these archives are too small for have tests of their own.
	for _, code := range Codes() {
		if !seen[code] && code != CodeArchiveTooLarge {
			t.Errorf("no hostile archive has the code %s", code)
		}
	}
}

// bound is how much Open may read: the tail, the directory and the entries.
func bound(size int) int { return 3*size + 128 }

// countingAt counts the bytes that are read.
type countingAt struct {
	data []byte
	read int
}

func (c *countingAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := bytes.NewReader(c.data).ReadAt(p, at)
	c.read += n
	return n, err
}

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

// TestEndings finds a signature at every place of every split, and nothing else.
func TestEndings(t *testing.T) {
	for content, want := range map[string]bool{
		"abcPK\x07\x08def": true, "PK\x01\x02": true, "PKPK\x03\x04": true, "PPK\x05\x06": true,
		"": false, "PK": false, "PK\x07": false, "PKpk PK 12": false, "P K\x07\x08": false,
		strings.Repeat("PK", 50): false,
	} {
		for i := 0; i <= len(content); i++ {
			for j := i; j <= len(content); j++ {
				var e endings
				for _, part := range []string{content[:i], content[i:j], content[j:]} {
					e.add([]byte(part))
				}
				if e.found != want {
					t.Fatalf("%q split at %d and %d: found is %v", content, i, j, e.found)
				}
			}
		}
	}
}

// sparse is a file of which only what is not zero is in memory.
type sparse struct {
	parts []part // sorted, apart
	size  int64
}

type part struct {
	at   int64
	data []byte
}

func (s *sparse) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := min(len(p)-done, len(zeros))
		if piece := p[done : done+n]; !bytes.Equal(piece, zeros[:n]) {
			s.parts = append(s.parts, part{s.size, bytes.Clone(piece)})
		}
		s.size += int64(n)
		done += n
	}
	return len(p), nil
}

var zeros = make([]byte, smallSize)

func (s *sparse) ReadAt(p []byte, at int64) (int, error) {
	n := int(max(0, min(int64(len(p)), s.size-at)))
	clear(p[:n])
	for _, part := range s.parts {
		if from, to := max(at, part.at), min(at+int64(n), part.at+int64(len(part.data))); from < to {
			copy(p[from-at:to-at], part.data[from-part.at:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s *sparse) bytes(t *testing.T, from, to int64) string {
	t.Helper()
	p := make([]byte, to-from)
	if _, err := s.ReadAt(p, from); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(p)
}

// image is the archive of virtual files as if their content were zeros.
func image(s *Set) *sparse {
	img := &sparse{}
	for i := range s.entries {
		e := &s.entries[i]
		if img.size != e.offset {
			panic(fmt.Sprintf("%q is at %d, not at %d", e.Name, img.size, e.offset))
		}
		img.Write(e.appendLocal(nil))
		img.size += e.Size
	}
	for i := range s.entries {
		img.Write(s.entries[i].appendCentral(nil))
	}
	img.Write(s.appendEnd(nil, img.size))
	return img
}

const max32 = math.MaxUint32

// TestZip64Boundaries reads archives around every limit with the standard
// library, which finds the files only by way of the right fields.
func TestZip64Boundaries(t *testing.T) {
	const local = 30 + 1 // header of a file whose name has one byte
	tests := []struct {
		name  string
		sizes []int64
		need  []uint16 // version needed, from the central header
		extra []int    // length of the extra field there
		ends  bool     // has a Zip64 end record
	}{
		{"all fits", []int64{max32 - 1 - 2*local, 0}, []uint16{20, 20}, []int{0, 0}, false},
		{"the directory does not", []int64{max32 - local}, []uint16{20}, []int{0}, true},
		{"largest size that fits", []int64{max32 - 1, 0}, []uint16{20, 45}, []int{0, 12}, true},
		{"smallest that does not", []int64{max32, 0}, []uint16{45, 45}, []int{20, 12}, true},
		{"largest offset that fits", []int64{max32 - 1 - local, 0}, []uint16{20, 20}, []int{0, 0}, true},
		{"smallest that does not", []int64{max32 - local, 0}, []uint16{20, 45}, []int{0, 12}, true},
		{"size and offset", []int64{max32, max32 + 1, 5}, []uint16{45, 45, 45}, []int{20, 28, 12}, true},
		{"far beyond", []int64{1 << 50, 1 << 51, 1 << 40}, []uint16{45, 45, 45}, []int{20, 28, 28}, true},
	}
	for _, tt := range tests {
		var files []File
		for i, size := range tt.sizes {
			files = append(files, virtual(string(rune('a'+i)), size))
		}
		s := mustSet(t, files...)
		img := image(s)
		if img.size != s.Size() {
			t.Errorf("%s: Size = %d, want %d", tt.name, s.Size(), img.size)
		}
		zr, err := zip.NewReader(img, img.size)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for i, f := range zr.File {
			if int64(f.UncompressedSize64) != tt.sizes[i] || int64(f.CompressedSize64) != tt.sizes[i] ||
				f.ReaderVersion != tt.need[i] || f.CreatorVersion != unix|tt.need[i] || len(f.Extra) != tt.extra[i] {
				t.Errorf("%s: %s has sizes %d and %d, needs %d, made by %x, %d bytes extra", tt.name, f.Name,
					f.UncompressedSize64, f.CompressedSize64, f.ReaderVersion, f.CreatorVersion, len(f.Extra))
			}
			e := s.entries[i]
			if at, err := f.DataOffset(); err != nil || at != e.offset+int64(len(e.appendLocal(nil))) {
				t.Errorf("%s: %s has its content at %d, %v", tt.name, f.Name, at, err)
			}
		}
		end := make([]byte, 42)
		img.ReadAt(end, img.size-int64(len(end)))
		if got := bytes.HasPrefix(end, []byte("PK\x06\x07")); got != tt.ends {
			t.Errorf("%s: Zip64 end record: %v, want %v", tt.name, got, tt.ends)
		}
	}
}

// TestZip64Golden spells out every byte of the headers of three files: one that
// is too large, one that is so and lies too far, and one that lies too far.
func TestZip64Golden(t *testing.T) {
	s := mustSet(t, virtual("a", 0x1_0000_0002), virtual("b", 0x3_ffff_ffff), virtual("c", 0))
	img := image(s)
	aEnd := int64(51 + 0x1_0000_0002)
	bEnd := aEnd + 51 + 0x3_ffff_ffff
	tests := []struct {
		what     string
		from, to int64
		want     string
	}{
		{"local a", 0, 51, "504b0304 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1400 61" +
			"0100 1000 0200000001000000 0200000001000000"},
		{"local b", aEnd, aEnd + 51, "504b0304 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1400 62" +
			"0100 1000 ffffffff03000000 ffffffff03000000"},
		{"local c", bEnd, bEnd + 31, "504b0304 1400 0000 0000 0000 2100 00000000 00000000 00000000 0100 0000 63"},
		{"the rest", bEnd + 31, img.size, "" +
			"504b0102 2d03 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1400 0000 0000 0000 0000a481 00000000 61" +
			"0100 1000 0200000001000000 0200000001000000" +
			"504b0102 2d03 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1c00 0000 0000 0000 0000a481 ffffffff 62" +
			"0100 1800 ffffffff03000000 ffffffff03000000 3500000001000000" +
			"504b0102 2d03 2d00 0000 0000 0000 2100 00000000 00000000 00000000 0100 0c00 0000 0000 0000 0000a481 ffffffff 63" +
			"0100 0800 6700000005000000" +
			"504b0606 2c00000000000000 2d00 2d00 00000000 00000000 0300000000000000 0300000000000000" +
			"c900000000000000 8600000005000000" +
			"504b0607 00000000 4f01000005000000 01000000" +
			"504b0506 0000 0000 0300 0300 c9000000 ffffffff 0000"},
	}
	for _, tt := range tests {
		if got, want := img.bytes(t, tt.from, tt.to), strings.ReplaceAll(tt.want, " ", ""); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.what, got, want)
		}
	}
}

// TestManyFiles has as many files as the end record can count, and more.
func TestManyFiles(t *testing.T) {
	for _, tt := range []struct {
		count int
		ends  bool
	}{{math.MaxUint16 - 1, false}, {math.MaxUint16, true}, {math.MaxUint16 + 1, true}} {
		files := make([]File, tt.count)
		for i := range files {
			files[i] = FromBytes(fmt.Sprintf("%05d", i), nil)
		}
		data := write(t, mustSet(t, files...))
		zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil || len(zr.File) != tt.count {
			t.Fatalf("%d files: read back %d, %v", tt.count, len(zr.File), err)
		}
		if got := bytes.Contains(data[len(data)-42:], []byte("PK\x06\x07")); got != tt.ends {
			t.Errorf("%d files: Zip64 end record: %v, want %v", tt.count, got, tt.ends)
		}
		if n := le.Uint16(data[len(data)-12:]); int(n) != min(tt.count, math.MaxUint16) {
			t.Errorf("%d files: the end record counts %d", tt.count, n)
		}
	}
}

// TestFourGiB really writes a file of more than 4 GiB, and one behind it.
func TestFourGiB(t *testing.T) {
	t.Parallel()
	const size = 1<<32 + 5
	big := File{Name: "big", Size: size, CRC32: 0xb1c2a1a3, from: opened(func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(readerFunc(func(p []byte) (int, error) {
			clear(p)
			return len(p), nil
		}), size)), nil
	})}
	hex.Decode(big.SHA256[:], []byte("709fc0b74f7c916cedccb212d681c035f36ffbb31ebfe806eb40c31592744eb5"))
	s := mustSet(t, FromBytes("small", []byte("hi")), big)

	img := &sparse{}
	n, err := s.WriteTo(img)
	if err != nil || n != s.Size() || n != img.size {
		t.Fatalf("WriteTo = %d, %v; %d bytes arrived, Size %d", n, err, img.size, s.Size())
	}
	zr, err := zip.NewReader(img, img.size)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{size, 2} {
		r, err := zr.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); n != want || err != nil { // compares the CRC-32 too
			t.Errorf("%s: read %d bytes, %v; want %d", zr.File[i].Name, n, err, want)
		}
	}
}

// TestZip64End takes an archive with just as many files as need a Zip64 end record,
// and refuses it when any bit of that record or of its locator has another value.
func TestZip64End(t *testing.T) {
	files := make([]File, math.MaxUint16)
	for i := range files {
		files[i] = FromBytes(fmt.Sprintf("%05d", i), nil)
	}
	data := write(t, mustSet(t, files...))
	limits := Limits{Entries: 1 << 17}
	open := func() bool {
		_, list, err := Open(t.Context(), bytes.NewReader(data), int64(len(data)), limits)
		if err != nil {
			t.Fatal(err)
		}
		return len(list) == 0
	}
	if !open() {
		t.Fatal("the archive is refused")
	}
	const madeBy, needs = 12, 14
	end := data[len(data)-endLen-locatorLen-zip64EndLen : len(data)-endLen]
	for i := range end {
		if i == madeBy || i == madeBy+1 || i == needs {
			continue // any program, and any older version
		}
		for bit := range 8 {
			end[i] ^= 1 << bit
			if open() {
				t.Errorf("byte %d, bit %d: the archive is accepted", i, bit)
			}
			end[i] ^= 1 << bit
		}
	}
}
