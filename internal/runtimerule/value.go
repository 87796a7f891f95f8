package runtimerule

import (
	"fmt"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// value is a place in a config as the runtime sees it: without what merge keys
// brought. Its node is nil where there is nothing.
type value struct {
	node *doc.Node
	path doc.Path
}

// key is what stands under a key of a mapping.
func (v value) key(name string) value {
	child := value{path: v.path.Child(name)}
	if !v.node.IsMap() {
		return child
	}
	for _, e := range v.node.Entries {
		if e.Key.IsString() && e.Key.Text == name && !e.Merged {
			child.node = e.Value
		}
	}
	return child
}

// keys follows several keys.
func (v value) keys(names ...string) value {
	for _, name := range names {
		v = v.key(name)
	}
	return v
}

// items are those of a list; of anything else there are none.
func (v value) items() []value {
	if !v.node.IsSeq() {
		return nil
	}
	items := make([]value, len(v.node.Items))
	for i, item := range v.node.Items {
		items[i] = value{item, v.path.Child(i)}
	}
	return items
}

func (v value) present() bool { return v.node != nil }

// isTrue reports whether there is the boolean true.
func (v value) isTrue() bool {
	return v.node != nil && v.node.Kind == doc.Bool && v.node.Bool
}

// isFalse reports whether there is the boolean false.
func (v value) isFalse() bool {
	return v.node != nil && v.node.Kind == doc.Bool && !v.node.Bool
}

// isNumber reports whether there is what the schema calls a number.
func (v value) isNumber() bool {
	return v.node != nil && (v.node.Kind == doc.Int || v.node.Kind == doc.Float)
}

// report gathers violations.
type report struct {
	found []Violation
}

// refuse adds what the runtime refuses.
func (r *report) refuse(code Code, at value, hint, format string, args ...any) {
	v := Violation{Path: at.path, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
	if at.node != nil {
		v.Pos = at.node.Pos
	}
	r.found = append(r.found, v)
}

// warn adds what the runtime ignores; pos is the place of the key.
func (r *report) warn(code Code, at value, pos doc.Pos, hint, format string, args ...any) {
	r.found = append(r.found, Violation{
		Path: at.path, Pos: pos, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Warning: true,
	})
}

// maxShown keeps messages readable whatever the keys and ids are.
const maxShown = 64

// quote shows a key or an id.
func quote(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxShown { // no more is looked at: aliases can repeat a long one
			s = s[:i] + "…"
			break
		}
	}
	return strconv.QuoteToGraphic(s)
}
