package sheet

import (
	"context"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
	"github.com/anolishq/anolis-handoff/validator"
)

const (
	// manyNodes of all trees are drawn.
	manyNodes = 1000
	// deepest is how far a picture goes to the right. What is deeper is drawn in a part
	// of its own.
	deepest = 16
	// tall is how high a picture is that no page should cut; another one goes on
	// below it.
	tall = 300
)

// drawnTree is a behavior tree as it is drawn.
type drawnTree struct {
	file     string // safe to show
	profiles []string
	// trouble says in words why there is no picture, or what is wrong with all of it.
	trouble []string
	figures []figure
	omitted int // nodes that are not drawn
}

// form is the outline of a node: what it is can be told from it without colours.
type form uint8

const (
	box     form = iota // control
	diamond             // decorator
	ellipse             // condition
	rounded             // action
	arrow               // call of a device
	double              // subtree
	broken              // what the runtime does not have
)

func (f form) String() string {
	return [...]string{"control", "decorator", "condition", "action", "device call", "subtree", "unknown node"}[f]
}

func formOf(n *tree.Node) form {
	kind := n.Kind()
	switch {
	case kind.Category == tree.Control:
		return box
	case kind.Category == tree.Decorator:
		return diamond
	case kind.Category == tree.SubTree:
		return double
	case kind.Category == tree.Unknown:
		return broken
	case kind.Condition():
		return ellipse
	}
	if _, device := kind.Port("device_handle"); device {
		return arrow
	}
	return rounded
}

// row is a node with all that stands beside it.
type row struct {
	depth int
	last  bool // of its siblings
	form  form
	name  string
	head  string   // what it is about: a call, a parameter, a name
	attrs []string // the others
	more  string   // where it goes on
	line  int
	marks []mark
}

// part is a piece of a tree that is drawn as one.
type part struct {
	title string
	rows  []row
}

// readTrees reads the behavior trees that runtime configs name.
func (s *sheet) readTrees(ctx context.Context, p *validator.Package) error {
	secret := s.report.SecretFiles()
	used := map[string]bool{}
	for _, config := range s.content.Machine.Configs() {
		if config.Tree != nil {
			used[config.Tree.File] = true
		}
	}
	left := manyNodes
	for _, b := range s.info.Behaviors {
		if len(b.Profiles) == 0 {
			continue
		}
		d := &drawnTree{file: b.File, profiles: b.Profiles}
		s.trees = append(s.trees, d)
		if secret[show.Line(b.File)] || !used[b.File] {
			d.trouble = append(d.trouble, "It is not drawn: the file or its name has in it what looks like a secret.")
			continue
		}
		t, err := tree.Read(ctx, p.FS(), b.File, s.content.Machine.Version)
		if err != nil {
			return err
		}
		for _, n := range t.Made {
			if handle, ok := n.Literal("device_handle"); ok {
				s.handles = append(s.handles, usedHandle{handle.Value, n.At(handle)})
			}
		}
		w := treeWriter{sheet: s, tree: t, left: left, done: map[*tree.Definition]bool{}, limits: s.parametersOf(b.File)}
		w.write()
		left = w.left
		if !t.Loads() {
			d.trouble = append(d.trouble, "It does not load.")
		}
		for _, f := range t.Findings {
			if len(d.trouble) <= 10 && !w.marked[f.Line] {
				d.trouble = append(d.trouble, "Line "+num(f.Line)+": "+f.Message)
			}
		}
		s.hide(&w, d)
		d.omitted = w.omitted
		for _, p := range w.parts {
			d.figures = append(d.figures, p.figures()...)
		}
	}
	return nil
}

// hide takes out what repeats a secret of the documents, or looks like one.
func (s *sheet) hide(w *treeWriter, d *drawnTree) {
	var texts []*string
	for i := range w.parts {
		texts = append(texts, &w.parts[i].title)
		for j := range w.parts[i].rows {
			r := &w.parts[i].rows[j]
			texts = append(texts, &r.name, &r.head, &r.more)
			for k := range r.attrs {
				texts = append(texts, &r.attrs[k])
			}
		}
	}
	for i := range d.trouble {
		texts = append(texts, &d.trouble[i])
	}
	s.content.Views.Clean(texts...)
}

// parametersOf are the limits of the parameters of every config with a tree, in
// words; "" where two configs differ.
func (s *sheet) parametersOf(file string) map[string]string {
	limits := map[string]string{}
	for _, p := range s.info.Profiles {
		if p.Automation.BehaviorTree != file {
			continue
		}
		for _, q := range p.Automation.ParameterList {
			text := q.Type
			if span := limitsOf(&q); span != "" {
				text += ", " + span
			}
			if q.Default != "" {
				text += ", default " + q.Default
			}
			if before, known := limits[q.Name]; known && before != text {
				text = ""
			}
			limits[q.Name] = text
		}
	}
	return limits
}

// treeWriter writes a tree down in rows, each subtree where it is used first.
type treeWriter struct {
	*sheet
	tree    *tree.Tree
	limits  map[string]string
	done    map[*tree.Definition]bool
	marked  map[int]bool // lines with a mark beside them
	parts   []part
	later   []laterPart
	left    int
	omitted int
}

// laterPart is what is drawn in a part of its own.
type laterPart struct {
	title string
	nodes []*tree.Node
}

func (w *treeWriter) write() {
	w.marked = map[int]bool{}
	if main := w.tree.Main; main != nil && main.Root != nil {
		w.done[main] = true
		w.later = append(w.later, laterPart{named("Tree", main.ID), []*tree.Node{main.Root}})
	}
	w.drain()
	for _, d := range w.tree.Definitions { // what is not reached, or the main tree is not known
		if !w.done[d] && d.Root != nil {
			w.done[d] = true
			title := named("Tree", d.ID)
			if w.tree.Main != nil {
				title += ", which is not used"
			}
			w.later = append(w.later, laterPart{title, []*tree.Node{d.Root}})
			w.drain()
		}
	}
}

func named(noun, id string) string {
	if id == "" {
		return noun + " without an ID"
	}
	return noun + " " + id
}

// drain writes the parts that are waiting.
func (w *treeWriter) drain() {
	for len(w.later) > 0 {
		next := w.later[0]
		w.later = w.later[1:]
		w.parts = append(w.parts, part{title: next.title})
		p := &w.parts[len(w.parts)-1]
		for i, n := range next.nodes {
			w.node(p, n, 0, i == len(next.nodes)-1)
		}
	}
}

// node writes a node and what is below it.
func (w *treeWriter) node(p *part, n *tree.Node, depth int, last bool) {
	if w.left == 0 {
		w.omitted += 1 + below(n)
		return
	}
	w.left--
	r := row{depth: depth, last: last, form: formOf(n), name: n.Name, line: n.Line}
	r.marks = w.marks.at(n.File, n.Pos)
	taken := w.head(&r, n)
	for _, a := range n.Attrs {
		r.marks = addMark(r.marks, w.marks.at(n.File, a.Pos)...)
		if !taken[a.Name] {
			r.attrs = append(r.attrs, show.Cut(a.Name, 80)+"="+show.Cut(a.Value, longest))
		}
	}
	if len(r.marks) > 0 {
		w.marked[n.Line] = true
	}
	children := n.Children
	if n.Kind().Category == tree.SubTree {
		id, _ := n.Get("ID")
		if d, found := w.tree.Definition(id.Value); found && d.Root != nil {
			if w.done[d] {
				r.more = "drawn at its first use"
			} else {
				w.done[d] = true
				children = append(children[:len(children):len(children)], d.Root)
			}
		}
	}
	at := len(p.rows)
	p.rows = append(p.rows, r)
	if len(children) > 0 && depth == deepest {
		number := num(len(w.parts) + len(w.later) + 1)
		title := "Part " + number + ", below the " + n.Name + " of line " + num(n.Line)
		p.rows[at].more = "goes on in part " + number
		w.later = append(w.later, laterPart{title, children})
		return
	}
	for i, c := range children {
		w.node(p, c, depth+1, i == len(children)-1)
	}
}

func below(n *tree.Node) int {
	total := len(n.Children)
	for _, c := range n.Children {
		total += below(c)
	}
	return total
}

// head writes what a node is about, and says which attributes that has told.
func (w *treeWriter) head(r *row, n *tree.Node) map[string]bool {
	taken := map[string]bool{}
	get := func(name string) string {
		a, _ := n.Get(name)
		taken[name] = true
		return show.Cut(a.Value, longest)
	}
	switch {
	case r.form == arrow && n.Name == "CallDevice":
		r.head = get("device_handle") + " " + get("function_name")
	case r.form == arrow:
		r.head = get("device_handle") + " " + get("signal_id")
	case strings.HasPrefix(n.Name, "GetParameter"):
		r.head = get("param")
		if limits := w.limits[r.head]; limits != "" {
			r.attrs = append(r.attrs, "("+limits+")")
		}
	case r.form == double:
		r.head = get("ID")
	default:
		if name := get("name"); name != "" {
			r.head = `"` + name + `"`
		}
	}
	return taken
}

// figures draws a part, in pieces that no page needs to cut.
func (p *part) figures() []figure {
	var list []figure
	var open uint64 // depths at which a line goes on below
	for i := range p.rows {
		r := &p.rows[i]
		beside, under := r.wrap()
		height := 26 + 15*len(under)
		if last := len(list) - 1; last < 0 || list[last].height+height > tall {
			list = append(list, figure{title: p.title, list: true, continued: last >= 0})
		}
		f := &list[len(list)-1]
		goesOn := open &^ (1 << r.depth) & (1<<r.depth - 1)
		if open = goesOn; !r.last {
			open |= 1 << r.depth
		}
		children := i+1 < len(p.rows) && p.rows[i+1].depth > r.depth
		f.row(r, beside, under, height, goesOn, children)
	}
	return list
}

const (
	indent   = 22
	gutter   = 34 // for the number of the line
	nodeSize = 16
)

// wrap puts the attributes into lines: what stands beside the node, and what goes below
// that.
func (r *row) wrap() (beside string, under []string) {
	room := int(float64(canvasWidth-r.textAt()-8) / monoWidth)
	free := room - columns(r.name) - columns(r.head) - columns(r.more) - 9*len(r.marks) - 4
	lines := []string{""}
	for _, a := range r.attrs {
		last := len(lines) - 1
		a = fit(a, room)
		if columns(lines[last])+2+columns(a) > free {
			if last == 3 {
				lines[3] = fit(lines[3], room-2) + " …"
				break
			}
			lines, free = append(lines, a), room
			continue
		}
		if lines[last] != "" {
			lines[last] += "  "
		}
		lines[last] += a
	}
	return lines[0], lines[1:]
}

// textAt is where the text of a row begins.
func (r *row) textAt() int { return gutter + indent*r.depth + nodeSize + 8 }

// row draws a node below what is drawn. goesOn are the depths whose lines go past it.
func (f *figure) row(r *row, beside string, under []string, height int, goesOn uint64, children bool) {
	top, middle := f.height, f.height+13
	f.height += height
	label := "level " + num(r.depth+1) + ", " + r.form.String() + ": " + r.name
	f.newline()
	f.start("g", "role", "listitem", "aria-label", joined(" ", slices.Concat([]string{label, r.head}, r.attrs, []string{r.more})...))
	for depth := 1; depth < r.depth; depth++ {
		if goesOn&(1<<depth) != 0 {
			x := gutter + indent*(depth-1) + nodeSize/2
			f.line("wire", x, top, x, f.height)
		}
	}
	x := gutter + indent*r.depth
	if r.depth > 0 {
		above := x - indent + nodeSize/2
		end := middle
		if !r.last {
			end = f.height
		}
		f.line("wire", above, top, above, end)
		f.line("wire", above, middle, x, middle)
	}
	if children {
		f.line("wire", x+nodeSize/2, middle+nodeSize/2, x+nodeSize/2, f.height)
	}
	f.node(class("node", r.marks), r.form, r.name, x, middle)
	f.label("mono dim end", 0, middle+4, gutter-8, num(r.line))
	at := r.textAt()
	write := func(class, text string) {
		if text != "" {
			w := int(float64(columns(text)+1)*monoWidth) + 4
			f.label(class, at, middle+4, min(w, canvasWidth-at), text)
			at += w
		}
	}
	write("mono strong", r.name)
	write("mono strong", r.head)
	write("mono", beside)
	write("mono dim", r.more)
	f.badges(r.marks, at, middle)
	for i, line := range under {
		f.label("mono", r.textAt(), middle+4+15*(i+1), canvasWidth-r.textAt(), line)
	}
	f.end()
}

// node draws the outline of a node around a middle, and what it is known by.
func (f *figure) node(class string, form form, name string, x, middle int) {
	top, half := middle-nodeSize/2, nodeSize/2
	switch form {
	case box:
		f.rect(class, x, top, nodeSize, nodeSize, 0)
		switch {
		case strings.HasSuffix(name, "Sequence"), name == "SequenceWithMemory":
			f.path("sign", "M"+num(x+3)+" "+num(middle)+"h9m-4 -4l4 4l-4 4")
		case strings.HasSuffix(name, "Fallback"):
			f.element("text", "?", "class", "mono strong middle", "x", num(x+half), "y", num(middle+4))
		case strings.HasPrefix(name, "Parallel"):
			f.path("sign", "M"+num(x+3)+" "+num(middle-3)+"h10M"+num(x+3)+" "+num(middle+3)+"h10")
		}
	case diamond:
		f.path(class, "M"+num(x)+" "+num(middle)+"l8 -8l8 8l-8 8z")
	case ellipse:
		f.void("ellipse", "class", class, "cx", num(x+half), "cy", num(middle), "rx", "9", "ry", "6")
	case rounded:
		f.rect(class, x, top+2, nodeSize, nodeSize-4, 5)
	case arrow:
		f.path(class+" call", "M"+num(x)+" "+num(top+2)+"h10l6 6l-6 6h-10z")
	case double:
		f.rect(class, x-1, top-1, nodeSize+2, nodeSize+2, 0)
		f.rect(class, x+2, top+2, nodeSize-4, nodeSize-4, 0)
	case broken:
		f.path("wire", "M"+num(x+2)+" "+num(top+2)+"l12 12m0 -12l-12 12")
	}
}

// legend explains the outlines.
func legend() *figure {
	f := &figure{title: "Outlines of the nodes", height: 26}
	x := 4
	for form := box; form <= double; form++ {
		f.node("node", form, "", x, 13)
		f.label("small", x+22, 17, 90, form.String())
		x += 116
	}
	return f
}
