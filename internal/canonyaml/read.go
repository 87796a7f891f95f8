package canonyaml

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

const (
	// MaxDepth is how deep collections may nest, aliases followed.
	MaxDepth = 200
	// MaxNodes is how many values a document may hold, aliases followed.
	MaxNodes = 1_000_000
	// MaxValues is how many keys and values a text may hold as written. Each
	// costs some 250 bytes of memory.
	MaxValues = 100_000

	// maxErrors bounds the report on a text that is wrong all over.
	maxErrors = 100
)

// stepLimit is how much work a text of size bytes may take. A byte costs fewer
// than ten steps, a value fewer than ten, so no text comes near it; it is there
// to stop what nobody thought of.
func stepLimit(size int) int { return 32*size + 16*MaxNodes }

// Read is ReadContext without a context.
func Read(data []byte) (*doc.Node, error) {
	return ReadContext(context.Background(), data)
}

// ReadContext parses the one document of data. An empty text is a null. The
// error is Errors, which holds at least one *Error, or that of ctx, which is
// looked at after every few thousand steps. Time and memory are linear in
// len(data) and in the number of values, aliases followed, which MaxNodes bounds.
//
// ReadContext keeps no reference to data.
func ReadContext(ctx context.Context, data []byte) (*doc.Node, error) {
	root, _, err := read(ctx, data)
	return root, err
}

// read is Read that also returns the number of steps it took.
func read(ctx context.Context, data []byte) (*doc.Node, int, error) {
	text := string(data)
	root, p, steps, err := parseChecked(ctx, text)
	if err != nil {
		return nil, steps, err
	}
	return p.read(ctx, text, root)
}

// parseChecked parses a text that may be no text at all. It also returns the number
// of steps it took.
func parseChecked(ctx context.Context, text string) (*node, *parser, int, error) {
	if err := checkText(text); err != nil {
		return nil, nil, len(text), Errors{err}
	}
	root, p, err := parse(ctx, text)
	steps := p.spent()
	switch e := err.(type) {
	case nil:
		return root, p, steps, nil
	case *Error:
		return nil, p, steps, Errors{e}
	}
	return nil, p, steps, err
}

// read makes the document of a parsed text.
func (p *parser) read(ctx context.Context, text string, root *node) (*doc.Node, int, error) {
	steps := p.spent()
	if root == nil {
		return &doc.Node{Kind: doc.Null, Pos: doc.Pos{Line: 1, Column: 1}}, steps, nil
	}
	r := reader{ctx: ctx, steps: steps, size: len(text), left: p.count, names: map[string]keyID{}, ids: map[*node]keyID{}}
	b := r.node(root)
	switch {
	case r.err != nil:
		return nil, r.steps, r.err
	case len(r.errs) > 0:
		slices.SortStableFunc(r.errs, func(a, b *Error) int {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		})
		return nil, r.steps, r.errs
	}
	return b.node, r.steps, nil
}

// built is a finished node with what its expansion weighs.
type built struct {
	node   *doc.Node
	size   int     // values, aliases followed
	height int     // levels of collections
	keys   []keyID // of the entries of a mapping
}

// add accounts for a child of a collection.
func (b *built) add(child built) {
	b.size = min(b.size+child.size, MaxNodes+1)
	b.height = max(b.height, child.height+1)
}

// reader turns syntax nodes into document nodes.
type reader struct {
	ctx    context.Context
	size   int // of the text
	steps  int
	next   int
	merged int              // entries that merge keys brought
	names  map[string]keyID // by identity
	ids    map[*node]keyID  // of anchored keys
	unique keyID            // the last one of a key that equals no other
	path   doc.Path
	depth  int
	errs   Errors
	err    error // what ends the work at once
	free   []doc.Node
	left   int // nodes of the text for which there is no memory yet
}

// work counts steps and reports whether to go on.
func (r *reader) work(n int) bool {
	if r.steps += n; r.steps >= r.next && r.err == nil {
		r.next = r.steps + checkEvery
		if r.err = r.ctx.Err(); r.err == nil && r.steps > stepLimit(r.size) {
			r.stop(doc.Pos{Line: 1, Column: 1}, "takes more than "+strconv.Itoa(stepLimit(r.size))+" steps to read")
		}
	}
	return r.err == nil
}

// stop ends the reading at a limit.
func (r *reader) stop(at doc.Pos, msg string) {
	if r.err == nil {
		r.err = Errors{{Pos: at, Path: r.place(), Msg: msg, Err: ErrLimit}}
	}
}

func (r *reader) fail(pos doc.Pos, msg string, reason error) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, &Error{Pos: pos, Path: r.place(), Msg: msg, Err: reason})
	}
}

// place is a copy of the path, without the rest of keys that are very long.
func (r *reader) place() doc.Path {
	path := slices.Clone(r.path)
	for i, step := range path {
		if key, ok := step.(string); ok && len(key) > 256 {
			path[i] = shorten(key)
		}
	}
	return path
}

func (r *reader) newNode(kind doc.Kind, at doc.Pos) *doc.Node {
	if len(r.free) == 0 {
		r.free = make([]doc.Node, max(4, min(nodeChunk, r.left)))
		r.left -= len(r.free)
	}
	n := &r.free[0]
	r.free = r.free[1:]
	n.Kind, n.Pos = kind, at
	return n
}

// null stands for a node with a fault, so that the faults behind it are found.
func (r *reader) null(at doc.Pos) built {
	return built{node: r.newNode(doc.Null, at), size: 1}
}

// node builds n, once however often it is asked for. It always returns a node,
// also after a fault.
func (r *reader) node(n *node) built {
	if !r.work(1) {
		return r.null(n.pos())
	}
	switch {
	case n.kind == aliasNode:
		return r.alias(n)
	case n.built.node != nil:
		return n.built
	case n.kind == scalarNode:
		n.built = built{node: r.scalar(n), size: 1}
		return n.built
	}
	r.depth++
	var b built
	if n.kind == mapNode {
		b = r.mapping(n)
	} else {
		b = r.sequence(n)
	}
	r.depth--
	if b.size > MaxNodes {
		r.stop(n.pos(), fmt.Sprintf("holds more than %d values, aliases followed", MaxNodes))
	}
	n.built = b
	return b
}

func (r *reader) alias(n *node) built {
	b := n.target.built
	if b.node == nil {
		r.fail(n.pos(), "alias to a collection that contains it", nil)
		return r.null(n.pos())
	}
	if r.depth+b.height > MaxDepth {
		r.fail(n.pos(), tooDeep+", aliases followed", ErrLimit)
	}
	return b
}

func (r *reader) sequence(n *node) built {
	switch n.tag {
	case "", "!", tagPrefix + "seq":
		b := built{node: r.newNode(doc.Seq, n.pos()), size: 1, height: 1}
		if len(n.content) > 0 {
			b.node.Items = make([]*doc.Node, 0, len(n.content))
		}
		for i, item := range n.content {
			r.path = append(r.path, i)
			child := r.node(item)
			r.path = r.path[:len(r.path)-1]
			b.node.Items = append(b.node.Items, child.node)
			b.add(child)
		}
		return b
	case tagPrefix + "omap", tagPrefix + "pairs":
		return r.pairs(n)
	}
	return r.badTag(n)
}

// pairs reads an ordered list of single-entry mappings. The loader makes each a
// two-element tuple and the dumper writes tuples as lists, so lists they are.
func (r *reader) pairs(n *node) built {
	b := built{node: r.newNode(doc.Seq, n.pos()), size: 1, height: 1}
	for i, item := range n.content {
		item = item.resolved()
		r.path = append(r.path, i)
		if item.kind != mapNode || len(item.content) != 2 {
			r.fail(item.pos(), "must be a mapping with one key", nil)
		} else {
			pair := built{node: r.newNode(doc.Seq, item.pos()), size: 1, height: 1}
			for _, part := range item.content {
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

func (r *reader) mapping(n *node) built {
	kind := doc.Map
	switch n.tag {
	case "", "!", tagPrefix + "map":
	case tagPrefix + "set":
		kind = doc.Set
	default:
		return r.badTag(n)
	}
	m := &entries{built: built{node: r.newNode(kind, n.pos()), size: 1, height: 1}}
	// Merged entries come first, whatever the place of the merge key, and own
	// entries replace their values in place.
	var mergeKey *node
	own := n.content
	for i := 0; i+1 < len(n.content); i += 2 {
		key := n.content[i]
		if r.tag(key.resolved()) != tagPrefix+"merge" {
			if mergeKey != nil {
				own = append(own, key, n.content[i+1])
			}
			continue
		}
		if mergeKey != nil {
			r.fail(key.pos(), `duplicate key "<<" (first at `+place(mergeKey.pos())+")", ErrDuplicateKey)
		} else {
			own = slices.Clone(n.content[:i])
		}
		mergeKey = key
		r.merge(m, n.content[i+1])
	}
	m.grow(len(own) / 2)
	for i := 0; i+1 < len(own) && r.err == nil; i += 2 {
		key, id := r.key(own[i])
		r.path = append(r.path, doc.KeyText(key))
		at := own[i].pos()
		entry, found := m.find(id)
		if found {
			// 1 and true are one key to the reference, but no author wrote it twice.
			if first := m.own[entry]; first.kinds&(1<<key.Kind) != 0 {
				r.fail(at, "duplicate key "+strconv.Quote(shorten(doc.KeyText(key)))+" (first at "+place(first.at)+")", ErrDuplicateKey)
			} else if first.kinds != 0 {
				m.node.Entries[entry].Replaced = true
			}
		}
		value := r.node(own[i+1])
		if kind == doc.Set {
			value.node = r.newNode(doc.Null, value.node.Pos)
		}
		entry = m.put(key, id, value, false)
		if m.own[entry].kinds == 0 {
			m.own[entry].at = at
		}
		m.own[entry].kinds |= 1 << key.Kind
		r.path = r.path[:len(r.path)-1]
	}
	return m.built
}

// shorten cuts a key to what a message shows.
func shorten(text string) string {
	if len(text) <= 64 {
		return text
	}
	n := 0
	for i := range text {
		if n == 64 {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// merge adds what a "<<" key refers to: a mapping, or a list of mappings of
// which the first has the last word.
func (r *reader) merge(m *entries, value *node) {
	target := value.resolved()
	r.path = append(r.path, "<<")
	defer func() { r.path = r.path[:len(r.path)-1] }()
	switch target.kind {
	case mapNode:
		r.mergeOne(m, value, r.node(value))
	case seqNode:
		sources := make([]built, len(target.content))
		for i, item := range target.content {
			sources[i] = r.node(item)
		}
		for i := len(sources) - 1; i >= 0; i-- {
			r.mergeOne(m, target.content[i], sources[i])
		}
	default:
		r.fail(value.pos(), "a merge key needs a mapping or a list of mappings", nil)
	}
}

func (r *reader) mergeOne(m *entries, value *node, source built) {
	if source.node == nil || source.node.Kind != doc.Map && source.node.Kind != doc.Set {
		r.fail(value.pos(), "a merge key needs a mapping or a list of mappings", nil)
		return
	}
	r.work(len(source.keys))
	if r.merged += len(source.keys); r.merged > MaxNodes {
		r.stop(value.pos(), fmt.Sprintf("merge keys bring more than %d entries", MaxNodes))
		return
	}
	for i, e := range source.node.Entries {
		m.put(e.Key, source.keys[i], built{node: e.Value}, true)
	}
	m.add(source)
}

// keyID names a key within one document: equal keys have the same one.
type keyID int32

// entries collects a mapping the way a Python dict does: the first occurrence of
// a key fixes its place, the last one its value.
type entries struct {
	built
	own   []ownKeys // by entry
	index map[keyID]int
}

// ownKeys is what the mapping itself says of an entry: where it says it first,
// and keys of which kinds it has for it, as bits.
type ownKeys struct {
	at    doc.Pos
	kinds uint16
}

// fewKeys is the size up to which looking at every key beats an index.
const fewKeys = 16

func (m *entries) grow(n int) {
	m.node.Entries = slices.Grow(m.node.Entries, n)
	m.keys = slices.Grow(m.keys, n)
	m.own = slices.Grow(m.own, n)
}

func (m *entries) find(id keyID) (int, bool) {
	if m.index != nil {
		i, ok := m.index[id]
		return i, ok
	}
	i := slices.Index(m.keys, id)
	return i, i >= 0
}

// put sets an entry and returns its index.
func (m *entries) put(key *doc.Node, id keyID, value built, merged bool) int {
	m.add(value)
	m.size++ // the key
	if i, ok := m.find(id); ok {
		m.node.Entries[i].Value, m.node.Entries[i].Merged = value.node, merged
		return i
	}
	i := len(m.keys)
	m.keys = append(m.keys, id)
	m.own = append(m.own, ownKeys{})
	m.node.Entries = append(m.node.Entries, doc.Entry{Key: key, Value: value.node, Merged: merged})
	if m.index != nil {
		m.index[id] = i
	} else if len(m.keys) > fewKeys {
		m.index = make(map[keyID]int, 2*len(m.keys))
		for i, id := range m.keys {
			m.index[id] = i
		}
	}
	return i
}

// key builds a mapping key and returns its identity. The identity of an anchored
// key is found once, however long it is and however often an alias names it.
func (r *reader) key(n *node) (*doc.Node, keyID) {
	target := n.resolved()
	if target.kind != scalarNode {
		r.node(n)
		r.fail(n.pos(), "a key must be a single value, not a collection", nil)
		r.unique--
		return r.newNode(doc.String, n.pos()), r.unique
	}
	var key *doc.Node
	if r.tag(target) == tagPrefix+"value" {
		// "=" means itself as a key, and nothing as a value.
		key = r.newNode(doc.String, n.pos())
		key.Text, key.Source = target.value, target.value
	} else {
		key = r.node(n).node
	}
	if id, ok := r.ids[target]; ok {
		return key, id
	}
	text := identity(key)
	r.work(len(text))
	id, ok := r.names[text]
	if !ok {
		id = keyID(len(r.names))
		r.names[text] = id
	}
	if target.anchored {
		r.ids[target] = id
	}
	return key, id
}

func (r *reader) badTag(n *node) built {
	r.fail(n.pos(), "unknown or unfitting tag", nil)
	return r.null(n.pos())
}

// tag is what a node is, by its own tag or else by its form.
func (r *reader) tag(n *node) string {
	switch {
	case n.tag != "" && n.tag != "!":
		return n.tag
	case n.kind != scalarNode:
		return ""
	case n.style != plainStyle && n.tag == "":
		return tagPrefix + "str"
	}
	// The tag "!" makes the reference read even a quoted scalar by its form. The
	// form is found once, however long the text is and however many aliases name it.
	r.work(len(n.value))
	n.tag = formTags[resolve(n.value)]
	return n.tag
}

// scalar builds a scalar node; a fault yields a null.
func (r *reader) scalar(n *node) *doc.Node {
	node := r.newNode(doc.Null, n.pos())
	node.Source = n.value
	fault := ""
	switch tag := r.tag(n); tag {
	case tagPrefix + "str":
		node.Kind, node.Text = doc.String, n.value
		node.Quoted = n.style != plainStyle
	case tagPrefix + "null":
	case tagPrefix + "bool":
		node.Kind = doc.Bool
		node.Bool, fault = parseBool(n.value)
	case tagPrefix + "int":
		node.Kind = doc.Int
		node.Text, fault = parseInt(n.value)
	case tagPrefix + "float":
		node.Kind = doc.Float
		node.Float, fault = parseFloat(n.value)
	case tagPrefix + "timestamp":
		node.Kind = doc.Timestamp
		node.Text, fault = parseTimestamp(n.value)
	case tagPrefix + "binary":
		node.Kind = doc.Binary
		node.Text, fault = parseBinary(n.value)
	case tagPrefix + "merge", tagPrefix + "value":
		fault = "the words << and = have a meaning of their own; quote them"
	default:
		fault = "unknown or unfitting tag"
	}
	if fault != "" {
		r.fail(node.Pos, fault, nil)
		*node = doc.Node{Kind: doc.Null, Pos: node.Pos}
	}
	return node
}
