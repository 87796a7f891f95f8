package diff

import (
	"context"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
	"github.com/anolishq/anolis-handoff/validator"
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
	switch {
	case outline(old, changed) != outline(new, changed): // the change of the file stands for what else changed
	case len(found) == 0:
		name := x.pair.file()
		x.kind, x.topic = FormattingChanged, ""
		x.say = func(*Change) string {
			return "Behavior tree " + spokenName(name) + " is written differently and means the same."
		}
	default:
		d.deltas = slices.DeleteFunc(d.deltas, func(y *delta) bool { return y == x })
	}
	d.deltas = append(d.deltas, found...)
	return nil
}

// readTree reads a behavior tree, or returns nil if it cannot be compared by nodes.
func (s *side) readTree(ctx context.Context, file string) (*tree.Tree, error) {
	for _, p := range s.p.Report().Problems {
		if (p.Code == validator.CodeSecret || p.Code == validator.CodeSuspicious) && p.File == show.Line(file) {
			return nil, nil
		}
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

// outline is a text that is equal for trees that do the same, but for some calls.
func outline(t *tree.Tree, without map[callKey]bool) string {
	var b strings.Builder
	done := map[string]bool{}
	var write func(n *tree.Node)
	definition := func(d *tree.Definition) {
		b.WriteString("\x00tree " + d.ID)
		if d.Root != nil {
			write(d.Root)
		}
	}
	var later []*tree.Definition
	write = func(n *tree.Node) {
		if n.Name == "CallDevice" && without[keyOf(n)] {
			return
		}
		b.WriteString("\x00" + n.Name)
		attrs := slices.Clone(n.Attrs)
		slices.SortStableFunc(attrs, func(x, y tree.Attr) int { return strings.Compare(x.Name, y.Name) })
		for _, a := range attrs {
			b.WriteString("\x01" + a.Name + "\x02" + a.Value)
		}
		if id, _ := n.Get("ID"); n.Name == "SubTree" && !done[id.Value] {
			done[id.Value] = true
			if d, found := t.Definition(id.Value); found {
				later = append(later, d)
			}
		}
		b.WriteByte('(')
		for _, c := range n.Children {
			write(c)
		}
		b.WriteByte(')')
	}
	definition(t.Main)
	for len(later) > 0 {
		d := later[0]
		later = later[1:]
		definition(d)
	}
	return b.String()
}
