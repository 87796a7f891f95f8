// Package doc is the document model that every reader fills and every check
// walks: a tree of nodes that know what they mean and where they stood.
//
// canonyaml and strictjson build nodes, the exporter rewrites them, redact
// scans them and canonyaml writes them. A node reached through a YAML alias is
// the same *Node as its anchor, so the writer can tell a shared collection from
// two equal ones.
package doc

import "strconv"

// Kind is what a node means, after tags and implicit types are resolved.
type Kind uint8

const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Binary
	Timestamp
	Seq
	Map
	Set
)

// String names the kind as a message to a person does.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Int:
		return "an integer"
	case Float:
		return "a float"
	case String:
		return "a string"
	case Binary:
		return "binary data"
	case Timestamp:
		return "a timestamp"
	case Seq:
		return "a list"
	case Map:
		return "a mapping"
	case Set:
		return "a set"
	}
	return "kind " + strconv.Itoa(int(k))
}

// Pos is a place in a text. Line and Column count from 1, columns in
// characters. The zero Pos means "no place", as for a node made by a program.
type Pos struct {
	Line   int
	Column int
}

// IsZero reports whether p names no place.
func (p Pos) IsZero() bool { return p == Pos{} }

// Node is one value of a document.
//
// A Node is not safe for concurrent mutation; reading one from many goroutines
// is fine.
type Node struct {
	Kind Kind
	Bool bool
	// Quoted reports that the file has quotes, so that no reader takes the scalar for
	// anything but text.
	Quoted bool

	// Text is the value of a String, the raw bytes of a Binary, the decimal
	// digits of an Int (of any size) and the canonical text of a Timestamp.
	Text  string
	Float float64

	Items   []*Node // of a Seq
	Entries []Entry // of a Map or a Set, in source order; keys are unique

	Pos

	// Source is the scalar as the file spells it, without quotes; empty for a
	// node that no reader made.
	Source string
}

// Entry is a key and its value. The Value of a Set's entry is a Null.
type Entry struct {
	Key, Value *Node

	// Replaced reports that a key of another kind, which equals this one to the
	// reference (1 and true), gave the value: readers that tell them apart see
	// two entries.
	Replaced bool
	// Merged reports that a YAML merge key (<<) brought the entry: readers that
	// do not merge never see it.
	Merged bool
}

// Constructors for nodes made by a program.

func NewString(s string) *Node      { return &Node{Kind: String, Text: s} }
func NewInt(i int64) *Node          { return &Node{Kind: Int, Text: strconv.FormatInt(i, 10)} }
func NewBool(b bool) *Node          { return &Node{Kind: Bool, Bool: b} }
func NewNull() *Node                { return &Node{Kind: Null} }
func NewMap(entries ...Entry) *Node { return &Node{Kind: Map, Entries: entries} }
func NewSeq(items ...*Node) *Node   { return &Node{Kind: Seq, Items: items} }

// Field is an Entry with a string key.
func Field(key string, value *Node) Entry {
	return Entry{Key: NewString(key), Value: value}
}

// IsString reports whether n is a String; a nil node is not.
func (n *Node) IsString() bool { return n != nil && n.Kind == String }

// IsMap reports whether n is a Map; a nil node is not.
func (n *Node) IsMap() bool { return n != nil && n.Kind == Map }

// IsSeq reports whether n is a Seq; a nil node is not.
func (n *Node) IsSeq() bool { return n != nil && n.Kind == Seq }

// Get returns the value under a string key of a Map, or nil. It is nil-safe, so
// that n.Get("a").Get("b") reads a path.
func (n *Node) Get(key string) *Node {
	if i := n.index(key); i >= 0 {
		return n.Entries[i].Value
	}
	return nil
}

// Set gives key a value: in its place when the Map has the key, at the end
// otherwise. A merged entry becomes the mapping's own.
func (n *Node) Set(key string, value *Node) {
	if i := n.index(key); i >= 0 {
		n.Entries[i].Value, n.Entries[i].Merged = value, false
		return
	}
	n.Entries = append(n.Entries, Field(key, value))
}

// Delete removes a string key of a Map and reports whether it was there.
func (n *Node) Delete(key string) bool {
	i := n.index(key)
	if i < 0 {
		return false
	}
	n.Entries = append(n.Entries[:i:i], n.Entries[i+1:]...)
	return true
}

func (n *Node) index(key string) int {
	if n == nil || n.Kind != Map {
		return -1
	}
	for i, e := range n.Entries {
		if e.Key.Kind == String && e.Key.Text == key {
			return i
		}
	}
	return -1
}

// Clone copies the tree below n. Shared nodes stay shared within the copy.
func (n *Node) Clone() *Node {
	return clone(n, map[*Node]*Node{})
}

func clone(n *Node, seen map[*Node]*Node) *Node {
	if n == nil {
		return nil
	}
	if c, ok := seen[n]; ok {
		return c
	}
	c := *n
	seen[n] = &c
	if n.Items != nil {
		c.Items = make([]*Node, len(n.Items))
		for i, item := range n.Items {
			c.Items[i] = clone(item, seen)
		}
	}
	if n.Entries != nil {
		c.Entries = make([]Entry, len(n.Entries))
		for i, e := range n.Entries {
			c.Entries[i] = Entry{clone(e.Key, seen), clone(e.Value, seen), e.Replaced, e.Merged}
		}
	}
	return &c
}
