package secretscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

const (
	// lookaround is how far around an anchor a matcher sees.
	lookaround = 4 << 10
	// pieceSize is the longest part of a line that is searched at once.
	pieceSize = 32 << 10
	// bufferSize is the memory of a stream, if its text is as long as that.
	bufferSize = 128 << 10
)

// stream cuts a text of any size into views: whole lines as long as the buffer
// lasts, else pieces of a line at fixed distances from its start, with context
// on both sides. What a search sees does not depend on how the text arrives.
type stream struct {
	search *textSearch

	buf  []byte
	view view
}

// view is a part of a text that is searched: buf[from:to]. Around it is
// context, as far as the line goes.
type view struct {
	marks    []mark // of the text up to the end of buf
	buf      []byte
	from, to int
	base     int64 // offset of buf[0] in the text
	lineOff  int   // bytes of the line at from that came before from; see advance
	line     int   // number of that line, from 1
	column   int   // characters of it that came before from
}

// mark says that the byte at an offset of the text stood elsewhere in the file: in
// another column, and behind line ends that did not come along.
type mark struct {
	off    int64
	soft   int // line ends up to here that are not in the text
	column int // of the byte, from 1
}

// mark notes the place of the next byte that is written.
func (s *stream) mark(soft, column int) {
	s.view.marks = append(s.view.marks, mark{s.view.base + int64(len(s.buf)), soft, column})
}

// column is the column of the next byte that is written.
func (s *stream) column() int {
	i := bytes.LastIndexByte(s.buf, '\n')
	return 1 + characters(s.buf[i+1:])
}

// markAt is the last mark up to an offset in buf. The zero mark stands before
// everything.
func (v *view) markAt(pos int) mark {
	at := v.base + int64(pos)
	i, j := 0, len(v.marks)
	for i < j {
		if m := (i + j) / 2; v.marks[m].off > at {
			j = m
		} else {
			i = m + 1
		}
	}
	if i == 0 {
		return mark{off: -1}
	}
	return v.marks[i-1]
}

func (s *stream) write(p []byte) {
	for len(p) > 0 {
		n := min(len(p), bufferSize-len(s.buf))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
		if len(s.buf) == bufferSize {
			s.drain(false)
		}
	}
}

// close searches what is left.
func (s *stream) close() { s.drain(true) }

func (s *stream) drain(final bool) {
	v := &s.view
	v.buf = s.buf
	for v.from < len(s.buf) {
		rest := s.buf[v.from:]
		newline := -1
		if bytes.IndexByte(rest, '\n') >= 0 {
			newline = bytes.LastIndexByte(rest, '\n')
		}
		switch {
		case newline >= 0:
			v.to = v.from + newline + 1
		case final:
			v.to = len(s.buf)
		case len(rest) >= pieceSize+lookaround:
			v.to = v.from + pieceSize
		default:
			s.compact()
			return
		}
		s.search.view(v)
		v.advance()
	}
	s.compact()
}

func (v *view) advance() {
	part := v.buf[v.from:v.to]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		v.line += n
		v.lineOff, v.column = 0, 0
	} else {
		// Only the distance to the last piece matters, so that the number need
		// not grow with the line.
		v.lineOff += len(part)
		if v.lineOff > 4*pieceSize {
			v.lineOff -= 2 * pieceSize
		}
		if m := v.markAt(v.to); m.off >= v.base+int64(v.from) {
			v.column = m.column - 1 + characters(v.buf[m.off-v.base:v.to])
		} else {
			v.column += characters(part)
		}
	}
	v.from = v.to
}

// compact drops what was searched and is no longer needed as context.
func (s *stream) compact() {
	v := &s.view
	drop := max(0, v.from-min(v.lineOff, lookaround))
	s.buf = s.buf[:copy(s.buf, s.buf[drop:])]
	v.buf = s.buf
	v.base += int64(drop)
	v.from -= drop
	first := 0
	for first+1 < len(v.marks) && v.marks[first+1].off <= v.base {
		first++
	}
	v.marks = v.marks[:copy(v.marks, v.marks[first:])]
}

// characters counts the bytes that begin a character of UTF-8. Of bytes that
// are no UTF-8 it counts some: the same ones however the text arrives.
func characters(b []byte) int {
	const ones = 0x0101010101010101
	n := len(b)
	for ; len(b) >= 8; b = b[8:] {
		v := binary.LittleEndian.Uint64(b)
		n -= bits.OnesCount64(v >> 7 &^ (v >> 6) & ones) // bytes that begin with 10
	}
	for _, c := range b {
		if c&0xc0 == 0x80 {
			n--
		}
	}
	return n
}

// mode says where in a text assignments are looked for.
type mode uint8

const (
	everywhere mode = iota // text of no known structure
	inComments             // the text of a YAML file that is read as a document, too
	nowhere                // the text of a JSON file that is read as a document, too
	leniently              // a document that could not be read: every value counts
)

// hit is what a search found: bytes of the view's buffer.
type hit struct {
	rule       int
	how        cause
	start, end int // of the secret
	place      int // what line and column are given for
	key        string
	weak       bool // only a warning
}

// textSearch applies all rules to one text. Offsets that outlive a view are
// offsets in the text.
type textSearch struct {
	e    *Engine
	mode mode
	// context is what stands around the text and says something about it: the
	// keys above a value.
	context string
	// arguments reports that the text is a command line, or a part of one.
	arguments bool
	// report takes a hit, with the number of its line, and says whether more of
	// its rule are wanted.
	report func(v *view, h hit, line int, column func() int) bool

	whole view // of a text in memory
	hits  []anchors.Hit
	off   []bool  // rules that nobody wants any more
	end   []int64 // by rule: behind the last match
	piece []int64 // by rule: behind the start of the last piece that a Pattern saw
	value int64   // behind the last value assigned without quotes

	// The line of the last hit.
	lineNumber         int
	lineStart, lineEnd int // lineStart is negative when the line began before the buffer
	known, knownColumn int // a place in it whose column is known; none if known is negative
}

func newTextSearch(e *Engine) *textSearch {
	n := e.rules()
	return &textSearch{e: e, off: make([]bool, n), end: make([]int64, n), piece: make([]int64, n)}
}

// reset makes t fit for another text.
func (t *textSearch) reset(m mode) {
	clear(t.off)
	clear(t.end)
	clear(t.piece)
	t.mode, t.value = m, 0
}

// touches reports whether there is anything in a text for a rule to look at.
func (t *textSearch) touches(text []byte) bool {
	t.hits = t.e.finder.Find(t.hits[:0], text)
	return len(t.hits) > 0 || len(t.e.slow) > 0
}

// all searches a text that is in memory.
func (t *textSearch) all(text []byte) {
	t.whole = view{buf: text, to: len(text), line: 1}
	t.view(&t.whole)
}

// view searches one view.
func (t *textSearch) view(v *view) {
	t.lineNumber = v.line
	t.lineStart, t.known = v.from-v.lineOff, -1
	t.lineEnd = lineEnd(v, v.from)
	// Anchors behind the view belong to matches that begin in it.
	t.hits = t.e.finder.Find(t.hits[:0], v.buf[v.from:min(len(v.buf), v.to+lookaround)])
	for _, h := range t.hits {
		pos := v.from + h.Pos
		o := t.e.owner[h.Pattern]
		if o.rule >= len(t.off) || t.off[o.rule] { // Looks knows no keys
			continue
		}
		switch {
		case !t.e.isKey(o.rule) && o.form == nil:
			t.locate(v, pos)
			t.pieces(v, o.rule, pos)
		case pos >= v.to:
		case t.e.isKey(o.rule):
			t.locate(v, pos)
			t.assignment(v, o.rule, pos)
		default:
			t.locate(v, pos)
			t.shape(v, o, pos)
		}
	}
	t.slowRules(v)
}

// locate makes the line of pos the current one. Positions only grow.
func (t *textSearch) locate(v *view, pos int) {
	if pos <= t.lineEnd {
		return
	}
	gap := v.buf[t.lineEnd:pos]
	t.lineNumber += bytes.Count(gap, []byte{'\n'})
	t.lineStart = t.lineEnd + bytes.LastIndexByte(gap, '\n') + 1
	t.lineEnd = lineEnd(v, pos)
	t.known = -1
}

func lineEnd(v *view, pos int) int {
	if i := bytes.IndexByte(v.buf[pos:], '\n'); i >= 0 {
		return pos + i
	}
	return len(v.buf)
}

// textEnd is the end of the current line without a carriage return.
func (t *textSearch) textEnd(v *view) int {
	if t.lineEnd < len(v.buf) && t.lineEnd > max(0, t.lineStart) && v.buf[t.lineEnd-1] == '\r' {
		return t.lineEnd - 1
	}
	return t.lineEnd
}

// window is the part of the line that a matcher sees of an anchor at pos.
func (t *textSearch) window(v *view, pos int) (start int, win []byte) {
	start = max(0, t.lineStart, pos-lookaround)
	return start, v.buf[start:max(pos, min(t.textEnd(v), pos+lookaround))]
}

func (t *textSearch) shape(v *view, o owner, pos int) {
	if v.base+int64(pos) < t.end[o.rule] {
		return // in the last match
	}
	start, win := t.window(v, pos)
	from, to, ok := o.form.match(win, pos-start)
	if ok {
		weak := len(o.form.hint) > 0 && !hinted(win, from, to, t.context, o.form.hint)
		t.found(v, hit{rule: o.rule, how: bySelf, start: start + from, end: start + to, place: start + from, weak: weak})
	}
}

func (t *textSearch) assignment(v *view, rule, pos int) {
	if t.mode == nowhere || v.base+int64(pos) < t.value || v.base+int64(pos) < t.end[rule] {
		return
	}
	start, win := t.window(v, pos)
	at := pos - start
	if t.mode == inComments && !commented(win[:at]) {
		return
	}
	// The anchor is one of the rule's words; its length does not matter, as all
	// its bytes belong to the key.
	from, to := keyAround(win, at, anchors.MinLen)
	t.end[rule] = v.base + int64(start+to)
	a, ok := assigned(win, from, to, t.mode == leniently)
	if !ok {
		return
	}
	a.arguments = t.arguments
	key := string(win[from:to])
	r := t.e.match(key)
	if r.rule != rule || !judge(win, a, r) {
		return
	}
	a.trim(win)
	if a.style != quoted {
		t.value = v.base + int64(start+a.valueEnd)
	}
	t.emit(v, hit{rule: rule, how: byText, start: start + a.valueStart, end: start + a.valueEnd, place: start + from, key: key})
}

// commented reports whether a YAML comment begins in line.
func commented(line []byte) bool {
	for i := 0; ; i++ {
		j := bytes.IndexByte(line[i:], '#')
		if j < 0 {
			return false
		}
		if i += j; i == 0 || spaces[line[i-1]] {
			return true
		}
	}
}

// found reports a match unless it overlaps the one before.
func (t *textSearch) found(v *view, h hit) {
	if v.base+int64(h.start) >= t.end[h.rule] {
		t.end[h.rule] = v.base + int64(h.end)
		t.emit(v, h)
	}
}

func (t *textSearch) emit(v *view, h hit) {
	m := v.markAt(h.place)
	column := func() int { return t.column(v, h.place, m) }
	t.off[h.rule] = !t.report(v, h, t.lineNumber+m.soft, column)
}

// column is the column of pos in the current line. Most positions grow, so it
// counts on from the last one.
func (t *textSearch) column(v *view, pos int, m mark) int {
	moved := -1
	if first := v.base + int64(max(0, t.lineStart)); m.off >= first {
		moved = int(m.off - v.base)
	}
	switch {
	case t.known >= 0 && pos >= t.known && t.known >= moved:
		t.knownColumn += characters(v.buf[t.known:pos])
	case moved >= 0:
		t.knownColumn = m.column + characters(v.buf[moved:pos])
	case t.lineStart >= 0:
		t.knownColumn = 1 + characters(v.buf[t.lineStart:pos])
	case pos >= v.from:
		t.knownColumn = 1 + v.column + characters(v.buf[v.from:pos])
	default:
		t.knownColumn = max(1, 1+v.column-characters(v.buf[pos:v.from]))
	}
	t.known = pos
	return t.knownColumn
}

// A Pattern sees a line in pieces that begin at multiples of pieceSize from the
// start of the line. A match belongs to the piece it begins in; around a piece
// the Pattern sees MaxLen bytes of context.

// pieces runs a Pattern on the piece with an anchor at pos, and on the one
// before if a match could begin there.
func (t *textSearch) pieces(v *view, rule, pos int) {
	offset := pos - t.lineStart
	piece := offset / pieceSize
	if piece > 0 && offset-piece*pieceSize < t.e.shapes[rule].maxLen() {
		t.pattern(v, rule, piece-1)
	}
	t.pattern(v, rule, piece)
}

// slowRules runs the Patterns without anchors on every piece of the view.
func (t *textSearch) slowRules(v *view) {
	if len(t.e.slow) == 0 {
		return
	}
	t.lineNumber = v.line
	t.lineStart, t.known = v.from-v.lineOff, -1
	t.lineEnd = lineEnd(v, v.from)
	for pos := v.from; pos < v.to; {
		for piece := (pos - t.lineStart) / pieceSize; t.lineStart+piece*pieceSize < min(v.to, t.lineEnd); piece++ {
			for _, rule := range t.e.slow {
				if !t.off[rule] {
					t.pattern(v, rule, piece)
				}
			}
		}
		pos = t.lineEnd + 1
		if pos < v.to {
			t.lineNumber++
			t.lineStart, t.known = pos, -1
			t.lineEnd = lineEnd(v, pos)
		}
	}
}

// pattern runs a Pattern on one piece of the current line, once, if the piece
// begins in the view.
func (t *textSearch) pattern(v *view, rule, piece int) {
	start := t.lineStart + piece*pieceSize
	if start < v.from || start >= v.to || t.off[rule] || v.base+int64(start) < t.piece[rule] {
		return
	}
	t.piece[rule] = v.base + int64(start) + 1
	r := t.e.shapes[rule]
	stop := t.textEnd(v)
	end := min(start+pieceSize, stop)
	from := max(0, t.lineStart, start-r.maxLen())
	text := v.buf[from:max(from, min(end+r.maxLen(), stop))]
	for _, m := range r.Pattern.FindAllIndex(text, -1) {
		at, to := from+m[0], from+m[1]
		if at >= start && at < end && to > at && !t.off[rule] {
			t.found(v, hit{rule: rule, how: bySelf, start: at, end: to, place: at})
		}
	}
}

// decoder turns UTF-16 into UTF-8 and leaves everything else alone.
type decoder struct {
	wide     bool
	swap     bool // big endian
	odd      byte // the first half of a unit whose other half is still to come
	isOdd    bool
	high     rune // the first half of a surrogate pair, or 0
	utf8Text []byte
}

// decoderFor decides by the byte order mark that a file begins with.
func decoderFor(head []byte) *decoder {
	swap := bytes.HasPrefix(head, []byte{0xfe, 0xff})
	return &decoder{wide: swap || bytes.HasPrefix(head, []byte{0xff, 0xfe}), swap: swap}
}

func (d *decoder) decode(p []byte, write func([]byte)) {
	if !d.wide {
		write(p)
		return
	}
	for _, c := range p {
		if !d.isOdd {
			d.odd, d.isOdd = c, true
			continue
		}
		d.isOdd = false
		if d.swap {
			d.unit(rune(d.odd)<<8 | rune(c))
		} else {
			d.unit(rune(c)<<8 | rune(d.odd))
		}
		if len(d.utf8Text) >= 4<<10 {
			write(d.utf8Text)
			d.utf8Text = d.utf8Text[:0]
		}
	}
	write(d.utf8Text)
	d.utf8Text = d.utf8Text[:0]
}

func (d *decoder) unit(r rune) {
	if d.high != 0 {
		pair := utf16.DecodeRune(d.high, r)
		d.high = 0
		d.utf8Text = utf8.AppendRune(d.utf8Text, pair)
		if pair != utf8.RuneError {
			return
		}
	}
	switch {
	case r == 0xfeff: // a byte order mark is not a character
	case 0xd800 <= r && r < 0xdc00:
		d.high = r
	default:
		d.utf8Text = utf8.AppendRune(d.utf8Text, r)
	}
}
