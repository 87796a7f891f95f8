package canonyaml

import (
	"fmt"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

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
