package redact

import (
	"cmp"
	"slices"
	"sort"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// spots remembers the matches in the keys and values of a document, so that the
// same matches in its text are not findings of their own. The zero spots
// remembers none.
type spots struct {
	found  map[spotKey][]*spot
	starts []doc.Pos // of all nodes, in order
}

type spotKey struct {
	rule   int
	secret string
}

// spot is a match in the key or value that begins at pos.
type spot struct {
	pos   doc.Pos
	path  doc.Path
	index int  // of the finding, or dropped
	moved bool // the finding has the place that the text knows
}

func (s *spots) add(rule int, secret string, x *spot) {
	if s.found == nil {
		s.found = map[spotKey][]*spot{}
	}
	k := spotKey{rule, secret}
	s.found[k] = append(s.found[k], x)
}

// reported reports whether the last match of a rule was this secret in the value
// at pos, and is listed. A node made by a program has no place and never is.
func (s *spots) reported(rule int, secret string, pos doc.Pos) bool {
	list := s.found[spotKey{rule, secret}]
	if len(list) == 0 || pos.IsZero() {
		return false
	}
	last := list[len(list)-1]
	return last.pos == pos && last.index != dropped
}

// collect notes where the nodes of a document begin. It must be called after
// the last add; shared nodes are seen once.
func (s *spots) collect(root *doc.Node) {
	if len(s.found) == 0 {
		return
	}
	seen := map[*doc.Node]bool{}
	var visit func(n *doc.Node)
	visit = func(n *doc.Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		s.starts = append(s.starts, n.Pos)
		for _, item := range n.Items {
			visit(item)
		}
		for _, e := range n.Entries {
			visit(e.Key)
			visit(e.Value)
		}
	}
	visit(root)
	slices.SortFunc(s.starts, comparePos)
	for _, list := range s.found {
		slices.SortStableFunc(list, func(a, b *spot) int { return comparePos(a.pos, b.pos) })
	}
}

// at is the spot for a match at a place of the text, or nil: the last one
// before it, unless another node begins on a line between the two.
func (s *spots) at(rule int, secret string, pos doc.Pos) *spot {
	list := s.found[spotKey{rule, secret}]
	i := sort.Search(len(list), func(i int) bool { return comparePos(list[i].pos, pos) > 0 })
	if i == 0 {
		return nil
	}
	x := list[i-1]
	next := sort.Search(len(s.starts), func(i int) bool { return comparePos(s.starts[i], x.pos) > 0 })
	if next < len(s.starts) && s.starts[next].Line < pos.Line {
		return nil
	}
	return x
}

func comparePos(a, b doc.Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
