package exporter

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/validator"
)

// sources knows where in the project the files of a package come from.
type sources struct {
	project *project.Project
	files   map[string]*origin // by package file
}

// origin is the project file of a package file. The nodes of a rewritten document
// keep their places in it; the places in the package are only looked up when there
// is a problem to show.
type origin struct {
	file     string
	named    *name     // nil for a file that keeps its name
	root     *doc.Node // as rewritten; nil for a file that is copied
	packaged []byte    // the text in the package
	text     []byte    // the text in the project
	once     sync.Once
	places   []place         // by position in the package
	values   []value         // of a canonical project's file
	valueAt  map[doc.Pos]int // the value at a position
}

// name is what the name of a package file is made of.
type name struct {
	site
	of string // as in "the provider": what has the name
}

// value is a value of a project file as seen from its parent. Whole pointers would
// repeat a long key for everything below it.
type value struct {
	parent int // -1 for the root
	step   any
}

// place pairs positions of one key or value.
type place struct{ packaged, source doc.Pos }

func comparePos(a, b doc.Pos) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// name says what the name of a file of the package, if there is one, is made of.
func (s *sources) name(file, of string, at site) {
	if o := s.files[file]; o != nil {
		o.named = &name{at, of}
	}
}

// locate is Package.Source.
func (s *sources) locate(p validator.Problem) (validator.Problem, bool) {
	o := s.files[p.File]
	if o == nil {
		return p, false
	}
	if n := o.named; n != nil && strings.HasPrefix(string(p.Code), "zip-") {
		p.Message = "in the package, the config of the " + n.of + " is " + p.File + ": " + p.Message
		p.Hint = "Give the " + n.of + " another name, wherever the project has it."
		p.File, p.Pointer = n.file, n.path.Pointer()
		p.Line, p.Column = n.node.Pos.Line, n.node.Pos.Column
		return p, true
	}
	p.File = o.file
	if o.root == nil {
		return p, true
	}
	o.once.Do(func() { o.index(s.project.Layout) })
	at := doc.Pos{Line: p.Line, Column: p.Column}
	near := follow(o.root, p.Pointer)
	switch {
	case p.Pointer == "" && at.IsZero(): // the file as a whole
		return p, true
	case at.IsZero():
		at = near.pos
	default:
		at = o.source(at, near)
	}
	p.Line, p.Column = at.Line, at.Column
	if pointer, ok := s.pointer(o, near.pos); ok {
		p.Pointer = pointer + near.rest
	}
	return p, true
}

// pointer is the JSON Pointer of the value at a place of the project's file.
func (s *sources) pointer(o *origin, at doc.Pos) (string, bool) {
	if s.project.Layout == project.System {
		path, ok := s.project.SourcePath(at)
		return path.Pointer(), ok
	}
	i, ok := o.valueAt[at]
	if !ok {
		return "", false
	}
	var path doc.Path
	for ; o.values[i].parent >= 0; i = o.values[i].parent {
		path = append(path, o.values[i].step)
	}
	slices.Reverse(path)
	return path.Pointer(), true
}

// source is the place in the project of a place in the package.
func (o *origin) source(at doc.Pos, near nearest) doc.Pos {
	i, exact := slices.BinarySearchFunc(o.places, at, func(p place, at doc.Pos) int { return comparePos(p.packaged, at) })
	switch {
	case exact && o.isValue(i, near.pos):
		return near.pos // and not the first key of the mapping
	case exact:
		return o.places[i].source
	case i > 0: // within a scalar
		return o.places[i-1].source
	}
	return near.pos
}

// isValue reports whether one of the pairs at a place of the package, of which i is
// the first, leads to a place in the project.
func (o *origin) isValue(i int, source doc.Pos) bool {
	for at := o.places[i].packaged; i < len(o.places) && o.places[i].packaged == at; i++ {
		if o.places[i].source == source {
			return true
		}
	}
	return false
}

// index fills places and values.
func (o *origin) index(layout project.Layout) {
	if packaged, err := canonyaml.Read(o.packaged); err == nil { // always: we wrote it
		seen := map[*doc.Node]bool{}
		o.pair(packaged, o.root, o.root.Pos, seen)
		slices.SortStableFunc(o.places, func(a, b place) int { return comparePos(a.packaged, b.packaged) })
	}
	if layout == project.System {
		return // the project knows
	}
	o.valueAt = map[doc.Pos]int{}
	if root, err := canonyaml.Read(o.text); err == nil { // always: it was read before
		o.add(root, value{parent: -1}, map[*doc.Node]bool{})
	}
}

// pair walks the document of the package and the rewritten one, which are equal. A
// value without a place has that of its parent.
func (o *origin) pair(packaged, source *doc.Node, parent doc.Pos, seen map[*doc.Node]bool) {
	at := source.Pos
	if at.IsZero() {
		at = parent
	}
	if seen[packaged] {
		return
	}
	seen[packaged] = true
	// Keys come first: a block mapping begins where its first key does, and a
	// problem there that is not about the mapping is about the key.
	for i := range min(len(packaged.Entries), len(source.Entries)) {
		p, s := packaged.Entries[i], source.Entries[i]
		key := s.Key.Pos
		if key.IsZero() {
			key = s.Value.Pos
		}
		if key.IsZero() {
			key = at
		}
		o.places = append(o.places, place{p.Key.Pos, key})
		o.pair(p.Value, s.Value, key, seen)
	}
	for i := range min(len(packaged.Items), len(source.Items)) {
		o.pair(packaged.Items[i], source.Items[i], at, seen)
	}
	o.places = append(o.places, place{packaged.Pos, at})
}

// add adds n and every value below it. Of values at one place the outermost
// counts.
func (o *origin) add(n *doc.Node, as value, seen map[*doc.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	i := len(o.values)
	o.values = append(o.values, as)
	if _, taken := o.valueAt[n.Pos]; !taken {
		o.valueAt[n.Pos] = i
	}
	for at, item := range n.Items {
		o.add(item, value{i, at}, seen)
	}
	for _, e := range n.Entries {
		o.add(e.Value, value{i, doc.KeyText(e.Key)}, seen)
	}
}

// nearest is the value that a JSON Pointer leads to, or the last one on the way
// that has a place.
type nearest struct {
	pos  doc.Pos
	rest string // of the pointer, behind the value
}

// follow finds the nearest value of a pointer in a rewritten document.
func follow(n *doc.Node, pointer string) nearest {
	near := nearest{n.Pos, pointer}
	for rest := pointer; strings.HasPrefix(rest, "/"); {
		step, tail, more := strings.Cut(rest[1:], "/")
		n = child(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		if n == nil {
			break
		}
		rest = ""
		if more {
			rest = "/" + tail
		}
		if !n.Pos.IsZero() {
			near = nearest{n.Pos, rest}
		}
	}
	return near
}

// child is the value behind one step of a JSON Pointer, or nil.
func child(n *doc.Node, step string) *doc.Node {
	if i, err := strconv.Atoi(step); err == nil && n.IsSeq() && i >= 0 && i < len(n.Items) {
		return n.Items[i]
	}
	for _, e := range n.Entries {
		if doc.KeyText(e.Key) == step {
			return e.Value
		}
	}
	return nil
}
