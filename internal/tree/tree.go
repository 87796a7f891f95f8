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
	doc.Pos
}

// Node is a node of a tree.
type Node struct {
	// Name is the kind of the node, in whichever of the two forms it is written; for
	// a subtree it is "SubTree".
	Name  string
	Attrs []Attr
	Place
	Children []*Node

	kind    *Kind   // nil if the runtime has none of that name
	second  bool    // it is written as <Action ID="Name">
	made    bool    // it is in Tree.Made
	outcome outcome // what it can return, once that is known
}

// At returns where an attribute of n stands.
func (n *Node) At(a Attr) Place { return Place{n.File, a.Pos} }

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
	f, err := open(ctx, fsys, name, budget{})
	if err != nil {
		return nil, err
	}
	return f.Tree(ctx, fsys, version)
}

// Tree is Read for a file that was parsed. It takes over the nodes of f, so that it
// must be called only once.
func (f *File) Tree(ctx context.Context, fsys fs.FS, version machine.Version) (*Tree, error) {
	r := reader{ctx: ctx, fsys: fsys, version: version, result: &Tree{File: f.name}, models: map[string]*model{}, root: f.root}
	if err := r.file(f); err != nil {
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
	root    *Node // of the file that was named
	models  map[string]*model
	open    []string // the files that are being read, each including the next
	files   int
	budget
	alone bool // the tree that is being read is the only element of its file
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
func (r *reader) limit(at Place, what string) {
	if !r.full {
		r.full = true
		r.add(Doubtful, at, "", "%s; the rest is not rehearsed", what)
	}
}

// file reads the files that a file includes, and its trees, in this order.
func (r *reader) file(f *File) error {
	if f.over.Message != "" {
		r.limit(f.over.Place, f.over.Message)
	}
	r.files++
	r.budget = f.budget
	if f.Fault != nil {
		r.refuse(Place{f.name, f.Fault.Pos}, "", "the tree loader cannot read it: %s", f.Fault.Msg)
	}
	if f.root == nil {
		return nil
	}
	r.open = append(r.open, f.name)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	return r.document(f.root)
}

// document checks a file, and registers its trees.
func (r *reader) document(root *Node) error {
	if root.Name != "root" {
		r.refuse(root.Place, "rename the element to root", "the first element is <%s>, not <root>", quoted(root.Name))
		return nil
	}
	var trees []*Node
	var models *Node
	for _, e := range root.Children {
		switch e.Name {
		case "BehaviorTree":
			trees = append(trees, e)
		case "TreeNodesModel":
			if models != nil {
				f := r.refuse(e.Place, "move its elements into the first one", "a second TreeNodesModel")
				f.Also = append(f.Also, models.Place)
			}
			models = e
		case "include":
			if err := r.include(e); err != nil {
				return err
			}
		}
	}
	if models != nil {
		for _, e := range root.Children {
			switch e.Name {
			case "Action", "Condition", "Control", "Decorator", "SubTree":
				if id, _ := e.Get("ID"); id.Value == "" {
					r.refuse(e.Place, "give it an ID, or remove it", "%s beside TreeNodesModel has no ID", e.Name)
				}
			}
		}
		r.readModels(models)
	}
	for _, e := range trees {
		r.define(e, len(root.Children) == 1)
	}
	return nil
}

func (r *reader) include(e *Node) error {
	if pkg, found := e.Get("ros_pkg"); found {
		r.refuse(e.At(pkg), "name the file by a path relative to this one", "the runtime cannot include from a ROS package")
		return nil
	}
	at, found := e.Get("path")
	if !found {
		r.refuse(e.Place, "give it a path", "include has no path")
		return nil
	}
	name := path.Join(path.Dir(e.File), at.Value)
	if path.IsAbs(at.Value) || !fs.ValidPath(name) {
		r.refuse(e.At(at), "put the file beside this one, and name it by a relative path", "includes a file outside of the package")
		return nil
	}
	if info, err := fs.Stat(r.fsys, name); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		r.refuse(e.At(at), "put it below the folder of this file and export with --with-includes, or copy its trees into this file", "includes %s, which is not in the package", show.Quote(at.Value, 200))
		return nil
	}
	switch {
	case slices.Contains(r.open, name):
		r.refuse(e.At(at), "remove one of the includes", "includes itself")
		return nil
	case r.files == MaxFiles:
		r.limit(e.At(at), fmt.Sprintf("the tree includes more than %d files", MaxFiles))
		return nil
	}
	f, err := open(r.ctx, r.fsys, name, r.budget)
	if err != nil {
		return err
	}
	return r.file(f)
}

// readModels reads what the files say about the ports of subtrees.
func (r *reader) readModels(models *Node) {
	for _, e := range models.Children {
		id, _ := e.Get("ID")
		if e.Name != "SubTree" {
			continue
		}
		if id.Name == "" {
			r.refuse(e.Place, "give it the ID of a tree", "SubTree of TreeNodesModel has no ID")
			continue
		}
		m := &model{}
		for _, c := range e.Children {
			if c.Name != "input_port" && c.Name != "output_port" && c.Name != "inout_port" {
				continue
			}
			name, found := c.Get("name")
			if !found {
				r.refuse(c.Place, "give it a name", "%s has no name", c.Name)
				continue
			}
			if v := name.Value; v == "" || v[0] >= '0' && v[0] <= '9' || v == "name" || v == "ID" || v[0] == '_' || strings.IndexFunc(v, forbidden) >= 0 {
				r.refuse(c.At(name), "choose a name of letters, digits, - and _", "%s is not a name of a port", show.Quote(v, 100))
				continue
			}
			fallback, _ := c.Get("default")
			m.ports = append(m.ports, modelPort{name.Value, fallback.Value, c.Place})
		}
		r.models[id.Value] = m
	}
}

// define registers a tree, and checks its structure.
func (r *reader) define(e *Node, alone bool) {
	id, _ := e.Get("ID")
	r.alone = alone
	r.checkTree(e, id, alone)
	d := &Definition{ID: id.Value, Place: e.Place}
	if len(e.Children) > 0 {
		d.Root = e.Children[0]
		for _, n := range e.Children {
			r.node(n, 1)
		}
	}
	r.result.Definitions = append(r.result.Definitions, d)
}

// checkTree checks the element of a tree.
func (r *reader) checkTree(e *Node, id Attr, alone bool) {
	switch {
	case id.Value == "" && !alone:
		at := e.Place
		if id.Name != "" {
			at = e.At(id)
		}
		r.refuse(at, "give it an ID", "BehaviorTree has no ID")
	case id.Value != "":
		r.checkID(e, id)
	}
	if n := len(e.Children); n != 1 {
		f := r.refuse(e.Place, "put one control node around its nodes", "BehaviorTree has %d elements inside; it must have one", n)
		if n > 1 {
			f.Also = append(f.Also, e.Children[1].Place)
		}
	}
}

// checkID checks the name of a tree.
func (r *reader) checkID(e *Node, id Attr) {
	_, taken := KindOf(id.Value)
	switch v := id.Value; {
	case v == "":
		r.refuse(e.At(id), "give it an ID", "the ID is empty")
	case v == "root" || v == "Root" || taken:
		r.refuse(e.At(id), "choose another ID", "the ID %s is reserved", show.Quote(v, 100))
	case strings.IndexFunc(v, forbidden) >= 0:
		r.refuse(e.At(id), "choose an ID of letters, digits, - and _", "the ID %s has a space, a dot or another character that the loader refuses", show.Quote(v, 100))
	}
}

// node makes a node of an element and of those in it, and checks the structure.
func (r *reader) node(n *Node, depth int) {
	id, _ := n.Get("ID")
	switch n.Name {
	case "Action", "Condition", "Control", "Decorator":
		if id.Value == "" {
			r.refuse(n.Place, "give it the name of a node as ID", "%s has no ID", n.Name)
		}
		if n.second, n.Name = true, id.Value; n.Name == "" {
			n.Children = nil
			return
		}
	case "SubTree":
		if id.Name == "" {
			r.refuse(n.Place, "give it the ID of a tree", "SubTree has no ID")
		} else {
			r.checkID(n, id)
		}
	case "BehaviorTree":
		r.checkTree(n, id, r.alone)
	}
	n.kind, _ = KindOf(n.Name)
	if n.kind == nil && n.Name != "BehaviorTree" {
		at := n.Place
		if n.second {
			at = n.At(id)
		}
		f := r.refuse(at, nearest(n.Name), "there is no node %s", quoted(n.Name))
		f.Also = append(f.Also, n.Place)
	}
	if n.kind != nil && n.kind.Doubtful {
		r.add(Doubtful, n.Place, "use Fallback", "older versions of the loader do not have %s", n.Name)
	}
	if depth == 257 {
		r.add(Doubtful, n.Place, "move a part of the tree into a subtree", "nodes nest deeper than 256, which newer versions of the loader refuse")
	}
	for _, c := range n.Children {
		r.node(c, depth+1)
	}
	if n.kind != nil {
		r.checkChildren(n)
	}
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
