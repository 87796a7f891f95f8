package redact

import (
	"bytes"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

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
}

// textSearch applies all rules to one text. Offsets that outlive a view are
// offsets in the text.
type textSearch struct {
	e    *engine
	mode mode
	// report takes a hit, with the number of its line, and says whether more of
	// its rule are wanted.
	report func(v *view, h hit, line int, column func() int) bool

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

func newTextSearch(e *engine, m mode) *textSearch {
	n := e.rules()
	return &textSearch{e: e, mode: m, off: make([]bool, n), end: make([]int64, n), piece: make([]int64, n)}
}

// reset makes t fit for another text.
func (t *textSearch) reset() {
	clear(t.off)
	clear(t.end)
	clear(t.piece)
	t.value = 0
}

// all searches a text that is in memory.
func (t *textSearch) all(text []byte) {
	t.view(&view{buf: text, to: len(text), line: 1})
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
		if t.off[o.rule] {
			continue
		}
		switch {
		case !t.e.isKey(o.rule) && o.match == nil:
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
	start, win := t.window(v, pos)
	from, to, ok := o.match(win, pos-start)
	if ok {
		t.found(v, hit{o.rule, bySelf, start + from, start + to, start + from})
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
	if !ok || t.e.keyRule(string(win[from:to])) != rule || !judge(win, a) {
		return
	}
	if a.style != quoted {
		t.value = v.base + int64(start+a.valueEnd)
	}
	t.emit(v, hit{rule, byText, start + a.valueStart, start + a.valueEnd, start + from})
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
	column := func() int { return t.column(v, h.place) }
	t.off[h.rule] = !t.report(v, h, t.lineNumber, column)
}

// column is the column of pos in the current line. Most positions grow, so it
// counts on from the last one.
func (t *textSearch) column(v *view, pos int) int {
	switch {
	case t.known >= 0 && pos >= t.known:
		t.knownColumn += characters(v.buf[t.known:pos])
	case t.lineStart >= 0:
		t.knownColumn = 1 + characters(v.buf[t.lineStart:pos])
	case pos >= v.from:
		t.knownColumn = 1 + v.column + characters(v.buf[v.from:pos])
	default:
		t.knownColumn = 1 + v.column - characters(v.buf[pos:v.from])
	}
	t.known = pos
	return t.knownColumn
}
