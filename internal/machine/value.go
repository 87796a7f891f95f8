package machine

import (
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Value is a place in a document as the runtime sees it: without what merge keys
// brought, which its YAML reader does not follow. Node is nil where there is
// nothing; every method of such a Value returns nothing, so that
// v.Keys("a", "b").IsTrue() reads a path.
type Value struct {
	Node *doc.Node
	Path doc.Path
}

// Key returns what stands under a key of a mapping.
func (v Value) Key(name string) Value {
	child := Value{Path: v.Path.Child(name)}
	if !v.Node.IsMap() {
		return child
	}
	for _, e := range v.Node.Entries {
		if e.Key.IsString() && e.Key.Text == name && !e.Merged {
			child.Node = e.Value
		}
	}
	return child
}

// Keys follows several keys.
func (v Value) Keys(names ...string) Value {
	for _, name := range names {
		v = v.Key(name)
	}
	return v
}

// Items returns those of a list; anything else has none.
func (v Value) Items() []Value {
	if !v.Node.IsSeq() {
		return nil
	}
	items := make([]Value, len(v.Node.Items))
	for i, item := range v.Node.Items {
		items[i] = Value{item, v.Path.Child(i)}
	}
	return items
}

// Entry is a key of a mapping and its value.
type Entry struct {
	Key  *doc.Node
	Name string // the key as text
	Value
}

// Entries returns those of a mapping that the document itself has.
func (v Value) Entries() []Entry {
	if !v.Node.IsMap() {
		return nil
	}
	var entries []Entry
	for _, e := range v.Node.Entries {
		if !e.Merged && e.Key != nil {
			name := doc.KeyText(e.Key)
			entries = append(entries, Entry{e.Key, name, Value{e.Value, v.Path.Child(name)}})
		}
	}
	return entries
}

// Present reports whether there is a value, be it null.
func (v Value) Present() bool { return v.Node != nil }

// IsNull reports whether there is no value, or null.
func (v Value) IsNull() bool { return v.Node == nil || v.Node.Kind == doc.Null }

// IsTrue reports whether the runtime reads the value as true.
func (v Value) IsTrue() bool { truth, ok := v.Truth(); return truth && ok }

// IsFalse reports whether the runtime reads the value as false.
func (v Value) IsFalse() bool { truth, ok := v.Truth(); return !truth && ok }

// Truth returns the value as the runtime reads a boolean, and whether it can: a
// word such as true, Yes or OFF, with quotes or without.
func (v Value) Truth() (truth, ok bool) {
	switch {
	case v.Node == nil:
		return false, false
	case v.Node.Kind == doc.Bool:
		return v.Node.Bool, true
	case !v.Node.IsString() || len(v.Node.Text) > len("false"):
		return false, false
	}
	word, lower := v.Node.Text, strings.ToLower(v.Node.Text)
	if word != lower && word != strings.ToUpper(word) && word != strings.ToUpper(word[:1])+lower[1:] {
		return false, false
	}
	switch lower {
	case "y", "yes", "true", "on":
		return true, true
	case "n", "no", "false", "off":
		return false, true
	}
	return false, false
}

// IsNumber reports whether there is what the schema calls a number.
func (v Value) IsNumber() bool {
	return v.Node != nil && (v.Node.Kind == doc.Int || v.Node.Kind == doc.Float)
}

// IsScalar reports whether there is a single value.
func (v Value) IsScalar() bool {
	if v.Node == nil {
		return false
	}
	switch v.Node.Kind {
	case doc.Seq, doc.Map, doc.Set:
		return false
	}
	return true
}

// AsString returns the text of a string, and whether it is one.
func (v Value) AsString() (string, bool) {
	if v.Node.IsString() {
		return v.Node.Text, true
	}
	return "", false
}

// Text returns a scalar as the runtime reads it into a text: as the file spells
// it, whatever its type. There is none for null and for collections.
func (v Value) Text() string {
	if v.IsNull() || !v.IsScalar() {
		return ""
	}
	return Spelling(v.Node)
}

// Int returns an integer of 64 bits, and whether there is one.
func (v Value) Int() (int64, bool) {
	if v.Node == nil || v.Node.Kind != doc.Int {
		return 0, false
	}
	i, err := strconv.ParseInt(v.Node.Text, 10, 64)
	return i, err == nil
}

// Pos returns the place of the value.
func (v Value) Pos() doc.Pos {
	if v.Node == nil {
		return doc.Pos{}
	}
	return v.Node.Pos
}

// Spelling returns a scalar as its file has it, or as it will be written.
func Spelling(n *doc.Node) string {
	switch {
	case n.Kind == doc.String:
		return n.Text
	case n.Source != "":
		return n.Source
	case n.Kind == doc.Float:
		return canonyaml.FormatFloat(n.Float)
	case n.Kind == doc.Bool:
		return strconv.FormatBool(n.Bool)
	}
	return n.Text
}
