package canonyaml

import (
	"encoding/base64"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

const (
	indentStep = 2
	// bestWidth is the column behind which a text is folded at its next space.
	bestWidth = 80
	// maxSimpleKey bounds tag, anchor and text of a key that stands on one line
	// with its value; longer keys get the "? " form.
	maxSimpleKey = 128
)

// Append writes the document root in canonical form behind dst. The output is
// ASCII and ends with a newline. root must be free of cycles, as every document
// that Read returns is.
func Append(dst []byte, root *doc.Node) []byte {
	w := writer{out: dst, lineStart: len(dst), anchors: findAnchors(root)}
	w.value(root, 0, place0)
	if w.openEnded {
		w.out = append(w.out, "\n..."...)
	}
	if len(w.out) > 0 && w.out[len(w.out)-1] != '\n' {
		w.out = append(w.out, '\n')
	}
	return w.out
}

// where tells how a block collection begins on the current line.
type where uint8

const (
	place0   where = iota // at the start of the document
	inline                // right behind "- ", "? " or ": " of a complex key: begins on this line
	afterKey              // behind "key:": begins on the next line, lists without indentation
)

type writer struct {
	out       []byte
	lineStart int
	anchors   *anchors
	openEnded bool // a plain root scalar needs an explicit document end
}

func (w *writer) column() int { return len(w.out) - w.lineStart }

func (w *writer) newline(indent int) {
	w.out = append(w.out, '\n')
	w.lineStart = len(w.out)
	for range indent {
		w.out = append(w.out, ' ')
	}
}

// property writes an anchor or a tag.
func (w *writer) property(p string) {
	w.space()
	w.out = append(w.out, p...)
}

// space separates from what stands before on the line.
func (w *writer) space() {
	if w.column() > 0 && w.out[len(w.out)-1] != ' ' {
		w.out = append(w.out, ' ')
	}
}

// value writes n; indent is that of the collection it belongs to, so its own
// lines stand one step deeper.
func (w *writer) value(n *doc.Node, indent int, at where) {
	anchor, alias := w.anchors.visit(n)
	if alias {
		w.property("*" + anchor)
		return
	}
	if anchor != "" {
		w.property("&" + anchor)
	}
	switch n.Kind {
	case doc.Seq:
		w.sequence(n, indent, at, anchor != "")
	case doc.Map:
		w.mapping(n, indent, at, anchor != "")
	case doc.Set:
		w.property("!!set")
		w.mapping(n, indent, at, true)
	default:
		w.scalar(n, indent+indentStep, at == place0, false)
	}
}

func (w *writer) sequence(n *doc.Node, indent int, at where, property bool) {
	if len(n.Items) == 0 {
		w.property("[]")
		return
	}
	switch {
	case at == inline:
		indent += indentStep
		if property {
			w.newline(indent)
		}
	case at == afterKey:
		w.newline(indent)
	case property:
		w.newline(indent)
	}
	for i, item := range n.Items {
		if i > 0 {
			w.newline(indent)
		}
		w.space()
		w.out = append(w.out, '-')
		w.value(item, indent, inline)
	}
}

func (w *writer) mapping(n *doc.Node, indent int, at where, property bool) {
	if len(n.Entries) == 0 {
		w.property("{}")
		return
	}
	if at != place0 {
		indent += indentStep
	}
	if at == afterKey || property {
		w.newline(indent)
	}
	for i, e := range n.Entries {
		if i > 0 {
			w.newline(indent)
		}
		w.space()
		w.entry(e, indent)
	}
}

func (w *writer) entry(e doc.Entry, indent int) {
	if w.simpleKey(e.Key) {
		w.key(e.Key)
		w.out = append(w.out, ':')
		w.value(e.Value, indent, afterKey)
		return
	}
	w.out = append(w.out, '?')
	w.value(e.Key, indent, inline)
	w.newline(indent)
	w.out = append(w.out, ':')
	w.value(e.Value, indent, inline)
}

// simpleKey reports whether a key may stand on one line with its value. The
// length that counts includes the tag, which is never written.
func (w *writer) simpleKey(n *doc.Node) bool {
	if w.anchors.isAlias(n) {
		return true
	}
	text := plainText(n)
	if text == "" || strings.ContainsAny(text, "\n\u0085\u2028\u2029") {
		return false
	}
	tag := map[doc.Kind]int{doc.Null: 6, doc.Bool: 6, doc.Int: 5, doc.Float: 7, doc.String: 5, doc.Timestamp: 11}[n.Kind]
	return tag+len([]rune(text))+len(w.anchors.name(n)) < maxSimpleKey
}

func (w *writer) key(n *doc.Node) {
	anchor, alias := w.anchors.visit(n)
	if alias {
		w.property("*" + anchor)
		w.out = append(w.out, ' ') // or the colon would belong to the name
		return
	}
	if anchor != "" {
		w.property("&" + anchor)
	}
	w.scalar(n, 0, false, true)
}

// plainText is the text a scalar is written from.
func plainText(n *doc.Node) string {
	switch n.Kind {
	case doc.Null:
		return "null"
	case doc.Bool:
		if n.Bool {
			return "true"
		}
		return "false"
	case doc.Float:
		return FormatFloat(n.Float)
	case doc.Binary:
		return base64Lines(n.Text)
	}
	return n.Text
}

// base64Lines is base64 in lines of 76 characters, each ended by a newline.
func base64Lines(data string) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(data))
	var b strings.Builder
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		b.WriteString(encoded[:n])
		b.WriteByte('\n')
		encoded = encoded[n:]
	}
	return b.String()
}

// scalar writes a leaf. A key is never folded.
func (w *writer) scalar(n *doc.Node, indent int, root, key bool) {
	text := plainText(n)
	if n.Kind == doc.Binary {
		w.property("!!binary")
		if text == "" {
			w.property(`""`)
			return
		}
		w.property("|")
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			w.newline(indent)
			w.out = append(w.out, line...)
		}
		return
	}
	w.space()
	if n.Kind != doc.String {
		w.out = append(w.out, text...)
		w.openEnded = root
		return
	}
	switch style := styleOf(text, key); style {
	case plain:
		w.plain(text, indent, !key)
		w.openEnded = root
	case single:
		w.singleQuoted(text, indent, !key)
	default:
		w.doubleQuoted(text, indent, !key)
	}
}
