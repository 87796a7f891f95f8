package canonyaml

import (
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

func (r *reader) sequence(n *yaml.Node) built {
	switch r.collectionTag(n, "!!seq") {
	case "!!seq":
		b := built{node: &doc.Node{Kind: doc.Seq, Pos: pos(n)}, size: 1, height: 1}
		for i, item := range n.Content {
			r.path = r.path.Child(i)
			child := r.node(item)
			r.path = r.path[:len(r.path)-1]
			b.node.Items = append(b.node.Items, child.node)
			b.add(child)
		}
		return b
	case "!!omap", "!!pairs":
		return r.pairs(n)
	}
	return r.badTag(n)
}

// pairs reads an ordered list of single-entry mappings. The loader makes each a
// two-element tuple and the dumper writes tuples as lists, so lists they are.
func (r *reader) pairs(n *yaml.Node) built {
	b := built{node: &doc.Node{Kind: doc.Seq, Pos: pos(n)}, size: 1, height: 1}
	for i, item := range n.Content {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		r.path = r.path.Child(i)
		if item.Kind != yaml.MappingNode || len(item.Content) != 2 {
			r.fail(pos(item), "must be a mapping with one key", nil)
		} else {
			pair := built{node: &doc.Node{Kind: doc.Seq, Pos: pos(item)}, size: 1, height: 1}
			for _, part := range item.Content {
				child := r.node(part)
				pair.node.Items = append(pair.node.Items, child.node)
				pair.add(child)
			}
			b.node.Items = append(b.node.Items, pair.node)
			b.add(pair)
		}
		r.path = r.path[:len(r.path)-1]
	}
	return b
}

func (r *reader) mapping(n *yaml.Node) built {
	kind := doc.Map
	switch r.collectionTag(n, "!!map") {
	case "!!map":
	case "!!set":
		kind = doc.Set
	default:
		return r.badTag(n)
	}
	m := &entries{built: built{node: &doc.Node{Kind: kind, Pos: pos(n)}, size: 1, height: 1}, index: map[string]int{}}
	// Merged entries come first, whatever the place of the merge key, and own
	// entries replace their values in place.
	var own []*yaml.Node
	var mergeKey *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if r.isMerge(key) {
			if mergeKey != nil {
				r.fail(pos(key), "duplicate key \"<<\" (first at "+place(pos(mergeKey))+")", ErrDuplicateKey)
			}
			mergeKey = key
			r.merge(m, value)
			continue
		}
		own = append(own, key, value)
	}
	first := map[string]doc.Pos{}
	for i := 0; i < len(own); i += 2 {
		key := r.key(own[i])
		r.path = r.path.Child(doc.KeyText(key.node))
		// 1 and true are one key to the reference, but no author wrote it twice.
		spelled := key.node.Kind.String() + key.id
		if at, dup := first[spelled]; dup {
			r.fail(pos(own[i]), "duplicate key "+strconv.Quote(doc.KeyText(key.node))+" (first at "+place(at)+")", ErrDuplicateKey)
		}
		first[spelled] = pos(own[i])
		value := r.node(own[i+1])
		if kind == doc.Set {
			value.node = &doc.Node{Kind: doc.Null, Pos: value.node.Pos}
		}
		if i, ok := m.index[key.id]; ok && !m.node.Entries[i].Merged {
			m.node.Entries[i].Replaced = true // by a key of another kind
		}
		m.put(key, value, false)
		r.path = r.path[:len(r.path)-1]
	}
	return m.built
}

// merge adds what a "<<" key refers to: a mapping, or a list of mappings of
// which the first has the last word.
func (r *reader) merge(m *entries, value *yaml.Node) {
	target := value
	if target.Kind == yaml.AliasNode {
		target = target.Alias
	}
	r.path = r.path.Child("<<")
	defer func() { r.path = r.path[:len(r.path)-1] }()
	switch target.Kind {
	case yaml.MappingNode:
		r.mergeOne(m, value)
	case yaml.SequenceNode:
		if value.Kind != yaml.AliasNode {
			r.node(value) // registers anchors and finds faults within
		}
		for i := len(target.Content) - 1; i >= 0; i-- {
			r.mergeOne(m, target.Content[i])
		}
	default:
		r.fail(pos(value), "a merge key needs a mapping or a list of mappings", nil)
	}
}

func (r *reader) mergeOne(m *entries, value *yaml.Node) {
	source, done := r.built[value]
	if !done {
		source = r.node(value)
	}
	if source.node == nil || (source.node.Kind != doc.Map && source.node.Kind != doc.Set) {
		r.fail(pos(value), "a merge key needs a mapping or a list of mappings", nil)
		return
	}
	for _, e := range source.node.Entries {
		m.put(key{e.Key, identity(e.Key)}, built{node: e.Value}, true)
	}
	m.add(source)
}

// entries collects a mapping the way a Python dict does: the first occurrence of
// a key fixes its place, the last one its value.
type entries struct {
	built
	index map[string]int
}

func (m *entries) put(k key, value built, merged bool) {
	m.add(value)
	m.size++ // the key
	if i, ok := m.index[k.id]; ok {
		m.node.Entries[i].Value, m.node.Entries[i].Merged = value.node, merged
		return
	}
	m.index[k.id] = len(m.node.Entries)
	m.node.Entries = append(m.node.Entries, doc.Entry{Key: k.node, Value: value.node, Merged: merged})
}

// key is a mapping key with the text that equal keys share.
type key struct {
	node *doc.Node
	id   string
}

func (r *reader) key(n *yaml.Node) key {
	target := n
	if n.Kind == yaml.AliasNode {
		target = n.Alias
	}
	if target.Kind != yaml.ScalarNode {
		r.node(n)
		r.fail(pos(n), "a key must be a single value, not a collection", nil)
		return key{&doc.Node{Kind: doc.String, Pos: pos(n)}, place(pos(n))}
	}
	if r.tag(target) == "!!value" {
		// "=" means itself as a key, and nothing as a value.
		node := &doc.Node{Kind: doc.String, Text: target.Value, Source: target.Value, Pos: pos(n)}
		return key{node, identity(node)}
	}
	b := r.node(n)
	node := b.node
	if n.Kind == yaml.AliasNode {
		c := *node
		c.Pos = pos(n)
		node = &c
	}
	return key{node, identity(node)}
}

func (r *reader) isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && r.tag(n) == "!!merge"
}

// collectionTag is the tag of a mapping or sequence, fallback when it has none.
func (r *reader) collectionTag(n *yaml.Node, fallback string) string {
	if n.Style&yaml.TaggedStyle == 0 {
		return fallback
	}
	return n.Tag
}

func (r *reader) badTag(n *yaml.Node) built {
	r.fail(pos(n), "unknown or unfitting tag", nil)
	return built{node: &doc.Node{Kind: doc.Null, Pos: pos(n)}, size: 1}
}
