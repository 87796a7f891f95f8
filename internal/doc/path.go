package doc

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Path leads from the root of a document to a node: a string step is the key of
// a mapping, an int step the index in a list, and an Item step the item of a list
// that is known by a name.
type Path []any

// Item is a step to an item of a list that keeps its name when it moves.
type Item struct {
	Name  string
	Index int
}

// Child returns p with one more step. The result never shares memory that a
// later Child of p could overwrite.
func (p Path) Child(step any) Path {
	child := make(Path, len(p)+1)
	copy(child, p)
	child[len(p)] = step
	return child
}

// String is the path as a person writes it: providers[0].args[1]. A key that
// would be ambiguous is quoted: providers["a.b"]. An Item shows its name:
// providers[heater0]. The root is ".".
func (p Path) String() string {
	if len(p) == 0 {
		return "."
	}
	var b strings.Builder
	for _, step := range p {
		switch s := step.(type) {
		case int:
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(s))
			b.WriteByte(']')
		case Item:
			b.WriteByte('[')
			if plainKey(s.Name) {
				b.WriteString(s.Name)
			} else {
				b.WriteString(strconv.QuoteToGraphic(s.Name))
			}
			b.WriteByte(']')
		case string:
			if !plainKey(s) {
				b.WriteByte('[')
				b.WriteString(strconv.QuoteToGraphic(s))
				b.WriteByte(']')
				continue
			}
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// Pointer is the path as a JSON Pointer (RFC 6901). The root is "".
func (p Path) Pointer() string {
	var b strings.Builder
	for _, step := range p {
		b.WriteByte('/')
		switch s := step.(type) {
		case int:
			b.WriteString(strconv.Itoa(s))
		case Item:
			b.WriteString(strconv.Itoa(s.Index))
		case string:
			b.WriteString(pointerEscaper.Replace(s))
		}
	}
	return b.String()
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// Compare orders paths: step by step, indexes before keys, and a path before what is
// below it. It makes no text of them, which aliases can make long, and many.
func (p Path) Compare(q Path) int { return slices.CompareFunc(p, q, compareSteps) }

func compareSteps(a, b any) int {
	i, aIsIndex := index(a)
	j, bIsIndex := index(b)
	switch {
	case aIsIndex && bIsIndex:
		return cmp.Compare(i, j)
	case aIsIndex:
		return -1
	case bIsIndex:
		return 1
	}
	return strings.Compare(a.(string), b.(string))
}

func index(step any) (int, bool) {
	switch s := step.(type) {
	case int:
		return s, true
	case Item:
		return s.Index, true
	}
	return 0, false
}

func plainKey(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
		default:
			return false
		}
	}
	return true
}

// KeyText is a key as a path step shows it. Keys that are not strings appear as
// the text a person would type: null, true, 5, 0.1.
func KeyText(key *Node) string {
	switch key.Kind {
	case Null:
		return "null"
	case Bool:
		return strconv.FormatBool(key.Bool)
	case Float:
		return strconv.FormatFloat(key.Float, 'g', -1, 64)
	case Binary:
		return "binary"
	default:
		return key.Text
	}
}

// Walk visits every node below and including root in document order, keys
// before their values being left out. A node that is shared is visited once per
// place it appears in; visit returns false to stay out of a node.
func Walk(root *Node, visit func(path Path, key, value *Node) bool) {
	walk(nil, nil, root, visit)
}

func walk(path Path, key, n *Node, visit func(Path, *Node, *Node) bool) {
	if n == nil || !visit(path, key, n) {
		return
	}
	for i, item := range n.Items {
		walk(path.Child(i), nil, item, visit)
	}
	for _, e := range n.Entries {
		walk(path.Child(KeyText(e.Key)), e.Key, e.Value, visit)
	}
}

// Count is the number of keys and values below and including root, shared nodes
// as often as they appear, or most if there are more.
func Count(root *Node, most int) int {
	if root == nil || most <= 0 {
		return 0
	}
	n := 1
	for _, item := range root.Items {
		n += Count(item, most-n)
	}
	for _, e := range root.Entries {
		n += Count(e.Key, most-n)
		n += Count(e.Value, most-n)
	}
	return n
}
