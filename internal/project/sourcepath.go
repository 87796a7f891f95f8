package project

import (
	"cmp"
	"sort"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// SourcePath is the key path of the value that stands at a place of system.json.
// What is rendered from it keeps the place and loses the path. It is false for a
// canonical project, whose documents are not rendered, and where no value is.
func (p *Project) SourcePath(pos doc.Pos) (doc.Path, bool) {
	if p.system == nil || pos.IsZero() {
		return nil, false
	}
	return sourcePath(p.system.root, pos)
}

// sourcePath goes down to the place. Values of a JSON text are in source order
// and no two of them begin at one place.
func sourcePath(n *doc.Node, pos doc.Pos) (doc.Path, bool) {
	path := doc.Path{}
	for n.Pos != pos {
		count, child := len(n.Items), func(i int) *doc.Node { return n.Items[i] }
		if n.IsMap() {
			count, child = len(n.Entries), func(i int) *doc.Node { return n.Entries[i].Value }
		}
		i := sort.Search(count, func(i int) bool { return comparePos(child(i).Pos, pos) > 0 }) - 1
		if i < 0 {
			return nil, false
		}
		if n.IsMap() {
			path = append(path, n.Entries[i].Key.Text)
		} else {
			path = append(path, i)
		}
		n = child(i)
	}
	return path, true
}

func comparePos(a, b doc.Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
