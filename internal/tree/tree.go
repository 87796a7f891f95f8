// Package tree reads behavior trees as the runtime's tree loader does, and says
// without running them whether they load.
//
// The loader is BehaviorTree.CPP. Its XML reader is that of package xmltext; what a
// document may contain, how values are converted, which scripts can be parsed and
// which keys of the blackboard clash are rules of this package, recorded from two
// versions of the loader. Where these differ, a finding is Doubtful.
//
// Reading takes linear time in the bytes and the nodes that are made; both are
// bounded, and what lies beyond a bound is a finding of its own. All functions may be
// used by any number of goroutines at once.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/xmltext"
)

// Limits of what is read. A real tree has some hundred nodes.
const (
	MaxParts   = 400_000  // elements and attributes, of all files together
	MaxBytes   = 64 << 20 // of all values together
	MaxMade    = 400_000  // nodes, each as often as its tree is used
	MaxDepth   = 4_000    // of nodes inside of each other, subtrees included
	MaxFiles   = 1_000    // that a tree may include
	MaxFinding = 100      // of one tree
)

// Rule is the kind of a finding.
type Rule uint8

const (
	// Refused is what the loader refuses: the runtime does not start.
	Refused Rule = iota
	// Doubtful is what one version of the loader refuses and another takes, or what
	// lies beyond a limit and was not looked at.
	Doubtful
	// Throws is what loads, and throws when it is ticked.
	Throws
	// Endless is a tick that does not end.
	Endless
	// Apart is a subtree whose nodes do not find the runtime.
	Apart
	// Pointer is a text in braces that was meant as JSON and is a pointer.
	Pointer
)

// Place is a place in a file.
type Place struct {
	File string
	doc.Pos
}

// Finding is something about a tree that a person should know.
type Finding struct {
	Rule Rule
	Place
	Message string
	Hint    string  // what to do, or ""
	Also    []Place // that are as much at fault
}

// Attr is an attribute of a node.
type Attr struct {
	Name, Value string
	Place
}

// Node is a node of a tree.
type Node struct {
	// Name is the kind of the node, in whichever of the two forms it is written; for
	// a subtree it is "SubTree".
	Name  string
	Attrs []Attr
	Place
	Children []*Node

	kind   *Kind // nil if the runtime has none of that name
	second bool  // it is written as <Action ID="Name">
}

// Kind returns what is known of the kind of node. Its category is Unknown where the
// runtime has no such node.
func (n *Node) Kind() Kind {
	if n.kind == nil {
		return Kind{Name: n.Name}
	}
	return *n.kind
}

// Get returns the attribute of a name.
func (n *Node) Get(name string) (Attr, bool) {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a, true
		}
	}
	return Attr{}, false
}

// Literal returns the value of an attribute that is not taken from the blackboard.
func (n *Node) Literal(name string) (value Attr, ok bool) {
	value, ok = n.Get(name)
	if _, pointer := pointerKey(name, value.Value); pointer || strings.ContainsAny(value.Value, "{}") {
		return value, false
	}
	return value, ok
}

// Definition is a tree as the file defines it.
type Definition struct {
	ID   string // "" if it has none
	Root *Node
	Place
}

// Tree is what was read from a file and those that it includes.
type Tree struct {
	// File is the name of the file.
	File string
	// Main is the tree that runs, nil if the file is refused before that is known.
	Main *Definition
	// Definitions are the trees of all files in the order in which the loader
	// registers them. Of two with one ID the last one counts.
	Definitions []*Definition
	// Made are the nodes of the tree that runs and of all subtrees that it reaches,
	// each once, in the order of their first use. It is empty if the tree is refused.
	Made []*Node
	// Findings are in the order of their places.
	Findings []Finding
}

// Loads reports whether the loader takes the tree.
func (t *Tree) Loads() bool {
	return !slices.ContainsFunc(t.Findings, func(f Finding) bool { return f.Rule == Refused })
}

// Definition returns the tree of an ID.
func (t *Tree) Definition(id string) (*Definition, bool) {
	for _, d := range slices.Backward(t.Definitions) {
		if d.ID == id {
			return d, true
		}
	}
	return nil, false
}

// Read reads the tree that a runtime of a version loads from a file of fsys. What is
// wrong with the tree is in its Findings; the error is that the file cannot be read,
// or what ended ctx. Included files are read from fsys, too.
func Read(ctx context.Context, fsys fs.FS, name string, version machine.Version) (*Tree, error) {
	r := reader{ctx: ctx, fsys: fsys, version: version, result: &Tree{File: name}, models: map[string]*model{}}
	if err := r.file(name, Place{File: name}); err != nil {
		return nil, err
	}
	if r.root != nil && !r.full && r.result.Loads() {
		if err := r.make(); err != nil {
			return nil, err
		}
	}
	if !r.result.Loads() {
		r.result.Made = nil
	}
	slices.SortStableFunc(r.result.Findings, comparePlaces)
	return r.result, nil
}

func comparePlaces(a, b Finding) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// reader reads the files of a tree.
type reader struct {
	ctx     context.Context
	fsys    fs.FS
	version machine.Version
	result  *Tree
	root    *element // of the file that was named
	models  map[string]*model
	open    []string // the files that are being read, each including the next
	files   int
	parts   int
	bytes   int
	full    bool // a limit was reached
	alone   bool // the tree that is being read is the only element of its file
}

// model is what a file says about the ports of a subtree.
type model struct {
	ports []modelPort
}

type modelPort struct {
	name     string
	fallback string // its default, if it is not empty
	place    Place
}

func (r *reader) add(rule Rule, at Place, hint, format string, args ...any) *Finding {
	if len(r.result.Findings) == MaxFinding {
		return &Finding{}
	}
	r.result.Findings = append(r.result.Findings, Finding{Rule: rule, Place: at, Message: fmt.Sprintf(format, args...), Hint: hint})
	return &r.result.Findings[len(r.result.Findings)-1]
}

func (r *reader) refuse(at Place, hint, format string, args ...any) *Finding {
	return r.add(Refused, at, hint, format, args...)
}

// limit reports that something was left out.
func (r *reader) limit(at Place, format string, args ...any) {
	if !r.full {
		r.full = true
		r.add(Doubtful, at, "", format+"; the rest is not rehearsed", args...)
	}
}

// element is an element of a file.
type element struct {
	name     string
	attrs    []Attr
	at       Place
	children []*element
}

func (e *element) get(name string) (Attr, bool) {
	for _, a := range e.attrs {
		if a.Name == name {
			return a, true
		}
	}
	return Attr{}, false
}

// file reads a file, those that it includes, and its trees, in this order.
func (r *reader) file(name string, at Place) error {
	if slices.Contains(r.open, name) {
		r.refuse(at, "remove one of the includes", "includes itself")
		return nil
	}
	if r.files++; r.files > MaxFiles {
		r.limit(at, "the tree includes more than %d files", MaxFiles)
		return nil
	}
	root, err := r.parse(name)
	if err != nil || root == nil {
		return err
	}
	if len(r.open) == 0 {
		r.root = root
	}
	r.open = append(r.open, name)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	return r.document(root)
}

// parse reads the elements of a file. It returns nil for a file that the loader
// cannot read.
func (r *reader) parse(name string) (*element, error) {
	f, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := xmltext.NewScanner(r.ctx, f)
	s.Want = func([]byte, int) (int, bool) { return MaxBytes, !r.full }
	var root *element
	var stack []*element
	for s.Next() {
		if s.End {
			stack = stack[:len(stack)-1]
			continue
		}
		at := Place{name, s.Element.Pos}
		if r.parts += 1 + len(s.Element.Attrs); r.parts > MaxParts {
			r.limit(at, "the tree has more than %d elements and attributes", MaxParts)
		}
		e := &element{name: s.Element.Name, at: at}
		if len(s.Element.Attrs) > 0 {
			e.attrs = make([]Attr, 0, len(s.Element.Attrs))
		}
		for _, a := range s.Element.Attrs {
			if r.bytes += len(a.Raw); r.bytes > MaxBytes {
				r.limit(at, "the attributes of the tree have more than %d bytes", MaxBytes)
				break
			}
			e.attrs = append(e.attrs, Attr{a.Name, a.Value(), Place{name, a.Pos}})
		}
		switch {
		case r.full: // the rest is only read as XML
		case len(stack) > 0:
			stack[len(stack)-1].children = append(stack[len(stack)-1].children, e)
		case root == nil:
			root = e
		}
		if !s.Element.Empty {
			stack = append(stack, e)
		}
	}
	var fault *xmltext.Error
	switch err := s.Err(); {
	case errors.As(err, &fault):
		r.refuse(Place{name, fault.Pos}, "", "the tree loader cannot read it: %s", fault.Msg)
		return nil, nil
	case err != nil:
		return nil, err
	case r.full:
		return nil, nil
	}
	return root, nil
}

// document checks a file, and registers its trees.
func (r *reader) document(root *element) error {
	if root.name != "root" {
		r.refuse(root.at, "rename the element to root", "the first element is <%s>, not <root>", quoted(root.name))
		return nil
	}
	var trees []*element
	var models *element
	for _, e := range root.children {
		switch e.name {
		case "BehaviorTree":
			trees = append(trees, e)
		case "TreeNodesModel":
			if models != nil {
				f := r.refuse(e.at, "move its elements into the first one", "a second TreeNodesModel")
				f.Also = append(f.Also, models.at)
			}
			models = e
		case "include":
			if err := r.include(e); err != nil {
				return err
			}
		}
	}
	if models != nil {
		for _, e := range root.children {
			switch e.name {
			case "Action", "Condition", "Control", "Decorator", "SubTree":
				if id, _ := e.get("ID"); id.Value == "" {
					r.refuse(e.at, "give it an ID, or remove it", "%s beside TreeNodesModel has no ID", e.name)
				}
			}
		}
		r.readModels(models)
	}
	for _, e := range trees {
		r.define(e, len(root.children) == 1)
	}
	return nil
}

func (r *reader) include(e *element) error {
	if pkg, found := e.get("ros_pkg"); found {
		r.refuse(pkg.Place, "name the file by a path relative to this one", "the runtime cannot include from a ROS package")
		return nil
	}
	at, found := e.get("path")
	if !found {
		r.refuse(e.at, "give it a path", "include has no path")
		return nil
	}
	name := path.Join(path.Dir(e.at.File), at.Value)
	if path.IsAbs(at.Value) || !fs.ValidPath(name) {
		r.refuse(at.Place, "put the file beside this one, and name it by a relative path", "includes a file outside of the package")
		return nil
	}
	if info, err := fs.Stat(r.fsys, name); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		r.refuse(at.Place, "export with --with-includes, or copy the included trees into this file", "includes %s, which is not in the package", show.Quote(at.Value, 200))
		return nil
	}
	return r.file(name, at.Place)
}

// readModels reads what the files say about the ports of subtrees.
func (r *reader) readModels(models *element) {
	for _, e := range models.children {
		id, _ := e.get("ID")
		if e.name != "SubTree" {
			continue
		}
		if id.Name == "" {
			r.refuse(e.at, "give it the ID of a tree", "SubTree of TreeNodesModel has no ID")
			continue
		}
		m := &model{}
		for _, c := range e.children {
			if c.name != "input_port" && c.name != "output_port" && c.name != "inout_port" {
				continue
			}
			name, found := c.get("name")
			if !found {
				r.refuse(c.at, "give it a name", "%s has no name", c.name)
				continue
			}
			if v := name.Value; v == "" || v[0] >= '0' && v[0] <= '9' || v == "name" || v == "ID" || v[0] == '_' || strings.IndexFunc(v, forbidden) >= 0 {
				r.refuse(name.Place, "choose a name of letters, digits, - and _", "%s is not a name of a port", show.Quote(v, 100))
				continue
			}
			fallback, _ := c.get("default")
			m.ports = append(m.ports, modelPort{name.Value, fallback.Value, c.at})
		}
		r.models[id.Value] = m
	}
}

// define registers a tree, and checks its structure.
func (r *reader) define(e *element, alone bool) {
	id, _ := e.get("ID")
	r.alone = alone
	r.checkTree(e, id, alone)
	d := &Definition{ID: id.Value, Place: e.at}
	if len(e.children) > 0 {
		d.Root = r.node(e.children[0], 1)
		for _, more := range e.children[1:] {
			r.node(more, 1)
		}
	}
	r.result.Definitions = append(r.result.Definitions, d)
}

// checkTree checks the element of a tree.
func (r *reader) checkTree(e *element, id Attr, alone bool) {
	switch {
	case id.Value == "" && !alone:
		at := e.at
		if id.Name != "" {
			at = id.Place
		}
		r.refuse(at, "give it an ID", "BehaviorTree has no ID")
	case id.Value != "":
		r.checkID(id)
	}
	if n := len(e.children); n != 1 {
		f := r.refuse(e.at, "put one control node around its nodes", "BehaviorTree has %d elements inside; it must have one", n)
		if n > 1 {
			f.Also = append(f.Also, e.children[1].at)
		}
	}
}

// checkID checks the name of a tree.
func (r *reader) checkID(id Attr) {
	_, taken := KindOf(id.Value)
	switch v := id.Value; {
	case v == "":
		r.refuse(id.Place, "give it an ID", "the ID is empty")
	case v == "root" || v == "Root" || taken:
		r.refuse(id.Place, "choose another ID", "the ID %s is reserved", show.Quote(v, 100))
	case strings.IndexFunc(v, forbidden) >= 0:
		r.refuse(id.Place, "choose an ID of letters, digits, - and _", "the ID %s has a space, a dot or another character that the loader refuses", show.Quote(v, 100))
	}
}

// node makes the node of an element, and checks its structure.
func (r *reader) node(e *element, depth int) *Node {
	n := &Node{Name: e.name, Attrs: e.attrs, Place: e.at}
	id, _ := e.get("ID")
	switch e.name {
	case "Action", "Condition", "Control", "Decorator":
		n.second, n.Name = true, id.Value
		if id.Value == "" {
			r.refuse(e.at, "give it the name of a node as ID", "%s has no ID", e.name)
			return n
		}
	case "SubTree":
		if id.Name == "" {
			r.refuse(e.at, "give it the ID of a tree", "SubTree has no ID")
		} else {
			r.checkID(id)
		}
	case "BehaviorTree":
		r.checkTree(e, id, r.alone)
	}
	n.kind, _ = KindOf(n.Name)
	if n.kind == nil && n.Name != "BehaviorTree" {
		at := e.at
		if n.second {
			at = id.Place
		}
		f := r.refuse(at, nearest(n.Name), "there is no node %s", quoted(n.Name))
		f.Also = append(f.Also, e.at)
	}
	if n.kind != nil && n.kind.Doubtful {
		r.add(Doubtful, e.at, "use Fallback", "older versions of the loader do not have %s", n.Name)
	}
	if depth == 257 {
		r.add(Doubtful, e.at, "move a part of the tree into a subtree", "nodes nest deeper than 256, which newer versions of the loader refuse")
	}
	if len(e.children) > 0 {
		n.Children = make([]*Node, 0, len(e.children))
	}
	for _, c := range e.children {
		n.Children = append(n.Children, r.node(c, depth+1))
	}
	if n.kind != nil {
		r.checkChildren(n)
	}
	return n
}

// checkChildren checks how many children a node has, and which.
func (r *reader) checkChildren(n *Node) {
	count := len(n.Children)
	wrong := func(hint, format string, args ...any) {
		f := r.refuse(n.Place, hint, n.Name+" "+format, args...)
		if count > 0 {
			f.Also = append(f.Also, n.Children[0].Place, n.Children[count-1].Place)
		}
	}
	switch n.kind.Category {
	case Leaf, Runtime, SubTree:
		if count > 0 {
			wrong("move the nodes inside of it behind it", "has nodes inside; it cannot have any")
		}
	case Decorator:
		if count != 1 {
			wrong("put one control node around the nodes inside of it", "has %d nodes inside; it must have one", count)
		}
	case Control:
		if count < n.kind.Least {
			wrong("add a node, or remove "+n.Name, "has %d nodes inside; it must have at least %d", count, n.kind.Least)
		}
	}
	if n.Name != "ReactiveSequence" {
		return
	}
	async := 0
	for _, c := range n.Children {
		if c.second || c.Name == "BehaviorTree" {
			f := r.refuse(c.Place, "write <"+quoted(c.Name)+"> instead", "a node inside of ReactiveSequence must not be written with ID")
			f.Also = append(f.Also, n.Place)
		}
		if c.Name == "AsyncSequence" {
			if async++; async == 2 {
				f := r.refuse(n.Place, "use Sequence for one of them", "ReactiveSequence has a second AsyncSequence inside")
				f.Also = append(f.Also, c.Place)
			}
		}
	}
}

// nearest returns advice for a name that no node has.
func nearest(name string) string {
	best, distance := "", 3
	for known := range kinds() {
		if d := editDistance(name, known, distance+1); d < distance || d == distance && best != "" && known < best {
			best, distance = known, d
		}
	}
	if best == "" {
		return ""
	}
	return "write " + best
}

// editDistance counts the bytes to add, take or change between two names, or returns
// limit if there are as many.
func editDistance(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit || len(a) > 64 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit)
}

// quoted shows a name of an element.
func quoted(name string) string { return show.Line(show.Cut(name, 100)) }
