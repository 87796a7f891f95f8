package strictjson

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Append writes n as the package format writes JSON (meta/provenance.json): an
// item or entry per line, two spaces of indent, keys sorted by code point,
// everything but printable ASCII as \uXXXX, a final line feed. That is Python's
// json.dumps(n, indent=2, sort_keys=True) and a line feed.
//
// It writes what provenance needs: null, booleans, integers, strings, lists and
// mappings with string keys. Anything else, text that is not UTF-8 and nesting
// deeper than MaxDepth is an *Error, and then dst is returned as it was. Shared
// nodes are written once per place: the caller answers for the size of a tree.
func Append(dst []byte, n *doc.Node) ([]byte, error) {
	w := writer{out: dst}
	if err := w.value(n); err != nil {
		return dst, err
	}
	return append(w.out, '\n'), nil
}

type writer struct {
	out  []byte
	path doc.Path
}

func (w *writer) fail(n *doc.Node, msg string) *Error {
	e := &Error{Path: slices.Clone(w.path), Msg: msg}
	if n != nil {
		e.Pos = n.Pos
	}
	return e
}

func (w *writer) value(n *doc.Node) error {
	if n == nil {
		return w.fail(nil, "a value is missing")
	}
	switch n.Kind {
	case doc.Null:
		w.out = append(w.out, "null"...)
	case doc.Bool:
		if n.Bool {
			w.out = append(w.out, "true"...)
		} else {
			w.out = append(w.out, "false"...)
		}
	case doc.Int:
		if !isDecimal(n.Text) {
			return w.fail(n, "an integer without decimal digits")
		}
		w.out = append(w.out, n.Text...)
	case doc.String:
		return w.str(n)
	case doc.Seq:
		return w.list(n)
	case doc.Map:
		return w.mapping(n)
	default:
		return w.fail(n, "cannot write "+n.Kind.String()+" as JSON")
	}
	return nil
}

func (w *writer) list(n *doc.Node) error {
	if len(n.Items) == 0 {
		w.out = append(w.out, "[]"...)
		return nil
	}
	if len(w.path) == MaxDepth {
		return w.fail(n, "nested too deep").because(ErrLimit)
	}
	w.out = append(w.out, '[')
	for i, item := range n.Items {
		w.path = append(w.path, i)
		w.newline(i > 0)
		if err := w.value(item); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.newline(false)
	w.out = append(w.out, ']')
	return nil
}

func (w *writer) mapping(n *doc.Node) error {
	if len(n.Entries) == 0 {
		w.out = append(w.out, "{}"...)
		return nil
	}
	if len(w.path) == MaxDepth {
		return w.fail(n, "nested too deep").because(ErrLimit)
	}
	for _, e := range n.Entries {
		if !e.Key.IsString() {
			return w.fail(e.Key, "a key that is not a string")
		}
	}
	// UTF-8 sorts as the code points it stands for.
	entries := slices.Clone(n.Entries)
	slices.SortStableFunc(entries, func(a, b doc.Entry) int {
		return strings.Compare(a.Key.Text, b.Key.Text)
	})
	w.out = append(w.out, '{')
	for i, e := range entries {
		if i > 0 && e.Key.Text == entries[i-1].Key.Text {
			return w.fail(e.Key, "duplicate key "+quoteKey(e.Key.Text)).because(ErrDuplicateKey)
		}
		w.path = append(w.path, e.Key.Text)
		w.newline(i > 0)
		if err := w.str(e.Key); err != nil {
			return err
		}
		w.out = append(w.out, ": "...)
		if err := w.value(e.Value); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.newline(false)
	w.out = append(w.out, '}')
	return nil
}

// newline starts a line at the depth of the path.
func (w *writer) newline(comma bool) {
	if comma {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, '\n')
	for range w.path {
		w.out = append(w.out, "  "...)
	}
}

func (w *writer) str(n *doc.Node) error {
	if !utf8.ValidString(n.Text) {
		return w.fail(n, "text that is not valid UTF-8")
	}
	w.out = append(w.out, '"')
	for _, c := range n.Text {
		switch c {
		case '"', '\\':
			w.out = append(w.out, '\\', byte(c))
		case '\b':
			w.out = append(w.out, `\b`...)
		case '\f':
			w.out = append(w.out, `\f`...)
		case '\n':
			w.out = append(w.out, `\n`...)
		case '\r':
			w.out = append(w.out, `\r`...)
		case '\t':
			w.out = append(w.out, `\t`...)
		default:
			switch {
			case ' ' <= c && c <= '~':
				w.out = append(w.out, byte(c))
			case c > 0xffff:
				high, low := utf16.EncodeRune(c)
				w.unit(high)
				w.unit(low)
			default:
				w.unit(c)
			}
		}
	}
	w.out = append(w.out, '"')
	return nil
}

// unit writes one UTF-16 code unit as an escape.
func (w *writer) unit(u rune) {
	const hex = "0123456789abcdef"
	w.out = append(w.out, '\\', 'u', hex[u>>12], hex[u>>8&0xf], hex[u>>4&0xf], hex[u&0xf])
}

func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	if s == "" || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
