package redact

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
			t.found(v, hit{rule, bySelf, at, to, at})
		}
	}
}
