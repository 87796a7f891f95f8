package archive

import (
	"bytes"
	"fmt"
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
		refuse("version", part64{name: "m", both: func(h *rawHeader) { h.version = 63 }}, CodeVersion),
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
