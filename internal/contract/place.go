package contract

import (
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// place is where the validator's location leads to in the document.
type place struct {
	path doc.Path
	node *doc.Node
	at   doc.Pos // see Violation.At
}

// find follows the validator's location from the root, as far as it leads.
func (l *collector) find(location []string) place {
	p := place{node: l.root, at: l.root.Pos}
	for _, token := range location {
		if p.node.IsSeq() {
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(p.node.Items) {
				return p
			}
			p = p.item(i)
		} else {
			if _, ok := l.entry(p.node, token); !ok {
				return p
			}
			p = l.child(p, token)
		}
	}
	return p
}

// item is the place of an item of the list at p.
func (p place) item(i int) place {
	n := present(p.node.Items[i])
	return place{p.path.Child(i), n, n.Pos}
}

// present takes what a program left out for null.
func present(n *doc.Node) *doc.Node {
	if n == nil {
		return doc.NewNull()
	}
	return n
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
