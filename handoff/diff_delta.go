package handoff

import (
	"context"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// differ collects what differs, in pieces as small as they come.
type differ struct {
	old, new *diffSide
	deltas   []*delta
}

// delta is a place that differs. Those with one topic become one change; without
// a topic it is one by itself.
type delta struct {
	kind  ChangeKind
	topic string
	main  int // the delta of a topic with the highest number speaks for it
	pair  *diffPair
	path  doc.Path
	where string // path as text
	state string // what else tells the same edit of two profiles apart
	// The values in documents, or the files as a whole.
	old, new         *doc.Node
	oldFile, newFile *Value
	profiles         []string
	providers        []string
	say              func(c *Change) string
}

// compare finds what differs between two files.
func (d *differ) compare(ctx context.Context, p *diffPair) error {
	before, after := d.old.has(p.old), d.new.has(p.new)
	switch {
	case !before && !after:
		return nil
	case before && after && d.old.files[p.old].SHA256 == d.new.files[p.new].SHA256:
		return nil
	case p.role == roleRuntime && (p.old == "" || p.new == ""),
		p.role == roleProvider && (p.old == "" || p.new == ""):
		return d.unpaired(ctx, p)
	case p.role == roleBehavior || !d.isDocument(p):
		return d.files(ctx, p)
	}
	old, new := d.old.root(p.old), d.new.root(p.new)
	if p.role == roleRuntime {
		old, new = unmerged(old), unmerged(new)
	}
	changes := d.expand(p, nodediff.Compare(old, new, itemName))
	if len(changes) == 0 {
		d.formatting(p)
	}
	switch p.role {
	case roleProfile:
		d.profile(p, changes)
	case roleRuntime:
		d.runtime(p, changes)
	case roleProvider:
		d.provider(p, changes)
	case roleProvenance:
		d.provenance(p, changes)
	default:
		for _, c := range changes {
			d.add(p, c, ChangeValue, saying("The value"))
		}
	}
	return nil
}

// isDocument reports whether both files can be compared by what they mean. Those
// with a role are mappings, or mean nothing.
func (d *differ) isDocument(p *diffPair) bool {
	old, new := d.old.c.documents[p.old], d.new.c.documents[p.new]
	return old != nil && new != nil && (p.role == roleOther || old.root.IsMap() && new.root.IsMap())
}

// unmerged is a document as the runtime reads it, which knows no merge keys (<<).
// What stays is the same nodes. What a provider knows, nobody can tell.
func unmerged(n *doc.Node) *doc.Node {
	if !isCollection(n) {
		return n
	}
	c := *n
	same := true
	c.Items, c.Entries = nil, nil
	for _, item := range n.Items {
		c.Items = append(c.Items, unmerged(item))
		same = same && c.Items[len(c.Items)-1] == item
	}
	for _, e := range n.Entries {
		if e.Merged {
			same = false
			continue
		}
		value := unmerged(e.Value)
		same = same && value == e.Value
		e.Value = value
		c.Entries = append(c.Entries, e)
	}
	if same {
		return n
	}
	return &c
}

// add appends what a change of a document means.
func (d *differ) add(p *diffPair, c nodediff.Change, kind ChangeKind, say func(*delta, *Change) string) *delta {
	if c.Moved { // the items are the same
		c.Old, c.New = namesOnly(c.Old), namesOnly(c.New)
	}
	x := &delta{kind: kind, pair: p, path: c.Path, where: pathText(c.Path), old: c.Old, new: c.New,
		profiles: p.profiles(), providers: p.providers()}
	x.say = func(c *Change) string { return say(x, c) }
	d.deltas = append(d.deltas, x)
	return x
}

// namesOnly is a list with the names of its items in their place.
func namesOnly(list *doc.Node) *doc.Node {
	names := doc.NewSeq()
	names.Pos = list.Pos
	for _, item := range list.Items {
		name, _ := itemName(nil, item)
		names.Items = append(names.Items, doc.NewString(name))
	}
	return names
}

// expand looks into sections that are new or gone as a whole, so that what they
// say is judged key by key.
func (d *differ) expand(p *diffPair, changes []nodediff.Change) []nodediff.Change {
	var list []nodediff.Change
	for _, c := range changes {
		sub := d.inside(p, c)
		if len(sub) == 0 { // also an empty section
			list = append(list, c)
			continue
		}
		for i := range sub {
			sub[i].Path = append(c.Path[:len(c.Path):len(c.Path)], sub[i].Path...)
		}
		list = append(list, d.expand(p, sub)...)
	}
	return list
}

func (d *differ) inside(p *diffPair, c nodediff.Change) []nodediff.Change {
	if !p.role.isSection(stepsOf(c.Path)) {
		return nil
	}
	old, new := c.Old, c.New
	switch {
	case isNothing(old) && isCollection(new):
		old = &doc.Node{Kind: new.Kind}
	case isNothing(new) && isCollection(old):
		new = &doc.Node{Kind: old.Kind}
	default:
		return nil
	}
	return nodediff.Compare(old, new, itemName)
}

func isNothing(n *doc.Node) bool    { return n == nil || n.Kind == doc.Null }
func isCollection(n *doc.Node) bool { return n.IsMap() || n.IsSeq() }

// isSection reports whether a collection only groups what is below it.
func (r fileRole) isSection(steps []string) bool {
	switch r {
	case roleRuntime:
		switch len(steps) {
		case 0, 1:
			return true
		case 2:
			return steps[0] == "telemetry" && steps[1] == "influxdb" ||
				steps[0] == "automation" && (steps[1] == "parameters" || steps[1] == "mode_transition_hooks")
		case 3:
			return steps[1] == "mode_transition_hooks"
		}
	case roleProfile:
		switch len(steps) {
		case 0:
			return true
		case 1:
			return steps[0] != "behaviors"
		case 2:
			return steps[0] == "compatibility" || steps[0] == "components" && steps[1] != "runtime"
		}
	case roleProvider:
		return len(steps) <= 1
	}
	return false
}

// stepsOf are the steps of a path as text.
func stepsOf(p doc.Path) []string {
	steps := make([]string, len(p))
	for i, step := range p {
		switch s := step.(type) {
		case string:
			steps[i] = s
		case doc.Item:
			steps[i] = s.Name
		case int:
			steps[i] = strconv.Itoa(s)
		}
	}
	return steps
}
