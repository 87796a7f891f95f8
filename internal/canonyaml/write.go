package canonyaml

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

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
func Append(dst []byte, root *doc.Node) []byte { return AppendMost(dst, root, math.MaxInt64) }

// AppendMost is Append that stops when it has written more than most bytes, with
// an end of the text missing. A text that an alias names is written each time, so
// that a short document can have a long canonical form.
func AppendMost(dst []byte, root *doc.Node, most int64) []byte {
	w := writer{out: dst, lineStart: len(dst), anchors: findAnchors(root), most: most}
	if most < math.MaxInt64-int64(len(dst)) {
		w.most += int64(len(dst))
	}
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
	place0     where = iota // at the start of the document
	inline                  // right behind "- ", "? " or ": " of a complex key: begins on this line
	afterColon              // behind ": " of a complex key: as inline, but for lists that begin on the next line
	afterKey                // behind "key:": begins on the next line, lists without indentation
)

type writer struct {
	out       []byte
	lineStart int
	anchors   *anchors
	most      int64 // bytes of out at which to stop
	openEnded bool  // a plain root scalar needs an explicit document end
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

// value writes n; indent belongs to the collection it belongs to, so its own
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
	case at == afterColon && property:
		w.newline(indent)
	case at == inline || at == afterColon:
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
		if int64(len(w.out)) > w.most {
			return
		}
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
		if int64(len(w.out)) > w.most {
			return
		}
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
	w.value(e.Value, indent, afterColon)
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
		w.plain(text, indent, !key) // a timestamp has a space
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

// anchors names the nodes that stand in more than one place.
type anchors struct {
	names   map[*doc.Node]string
	written map[*doc.Node]bool
}

// findAnchors numbers shared nodes in the order in which they are met for the
// second time, as the reference does.
func findAnchors(root *doc.Node) *anchors {
	a := &anchors{names: map[*doc.Node]string{}, written: map[*doc.Node]bool{}}
	a.find(root, map[*doc.Node]bool{})
	return a
}

func (a *anchors) find(n *doc.Node, seen map[*doc.Node]bool) {
	if !anchorable(n) {
		return
	}
	if seen[n] {
		if a.names[n] == "" {
			a.names[n] = fmt.Sprintf("id%03d", len(a.names)+1)
		}
		return
	}
	seen[n] = true
	for _, item := range n.Items {
		a.find(item, seen)
	}
	for _, e := range n.Entries {
		a.find(e.Key, seen)
		a.find(e.Value, seen)
	}
}

// anchorable tells the kinds whose identity the reference keeps. All other
// values are written out again.
func anchorable(n *doc.Node) bool {
	switch n.Kind {
	case doc.Seq, doc.Map, doc.Set, doc.Timestamp:
		return true
	}
	return false
}

func (a *anchors) name(n *doc.Node) string { return a.names[n] }

func (a *anchors) isAlias(n *doc.Node) bool { return a.written[n] }

// visit gives the name of a shared node, and whether it was written before.
func (a *anchors) visit(n *doc.Node) (name string, alias bool) {
	name = a.names[n]
	if name == "" {
		return "", false
	}
	alias = a.written[n]
	a.written[n] = true
	return name, alias
}

type style uint8

const (
	plain style = iota
	single
	double
)

// styleOf picks the first of plain, single quoted and double quoted that can
// carry a string so that the reference reads it back.
func styleOf(text string, key bool) style {
	if text == "" {
		return single
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			if key {
				return double
			}
			// A space beside a break would be lost in any other style.
			if i+1 < len(text) && text[i+1] == ' ' || i > 0 && text[i-1] == ' ' {
				return double
			}
		case c < ' ' || c > '~':
			return double
		}
	}
	if plainSafe(text) && resolve(text) == strForm {
		return plain
	}
	return single
}

// plainSafe reports whether a printable ASCII text survives without quotes in
// block context.
func plainSafe(text string) bool {
	switch {
	case strings.ContainsRune(text, '\n'),
		text[0] == ' ', text[len(text)-1] == ' ',
		strings.HasPrefix(text, "---"), strings.HasPrefix(text, "..."),
		strings.IndexByte("#,[]{}&*!|>'\"%@`", text[0]) >= 0,
		strings.Contains(text, ": "), strings.Contains(text, " #"),
		text[len(text)-1] == ':':
		return false
	}
	if c := text[0]; c == '-' || c == '?' {
		return len(text) > 1 && text[1] != ' '
	}
	return true
}

// plain writes an unquoted text. Behind the width it goes on in the next line
// at a single space; runs of spaces are content and never broken.
func (w *writer) plain(text string, indent int, fold bool) {
	w.words(text, indent, fold, false)
}

// singleQuoted writes a text with line breaks doubled, as folding demands, and
// quotes doubled.
func (w *writer) singleQuoted(text string, indent int, fold bool) {
	w.out = append(w.out, '\'')
	for first := true; ; first = false {
		words, rest, more := strings.Cut(text, "\n")
		w.words(words, indent, fold, true)
		if !more {
			break
		}
		if first || words != "" {
			w.newline(0) // one break alone would read as a space
		}
		w.newline(0)
		if !strings.HasPrefix(rest, "\n") {
			w.pad(indent)
		}
		text = rest
	}
	w.out = append(w.out, '\'')
}

func (w *writer) pad(indent int) {
	for w.column() < indent {
		w.out = append(w.out, ' ')
	}
}

// words writes one logical line, folding it.
func (w *writer) words(text string, indent int, fold, quoted bool) {
	for i := 0; i < len(text); {
		if text[i] != ' ' {
			end := strings.IndexByte(text[i:], ' ')
			if end < 0 {
				end = len(text)
			} else {
				end += i
			}
			word := text[i:end]
			if quoted {
				word = strings.ReplaceAll(word, "'", "''")
			}
			w.out = append(w.out, word...)
			i = end
			continue
		}
		end := i
		for end < len(text) && text[end] == ' ' {
			end++
		}
		if fold && end == i+1 && i > 0 && end < len(text) && w.column() > bestWidth {
			w.newline(indent)
		} else {
			w.out = append(w.out, text[i:end]...)
		}
		i = end
	}
}

// doubleQuoted writes any text with escapes. Behind the width it breaks, with a
// backslash at the end of the line: before a space, behind an escape, or before
// what follows an escape. A space that then begins a line is escaped to
// survive. The first and the last character are never broken off.
func (w *writer) doubleQuoted(text string, indent int, fold bool) {
	_, lastSize := utf8.DecodeLastRuneInString(text)
	last := len(text) - lastSize
	pending := 0 // text[pending:i] is printable and not yet written
	flush := func(end int) {
		w.out = append(w.out, text[pending:end]...)
		pending = end
	}
	w.out = append(w.out, '"')
	for i, r := range text {
		var mayBreak bool
		var width int
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			flush(i)
			w.out = append(w.out, escape(r)...)
			pending = i + utf8.RuneLen(r)
			// Observed: an escape may end one column later than a word.
			mayBreak, width = true, w.column()-1
		} else {
			mayBreak, width = r == ' ' || pending == i, w.column()+i-pending
		}
		if !fold || !mayBreak || i == 0 || i >= last || width <= bestWidth {
			continue
		}
		flush(max(i, pending))
		w.out = append(w.out, '\\')
		w.newline(indent)
		if text[pending] == ' ' {
			w.out = append(w.out, '\\')
		}
	}
	flush(len(text))
	w.out = append(w.out, '"')
}

func escape(r rune) string {
	switch r {
	case 0:
		return `\0`
	case '\a':
		return `\a`
	case '\b':
		return `\b`
	case '\t':
		return `\t`
	case '\n':
		return `\n`
	case '\v':
		return `\v`
	case '\f':
		return `\f`
	case '\r':
		return `\r`
	case 0x1B:
		return `\e`
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case 0x85:
		return `\N`
	case 0xA0:
		return `\_`
	case 0x2028:
		return `\L`
	case 0x2029:
		return `\P`
	}
	switch {
	case r <= 0xFF:
		return fmt.Sprintf(`\x%02X`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04X`, r)
	}
	return fmt.Sprintf(`\U%08X`, r)
}
