package tree

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// maker makes the tree that runs, as the loader does after it has read the files:
// only here are ports, values, scripts and keys looked at, and only in what the tree
// reaches.
type maker struct {
	*reader
	definitions map[string]*Definition
	running     map[*Definition]bool // those whose nodes are being made
	told        map[told]bool
	reads       []read          // of scripts, in the order of Tree.Made
	known       map[string]bool // keys that something sets or names
	depth       int
	steps       int
	budget      int
}

// read is a key that a script of a node reads.
type read struct {
	node *Node
	key  string
}

// told is a finding that need not be repeated.
type told struct {
	rule Rule
	at   Place
}

// board is the blackboard of a tree.
type board struct {
	outer, root *board
	joins       map[string]string // keys that are keys of outer
	constants   map[string]string
	auto        bool // all other keys are those of outer
	keys        map[string]entry
	apart       *Node // the subtree at which the services of the runtime are lost
}

type entry struct {
	typ Type
	at  Place
}

// make makes the tree that runs.
func (r *reader) make() error {
	m := &maker{
		reader: r, definitions: map[string]*Definition{}, running: map[*Definition]bool{},
		told: map[told]bool{}, known: map[string]bool{},
	}
	for _, d := range r.result.Definitions {
		m.definitions[d.ID] = d
	}
	main := m.main()
	if main == nil {
		return nil
	}
	r.result.Main = main
	b := &board{keys: map[string]entry{}}
	b.root = b
	m.run(main, b)
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.result.Loads() {
		m.advise()
	}
	return r.ctx.Err()
}

// main returns the tree that runs.
func (m *maker) main() *Definition {
	attr, named := m.root.Get("main_tree_to_execute")
	if named && attr.Value == "" {
		m.add(Doubtful, m.root.At(attr), "name the tree that runs", "main_tree_to_execute is empty, which older versions of the loader refuse")
		named = false
	}
	if named {
		d := m.definitions[attr.Value]
		if d == nil || attr.Value == "" {
			m.refuse(m.root.At(attr), "name a tree of the file", "there is no tree %s", show.Quote(attr.Value, 100))
			return nil
		}
		return d
	}
	var own []*Definition
	for _, d := range m.result.Definitions {
		if d.File == m.root.File {
			own = append(own, d)
		}
	}
	if m.files > 1 && len(m.definitions) > 1 && len(own) == 1 {
		m.add(Doubtful, m.root.Place, "name the tree that runs in main_tree_to_execute", "with an include, older versions of the loader refuse a file without main_tree_to_execute")
	}
	switch {
	case len(own) == 1 && own[0].ID != "":
		return m.definitions[own[0].ID]
	case len(m.definitions) == 1:
		return m.result.Definitions[len(m.result.Definitions)-1]
	case len(m.definitions) == 0:
		m.refuse(m.root.Place, "add a BehaviorTree", "there is no tree")
	default:
		m.refuse(m.root.Place, "name the tree that runs in main_tree_to_execute", "there are %d trees, and main_tree_to_execute does not name one", len(m.definitions))
	}
	return nil
}

// step counts work, and reports whether there may be more.
func (m *maker) step() bool {
	if m.steps++; m.steps > 8*MaxMade {
		m.limit(m.root.Place, fmt.Sprintf("the tree has more than %d nodes with those of all subtrees", MaxMade))
	}
	return !m.full && (m.steps&0xff != 0 || m.ctx.Err() == nil)
}

// run makes the nodes of a tree.
func (m *maker) run(d *Definition, b *board) {
	if d.Root == nil {
		return
	}
	m.running[d] = true
	m.node(d.Root, b, map[string]Place{})
	delete(m.running, d)
}

// once reports whether a finding is new.
func (m *maker) once(rule Rule, at Place) bool {
	if m.told[told{rule, at}] {
		return false
	}
	m.told[told{rule, at}] = true
	return true
}

// node makes a node and what is inside of it. names are those of the subtrees of the
// same tree.
func (m *maker) node(n *Node, b *board, names map[string]Place) {
	if m.budget++; m.budget > MaxMade {
		m.limit(n.Place, fmt.Sprintf("the tree has more than %d nodes with those of all subtrees", MaxMade))
	}
	if m.depth == MaxDepth {
		m.limit(n.Place, fmt.Sprintf("nodes nest deeper than %d with those of all subtrees", MaxDepth))
	}
	if !m.step() {
		return
	}
	m.depth++
	defer func() { m.depth-- }()
	if !n.made {
		n.made = true
		m.result.Made = append(m.result.Made, n)
		m.attributes(n)
	}
	switch {
	case n.Name == "BehaviorTree":
		if m.once(Refused, n.Place) {
			m.refuse(n.Place, "use SubTree", "a BehaviorTree stands inside of a tree")
		}
		return
	case n.kind == nil:
		return
	case n.kind.Category == SubTree:
		m.subtree(n, b, names)
		return
	}
	m.declare(n, b)
	if n.kind.Services && b.apart != nil && m.once(Apart, b.apart.Place) {
		m.add(Apart, b.apart.Place, `set _autoremap="true" on the SubTree`, `%s in line %d always fails, because the SubTree around it has no _autoremap="true"`, n.Name, n.Line)
	}
	for _, c := range n.Children {
		m.node(c, b, names)
	}
}

// scriptAttributes are the scripts that every node can have.
var scriptAttributes = [...]string{"_failureIf", "_successIf", "_skipIf", "_while", "_onHalted", "_onFailure", "_onSuccess", "_post"}

// attributes checks what does not depend on where the tree of a node is used.
func (m *maker) attributes(n *Node) {
	for _, a := range n.Attrs {
		switch {
		case a.Name == "name":
			if strings.IndexFunc(a.Value, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f }) >= 0 {
				m.refuse(n.At(a), "remove the character", "the name of the node has a control character")
			}
		case a.Name == "ID":
			if !n.second && n.Name != "SubTree" && n.Name != "BehaviorTree" {
				m.refuse(n.At(a), "remove the attribute", "%s has an ID, which only Action, Condition, Control, Decorator and SubTree can have", n.Name)
			}
		case isScriptAttribute(a.Name):
			m.script(n, a, a.Value)
		case a.Name == "_autoremap" && n.Name == "SubTree":
			if converts(Bool, a.Value) != machine.Yes {
				m.refuse(n.At(a), "write true or false", "_autoremap is %s", show.Quote(a.Value, 100))
			}
		case n.kind != nil && n.kind.Category != SubTree && isPortName(a.Name):
			m.port(n, a)
		}
	}
	if n.kind == nil {
		return
	}
	for _, p := range n.kind.Ports {
		if !p.Required {
			continue
		}
		if a, found := n.Get(p.Name); !found {
			m.refuse(n.Place, "give it the attribute "+p.Name, "%s has no %s", n.Name, p.Name)
		} else if p.Filled && a.Value == "" {
			m.refuse(n.At(a), "name an entry of the blackboard", "%s is empty", p.Name)
		}
	}
}

func isScriptAttribute(name string) bool {
	for _, s := range scriptAttributes {
		if s == name {
			return true
		}
	}
	return false
}

// script checks a script that a node has.
func (m *maker) script(n *Node, a Attr, text string) {
	s := parseScript(text)
	for _, key := range s.reads {
		m.reads = append(m.reads, read{n, strings.TrimPrefix(key, "@")})
	}
	for _, name := range s.writes {
		m.known[strings.TrimPrefix(name, "@")] = true
	}
	switch {
	case s.fault != "":
		m.refuse(n.At(a), "correct the script", "the script of %s %s", a.Name, s.fault)
	case s.doubtful != "":
		m.add(Doubtful, n.At(a), "write it in a way that all versions of the loader take", "the script of %s %s, which only some versions of the loader take", a.Name, s.doubtful)
	}
}

// port checks an attribute that is a port.
func (m *maker) port(n *Node, a Attr) {
	p, found := n.kind.Port(a.Name)
	if !found {
		m.refuse(n.At(a), "remove the attribute, or correct its name", "%s has no port %s", n.Name, quoted(a.Name))
		return
	}
	switch m.version.Has(p.Since) {
	case machine.No:
		m.refuse(n.At(a), "pin a runtime from "+p.Since.By+" on, or remove the attribute", "%s has the port %s only from runtime %s on", n.Name, p.Name, p.Since.By)
	case machine.Unknown:
		m.add(Doubtful, n.At(a), "pin a runtime from "+p.Since.By+" on, or remove the attribute", "%s has the port %s only from runtime %s on, and no such version is pinned", n.Name, p.Name, p.Since.By)
	}
	switch {
	case p.Script:
		if a.Value != "" && !isPointer(a.Value) {
			m.script(n, a, a.Value)
		}
		return
	case isPointer(a.Value):
		m.pointer(n, a)
		return
	}
	answer := converts(p.Type, a.Value)
	if p.Queue != "" && a.Value != "" {
		parts := strings.Split(a.Value, ";")
		if parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
		for _, part := range parts {
			if c := converts(p.Queue, part); c == machine.No || answer == machine.Yes {
				answer = c
			}
			if answer == machine.No {
				break
			}
		}
	}
	typ := p.Type
	if p.Queue != "" {
		typ = p.Queue
	}
	switch answer {
	case machine.No:
		hint := "write a value of type " + string(typ)
		if p.Output {
			hint = "write the key that it sets in braces, such as {" + p.Name + "}"
		}
		m.refuse(n.At(a), hint, "%s of %s is %s; it must be of type %s", p.Name, n.Name, show.Quote(a.Value, 100), typ)
	case machine.Unknown:
		m.add(Doubtful, n.At(a), "write a plain decimal number", "%s of %s is %s, which newer versions of the loader refuse", p.Name, n.Name, show.Quote(a.Value, 100))
	}
}

// pointer finds JSON that the loader takes for a pointer.
func (m *maker) pointer(n *Node, a Attr) {
	if n.Name == "CallDevice" && a.Name == "args" && strings.ContainsAny(a.Value, "\":") {
		m.add(Pointer, n.At(a), "write json: before the brace", "args of CallDevice stands in braces, so it is a key of the blackboard and not JSON; the call has no arguments")
	}
}

// declare declares the keys that the ports of a node point to.
func (m *maker) declare(n *Node, b *board) {
	for _, a := range n.Attrs {
		if n.Name == "SetBlackboard" && a.Name == "output_key" {
			m.known[strings.TrimPrefix(strings.Trim(a.Value, "{} "), "@")] = true
		}
		key, ok := pointerKey(a.Name, a.Value)
		if !ok {
			continue
		}
		p, found := n.kind.Port(a.Name)
		if !found {
			continue
		}
		m.known[strings.TrimPrefix(key, "@")] = true
		owner, key, valid := m.owner(b, key)
		if owner == nil {
			return
		}
		if !valid {
			if m.once(Refused, n.At(a)) {
				m.refuse(n.At(a), "write one @", "the key has more than one @")
			}
			continue
		}
		if p.Script && isPointer(a.Value) {
			m.constantScript(n, a, owner, key)
		}
		old, known := owner.keys[key]
		switch {
		case !known:
			owner.keys[key] = entry{p.Type, n.At(a)}
		case old.typ == p.Type || old.typ == Any || old.typ == Text || p.Type == Any:
		case m.once(Refused, n.At(a)):
			f := m.refuse(n.At(a), "use another key for one of the two, or the same type", "the key %s is of type %s here, and of type %s in line %d", show.Quote(key, 100), p.Type, old.typ, old.at.Line)
			f.Also = append(f.Also, old.at)
		}
	}
}

// constantScript checks a script that is taken from the blackboard: it must be a
// constant that a SubTree gives.
func (m *maker) constantScript(n *Node, a Attr, owner *board, key string) {
	text, constant := owner.constants[key]
	switch {
	case constant:
		s := parseScript(text)
		if s.fault != "" && m.once(Refused, n.At(a)) {
			m.refuse(n.At(a), "correct the script", "the script of %s, which a SubTree gives, %s", a.Name, s.fault)
		}
	case m.once(Refused, n.At(a)):
		m.refuse(n.At(a), "write the script here", "the script of %s is taken from the blackboard, where it is not known yet", a.Name)
	}
}

// owner returns the blackboard that a key of b belongs to, and its name there. It
// returns nil if there was too much to do.
func (m *maker) owner(b *board, key string) (owner *board, name string, valid bool) {
	for {
		if !m.step() {
			return nil, "", false
		}
		if rest, found := strings.CutPrefix(key, "@"); found {
			if strings.HasPrefix(rest, "@") {
				return b, key, false
			}
			return b.root, rest, true
		}
		if _, constant := b.constants[key]; constant || b.outer == nil {
			return b, key, true
		}
		if outer, joined := b.joins[key]; joined {
			b, key = b.outer, outer
			continue
		}
		if !b.auto || strings.HasPrefix(key, "_") {
			return b, key, true
		}
		b = b.outer
	}
}

// subtree makes the tree that stands in place of a SubTree.
func (m *maker) subtree(n *Node, b *board, names map[string]Place) {
	id, _ := n.Get("ID")
	if name, found := n.Get("name"); found {
		if before, twice := names[name.Value]; twice && m.once(Refused, n.At(name)) {
			f := m.refuse(n.At(name), "choose another name", "two SubTrees of one tree have the name %s", show.Quote(name.Value, 100))
			f.Also = append(f.Also, before, n.Place)
		}
		names[name.Value] = n.At(name)
	}
	d := m.definitions[id.Value]
	switch {
	case d == nil:
		if m.once(Refused, n.At(id)) {
			f := m.refuse(n.At(id), "name a tree of the file", "there is no tree %s", show.Quote(id.Value, 100))
			f.Also = append(f.Also, n.Place)
		}
		return
	case m.running[d]:
		if m.once(Refused, n.At(id)) {
			f := m.refuse(n.At(id), "remove the SubTree", "the tree %s contains itself", show.Quote(id.Value, 100))
			f.Also = append(f.Also, n.Place, d.Place)
		}
		return
	}
	inner := &board{outer: b, root: b.root, keys: map[string]entry{}, joins: map[string]string{}, constants: map[string]string{}}
	auto, _ := n.Get("_autoremap")
	inner.auto = auto.Value == "1" || strings.EqualFold(auto.Value, "true")
	inner.apart = b.apart
	if !inner.auto {
		inner.apart = n
	}
	give := func(name, value string, at Place) {
		m.known[name] = true
		if key, pointer := pointerKey(name, value); pointer && value != "=" {
			m.known[strings.TrimPrefix(key, "@")] = true
			inner.joins[name] = key
			return
		}
		inner.constants[name] = value
		inner.keys[name] = entry{Any, at}
	}
	for _, a := range n.Attrs {
		if a.Name != "ID" && a.Name != "name" && isPortName(a.Name) {
			give(a.Name, a.Value, n.At(a))
		}
	}
	if model := m.models[id.Value]; model != nil {
		m.fill(n, model, inner.auto, give)
	}
	m.run(d, inner)
}

// fill gives a subtree the defaults of its model.
func (m *maker) fill(n *Node, model *model, auto bool, give func(name, value string, at Place)) {
	for _, p := range model.ports {
		if !m.step() {
			return
		}
		if _, given := n.Get(p.name); given {
			continue
		}
		switch {
		case p.fallback != "":
			give(p.name, p.fallback, p.place)
		case !auto && m.once(Refused, n.Place):
			f := m.refuse(n.Place, "give it the attribute "+p.name, "SubTree has no %s, which its model demands", quoted(p.name))
			f.Also = append(f.Also, p.place)
		}
	}
}

// advise finds what loads and goes wrong when it is ticked.
func (m *maker) advise() {
	reads := m.reads
	for _, n := range m.result.Made {
		own := 0
		for own < len(reads) && reads[own].node == n {
			own++
		}
		keys := reads[:own]
		if reads = reads[own:]; n.kind == nil || !m.step() {
			continue
		}
		count := len(n.Children)
		switch name := n.Name; {
		case name == "SetBlackboard":
			if key, _ := n.Get("output_key"); key.Value == "" {
				m.add(Throws, n.Place, "give it an output_key", "SetBlackboard has no output_key; it throws when it is ticked")
			}
		case name == "IfThenElse" || name == "WhileDoElse":
			if count != 2 && count != 3 {
				m.add(Throws, n.Place, "give it 2 or 3 nodes", "%s has %d nodes inside; it throws when it is ticked unless there are 2 or 3", name, count)
			}
		case strings.HasPrefix(name, "Switch"):
			if cases := int(name[len("Switch")] - '0'); count != cases+1 {
				m.add(Throws, n.Place, "give it "+strconv.Itoa(cases+1)+" nodes", "%s has %d nodes inside; it throws when it is ticked unless there are %d", name, count, cases+1)
			}
		case name == "Repeat":
			m.endless(n, "num_cycles", succeeds)
		case name == "RetryUntilSuccessful":
			m.endless(n, "num_attempts", fails)
		}
		for _, r := range keys {
			if !m.known[r.key] && m.once(Throws, n.Place) {
				m.add(Throws, n.Place, "set the key before, or correct its name", "the script of %s reads %s, which nothing sets; it throws when it is ticked", n.Name, quoted(r.key))
			}
		}
	}
}

// outcome is what a node can return.
type outcome uint8

const (
	succeeds outcome = 1 << iota
	fails
	runs
	judged // the outcome of a node is known
)

// endless finds a node that repeats what never pauses.
func (m *maker) endless(n *Node, port string, again outcome) {
	count, found := n.Get(port)
	if !found || !strings.HasPrefix(count.Value, "-") || isPointer(count.Value) || len(n.Children) != 1 {
		return
	}
	if digits := leadingDigits(count.Value[1:]); digits != "1" {
		return
	}
	if o := m.outcome(n.Children[0]); o&again != 0 && o&runs == 0 {
		m.add(Endless, n.At(count), "use KeepRunningUntilFailure, or put a Sleep inside", `%s with %s="-1" never pauses: one tick goes on without end, and the machine does not obey a stop`, n.Name, port)
	}
}

// outcome returns what a node can return, as far as that is certain: what may pause
// counts as running.
func (m *maker) outcome(n *Node) outcome {
	const all = succeeds | fails | runs
	if n.outcome&judged != 0 {
		return n.outcome &^ judged
	}
	if !m.step() || n.kind == nil {
		return all
	}
	n.outcome = all | judged // for a tree that contains itself, which is refused
	var any, common outcome = 0, all
	for _, c := range n.Children {
		o := m.outcome(c)
		any, common = any|o, common&o
	}
	o := any
	switch n.Name {
	case "AlwaysSuccess", "Script", "SetBlackboard", "UnsetBlackboard":
		o = succeeds
	case "AlwaysFailure":
		o = fails
	case "ScriptCondition", "WasEntryUpdated":
		o = succeeds | fails
	case "Sequence", "SequenceWithMemory", "ReactiveSequence":
		o = any&(fails|runs) | common&succeeds
	case "Fallback", "ReactiveFallback":
		o = any&(succeeds|runs) | common&fails
	case "Inverter":
		o = any&runs | any&succeeds<<1 | any&fails>>1
	case "ForceSuccess":
		o = any&runs | succeeds
	case "ForceFailure":
		o = any&runs | fails
	case "IfThenElse", "WhileDoElse", "Switch2", "Switch3", "Switch4", "Switch5", "Switch6", "Parallel", "ParallelAll", "Repeat", "RetryUntilSuccessful", "RunOnce":
		o = any | fails
	case "SubTree":
		id, _ := n.Get("ID")
		if d := m.definitions[id.Value]; d != nil && d.Root != nil {
			o = m.outcome(d.Root)
		}
	default:
		o = all
		if n.kind.Category == Runtime {
			o = succeeds | fails
		}
	}
	for _, name := range [...]string{"_failureIf", "_successIf", "_skipIf", "_while"} {
		if _, found := n.Get(name); found {
			o = all
		}
	}
	n.outcome = o | judged
	return o
}
