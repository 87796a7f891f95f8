package diff

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
)

// treeChanges says what changed in a behavior tree by its nodes: the calls of devices,
// each as a change of its own, and then whether anything else did. x is the change of
// the file as a whole. A tree that does not load, or has a secret in it, is compared
// as a file only.
func (d *differ) treeChanges(ctx context.Context, x *delta) error {
	old, err := d.old.readTree(ctx, x.pair.old)
	if err != nil || old == nil {
		return err
	}
	new, err := d.new.readTree(ctx, x.pair.new)
	if err != nil || new == nil {
		return err
	}
	before, after := callsOf(old), callsOf(new)
	var found []*delta
	changed := map[callKey]bool{}
	for _, key := range keysOf(before, after) {
		if call := d.callChange(x, key, before[key], after[key]); call != nil {
			found = append(found, call)
			changed[key] = true
		}
	}
	nodes, all := d.nodeChanges(x, old, new, changed)
	switch {
	case !all: // the change of the file stands for what else changed
	case len(found)+len(nodes) == 0:
		name := x.pair.file()
		x.kind, x.topic = FormattingChanged, ""
		x.say = func(*Change) string {
			return "Behavior tree " + spokenName(name) + " is written differently and means the same."
		}
	default:
		d.deltas = slices.DeleteFunc(d.deltas, func(y *delta) bool { return y == x })
	}
	d.deltas = append(append(d.deltas, found...), nodes...)
	return nil
}

// readTree reads a behavior tree, or returns nil if it cannot be compared by nodes.
func (s *side) readTree(ctx context.Context, file string) (*tree.Tree, error) {
	if s.p.Report().SecretFiles()[show.Line(file)] {
		return nil, nil
	}
	// What only newer runtimes load can be compared all the same.
	t, err := tree.Read(ctx, s.p.FS(), file, machine.ParseVersion(machine.NewestRuntime))
	if err != nil || !t.Loads() || t.Main == nil {
		return nil, err
	}
	return t, nil
}

// callKey is what makes two calls the same one.
type callKey struct{ device, function string }

// callUse is one node that makes a call.
type callUse struct {
	args, rest string
	line       int
}

func callsOf(t *tree.Tree) map[callKey][]callUse {
	calls := map[callKey][]callUse{}
	for _, n := range t.Made {
		if n.Name != "CallDevice" {
			continue
		}
		args, _ := n.Get("args")
		use := callUse{args: args.Value, line: n.Line}
		for _, a := range n.Attrs {
			if a.Name != "args" {
				use.rest += "\x01" + a.Name + "\x02" + a.Value
			}
		}
		calls[keyOf(n)] = append(calls[keyOf(n)], use)
	}
	return calls
}

func keyOf(n *tree.Node) callKey {
	device, _ := n.Get("device_handle")
	function, _ := n.Get("function_name")
	return callKey{device.Value, function.Value}
}

func keysOf(maps ...map[callKey][]callUse) []callKey {
	seen := map[callKey]bool{}
	var keys []callKey
	for _, m := range maps {
		for key := range m {
			if !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, func(a, b callKey) int {
		if c := strings.Compare(a.device, b.device); c != 0 {
			return c
		}
		return strings.Compare(a.function, b.function)
	})
	return keys
}

// callChange is what happened to a call; nil if nothing did.
func (d *differ) callChange(file *delta, key callKey, before, after []callUse) *delta {
	const most = 200
	call := show.Cut(key.device, most) + " " + show.Cut(key.function, most)
	name := file.pair.file()
	x := &delta{pair: file.pair, profiles: file.profiles, where: "calls[" + call + "]"}
	value := func(uses []callUse) *Value {
		if len(uses) == 0 {
			return nil
		}
		return &Value{Text: show.Cut(uses[0].args, most), Line: uses[0].line}
	}
	x.oldFile, x.newFile = value(before), value(after)
	in := "Behavior tree " + spokenName(name)
	switch {
	case len(before) == 0:
		x.kind = CallAdded
		x.say = func(*Change) string { return in + " now calls " + call + "." }
	case len(after) == 0:
		x.kind = CallRemoved
		x.say = func(*Change) string { return in + " does not call " + call + " any more." }
	case !slices.EqualFunc(before, after, func(a, b callUse) bool { return a.args == b.args && a.rest == b.rest }):
		args := false
		x.kind = CallChanged
		for i := range min(len(before), len(after)) {
			if args = before[i].args != after[i].args; args {
				x.oldFile, x.newFile = value(before[i:]), value(after[i:])
				break
			}
		}
		x.say = func(*Change) string {
			switch {
			case len(before) != len(after):
				return in + " calls " + call + " at " + show.Count(len(after), "place") + ", before at " + show.Count(len(before), "place") + "."
			case args:
				return in + " calls " + call + " with other arguments."
			}
			return in + " calls " + call + " with other attributes."
		}
	default:
		return nil
	}
	return x
}

// step is a node of a tree that is written out from top to bottom.
type step struct {
	*tree.Node
	in     string // the ID of its definition
	depth  int
	parent *step
	own    string // its name and attributes
	line   string // the same with its definition and depth
	with   *step  // the one in the other tree
	moved  bool   // to another place than with
}

// steps writes a tree out: its main definition, and then the subtrees that it uses,
// each once. Calls that have changes of their own are left out.
func steps(t *tree.Tree, without map[callKey]bool) []*step {
	var list []*step
	done := map[string]bool{t.Main.ID: true}
	queue := []*tree.Definition{t.Main}
	var write func(n *tree.Node, in string, depth int, parent *step)
	write = func(n *tree.Node, in string, depth int, parent *step) {
		if n.Name == "CallDevice" && without[keyOf(n)] {
			return
		}
		s := &step{Node: n, in: in, depth: depth, parent: parent}
		attrs := slices.Clone(n.Attrs)
		slices.SortStableFunc(attrs, func(x, y tree.Attr) int { return strings.Compare(x.Name, y.Name) })
		own := []string{n.Name}
		for _, a := range attrs {
			own = append(own, "\x01", a.Name, "\x02", a.Value)
		}
		s.own = strings.Join(own, "") // adding to it one by one would be quadratic
		s.line = in + "\x00" + strconv.Itoa(depth) + "\x00" + s.own
		list = append(list, s)
		if id, _ := n.Get("ID"); n.Name == "SubTree" && !done[id.Value] {
			done[id.Value] = true
			if d, found := t.Definition(id.Value); found {
				queue = append(queue, d)
			}
		}
		for _, c := range n.Children {
			write(c, in, depth+1, s)
		}
	}
	for len(queue) > 0 {
		if d := queue[0]; d.Root != nil {
			write(d.Root, d.ID, 0, nil)
		}
		queue = queue[1:]
	}
	return list
}

// align pairs the steps that are the same line in both trees: what both begin and end
// with, and between them the longest run of lines that each has once. Each part
// between two of those is aligned in turn, so often that the cost stays linear.
func align(a, b []*step, rounds int) {
	pair := func(s, t *step) { s.with, t.with = t, s }
	for len(a) > 0 && len(b) > 0 && a[0].line == b[0].line {
		pair(a[0], b[0])
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1].line == b[len(b)-1].line {
		pair(a[len(a)-1], b[len(b)-1])
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 || rounds == 0 {
		return
	}
	type place struct{ a, b, inA, inB int }
	places := map[string]*place{}
	at := func(s *step) *place {
		if places[s.line] == nil {
			places[s.line] = &place{}
		}
		return places[s.line]
	}
	for i, s := range a {
		p := at(s)
		p.a, p.inA = i, p.inA+1
	}
	for i, s := range b {
		p := at(s)
		p.b, p.inB = i, p.inB+1
	}
	// The longest run of places that ascend in both, by patience sorting.
	var piles []*place
	before := map[*place]*place{}
	for _, s := range a {
		p := places[s.line]
		if p.inA != 1 || p.inB != 1 {
			continue
		}
		i, _ := slices.BinarySearchFunc(piles, p.b, func(top *place, b int) int { return top.b - b })
		if i > 0 {
			before[p] = piles[i-1]
		}
		piles = append(piles[:i], append([]*place{p}, piles[min(i+1, len(piles)):]...)...)
	}
	if len(piles) == 0 {
		return
	}
	endA, endB := len(a), len(b)
	for p := piles[len(piles)-1]; p != nil; p = before[p] {
		pair(a[p.a], b[p.b])
		align(a[p.a+1:endA], b[p.b+1:endB], rounds-1)
		endA, endB = p.a, p.b
	}
	align(a[:endA], b[:endB], rounds-1)
}

// match pairs the steps that are left, in their order, if they have the same key.
func match(a, b []*step, key func(*step) string, moved bool) {
	left := map[string][]*step{}
	for _, s := range a {
		if s.with == nil {
			left[key(s)] = append(left[key(s)], s)
		}
	}
	for _, t := range b {
		if list := left[key(t)]; t.with == nil && len(list) > 0 {
			s := list[0]
			left[key(t)] = list[1:]
			s.with, t.with, s.moved, t.moved = t, s, moved, moved
		}
	}
}

// manyNodes is how many changes of nodes a person reads. A tree with more is another
// tree.
const manyNodes = 50

// nodeChanges says which nodes came, went, moved or have other attributes, but for
// calls with changes of their own. What happens to a node happens to those below it,
// too, and is one change. It reports whether it says everything.
func (d *differ) nodeChanges(file *delta, old, new *tree.Tree, calls map[callKey]bool) ([]*delta, bool) {
	if old.Main.ID != new.Main.ID {
		return nil, false
	}
	before, after := steps(old, calls), steps(new, calls)
	const rounds = 32
	line := func(s, t *step) int { return strings.Compare(s.line, t.line) }
	if slices.CompareFunc(before, after, line) <= 0 { // both directions pair the same nodes
		align(before, after, rounds)
	} else {
		align(after, before, rounds)
	}
	match(before, after, func(s *step) string { return s.in + "\x00" + s.own }, true)
	match(before, after, func(s *step) string { return s.in + "\x00" + strconv.Itoa(s.depth) + "\x00" + s.Name }, false)

	type change struct {
		kind     Kind
		was, is  *step
		sort     [2]string
		in, name string
	}
	var list []change
	below := map[*step]int{}
	add := func(kind Kind, was, is, s *step) {
		c := change{kind: kind, was: was, is: is, in: s.in, name: s.Name}
		if was != nil && is != nil {
			c.sort = [2]string{min(was.own, is.own), max(was.own, is.own)}
		}
		list = append(list, c)
	}
	// alone adds what is in one tree only.
	alone := func(side []*step, add func(s *step)) {
		top := map[*step]*step{} // of those that came or went with it
		for _, s := range side {
			if s.with != nil {
				continue
			}
			if above := top[s.parent]; above != nil {
				top[s] = above
				below[above]++
				continue
			}
			top[s] = s
			add(s)
		}
	}
	alone(before, func(s *step) { add(NodeRemoved, s, nil, s) })
	alone(after, func(s *step) { add(NodeAdded, nil, s, s) })
	for _, s := range after {
		switch {
		case s.with == nil:
		case s.with.own != s.own:
			add(NodeChanged, s.with, s, s)
		case s.moved && !(s.parent != nil && s.parent.moved && s.parent.with == s.with.parent):
			add(NodeMoved, s.with, s, s)
		}
	}
	if len(list) > manyNodes {
		return nil, false
	}
	slices.SortStableFunc(list, func(x, y change) int {
		return cmp.Or(strings.Compare(x.in, y.in), strings.Compare(x.name, y.name), strings.Compare(x.sort[0], y.sort[0]), strings.Compare(x.sort[1], y.sort[1]))
	})
	deltas := make([]*delta, 0, len(list))
	count := map[string]int{}
	for _, c := range list {
		x := d.nodeChange(file, c.kind, c.was, c.is, max(below[c.was], below[c.is]))
		count[string(c.kind)+x.where]++
		if n := count[string(c.kind)+x.where]; n > 1 {
			x.where += " (" + strconv.Itoa(n) + ")" // one of several that a path does not tell apart
		}
		deltas = append(deltas, x)
	}
	return deltas, true
}

// nodeChange is what happened to a node, and to so many below it.
func (d *differ) nodeChange(file *delta, kind Kind, was, is *step, below int) *delta {
	const most = 200
	s := is
	if s == nil {
		s = was
	}
	x := &delta{kind: kind, pair: file.pair, profiles: file.profiles, where: "nodes[" + show.Cut(s.in, most) + ": " + show.Cut(s.Name, most) + "]"}
	value := func(s, other *step) *Value {
		if s == nil {
			return nil
		}
		if kind == NodeMoved {
			above := "at the top"
			if s.parent != nil {
				above = "below " + s.parent.Name
			}
			return &Value{Text: show.Cut("line "+strconv.Itoa(s.Line)+", "+above, most), Line: s.Line}
		}
		var parts []string
		for _, a := range s.Attrs {
			if b, same := attr(other, a.Name); kind != NodeChanged || !same || a.Value != b {
				parts = append(parts, a.Name+"="+show.Quote(a.Value, most))
			}
		}
		return &Value{Text: show.Cut(strings.Join(parts, " "), most), Line: s.Line}
	}
	x.oldFile, x.newFile = value(was, is), value(is, was)
	text := "Behavior tree " + spokenName(file.pair.file())
	node := show.Cut(s.Name, most)
	if s.in != "" {
		node += " in " + show.Quote(s.in, most)
	}
	with := ""
	if below > 0 {
		with = ", with " + show.Count(below, "node") + " below it"
	}
	x.say = func(*Change) string {
		switch kind {
		case NodeAdded:
			return text + " has a new " + node + with + "."
		case NodeRemoved:
			return text + " has no longer this " + node + with + "."
		case NodeMoved:
			return text + " has this " + node + " at another place."
		}
		return text + " has other attributes at this " + node + "."
	}
	return x
}

func attr(s *step, name string) (string, bool) {
	if s == nil {
		return "", false
	}
	a, found := s.Get(name)
	return a.Value, found
}
