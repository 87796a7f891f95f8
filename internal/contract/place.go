package contract

import (
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// place is where the validator's location leads to in the document.
type place struct {
	path doc.Path
	node *doc.Node
}

// find follows the validator's location from the root, as far as it leads.
func (l *collector) find(location []string) place {
	p := place{node: l.root}
	for _, token := range location {
		if p.node.IsSeq() {
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(p.node.Items) {
				return p
			}
			p = place{p.path.Child(i), p.node.Items[i]}
		} else {
			i, ok := l.entry(p.node, token)
			if !ok {
				return p
			}
			p = place{p.path.Child(doc.KeyText(p.node.Entries[i].Key)), p.node.Entries[i].Value}
		}
		if p.node == nil { // what a program left out counts as null
			p.node = doc.NewNull()
		}
	}
	return p
}

// keyPos is the place of a key of p, or that of p.
func (l *collector) keyPos(p place, key string) doc.Pos {
	if i, ok := l.entry(p.node, key); ok {
		return p.node.Entries[i].Key.Pos
	}
	return p.node.Pos
}

// quoteKey shows a key of p.
func (l *collector) quoteKey(p place, key string) string {
	if i, ok := l.entry(p.node, key); ok && !p.node.Entries[i].Key.IsString() {
		return otherKey(p.node.Entries[i].Key)
	}
	return quote(key)
}

// entry finds a key by the name that the converter gave it. A mapping is indexed once, so that one full of
// violations stays cheap.
func (l *collector) entry(n *doc.Node, key string) (int, bool) {
	index, ok := l.index[n]
	if !ok {
		index = make(map[string]int, len(n.Entries))
		for i, e := range n.Entries {
			if e.Key.IsString() {
				index[e.Key.Text] = i
			} else {
				index[otherKeyMark+strconv.Itoa(i)] = i
			}
		}
		if l.index == nil {
			l.index = map[*doc.Node]map[string]int{}
		}
		l.index[n] = index
	}
	i, ok := index[key]
	return i, ok
}
