package handoff

import (
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// automation judges what differs in how the machine acts by itself.
func (d *differ) automation(p *diffPair, c nodediff.Change, steps []string) {
	switch key := stepAt(steps, 1); {
	case key == "enabled" && len(steps) == 2 && isOn(c.Old) != isOn(c.New):
		d.automationSwitch(p, c)
	case key == "enabled":
		d.add(p, c, ChangeValue, saying("The value"))
	case key == "behavior_tree", key == "behavior_tree_path":
		d.selected(p, c, key)
	case key == "tick_rate_hz":
		d.add(p, c, ChangeTiming, saying("The rate"))
	case key == "manual_gating_policy":
		d.add(p, c, ChangeAutomation, sayingOnly("What becomes of manual calls while automation runs"))
	case key == "mode_transition_hooks":
		d.add(p, c, ChangeAutomation, sayHook)
	case key == "parameters":
		d.parameter(p, c, steps)
	default:
		d.add(p, c, ChangeSetting, saying("The setting"))
	}
}

// selected judges another path of the behavior tree.
func (d *differ) selected(p *diffPair, c nodediff.Change, key string) {
	old, new := d.old.root(p.old), d.new.root(p.new)
	from, to := behaviorOf(old), behaviorOf(new)
	decides := func(root *doc.Node) bool { return own(root, "automation", "behavior_tree") == treeNode(root) }
	same := c.Old.IsString() && c.New.IsString() && path.Clean(c.Old.Text) == path.Clean(c.New.Text)
	if same || key == "behavior_tree_path" && from == to && from != "" && decides(old) && decides(new) {
		d.add(p, c, ChangeValue, saying("The value"))
		return
	}
	off := !isOn(own(old, "automation", "enabled")) && !isOn(own(new, "automation", "enabled"))
	x := d.add(p, c, ChangeBehaviorSelected, func(*delta, *Change) string {
		switch {
		case off:
			return "Another behavior tree is selected, while automation is off."
		case to == "":
			return "Automation has no behavior tree any more."
		case d.old.has(from) && d.new.has(to) && d.old.files[from].SHA256 == d.new.files[to].SHA256:
			return "Automation runs the behavior tree of another file, which has the same content."
		}
		return "Automation runs another behavior tree."
	})
	if off {
		x.state = "off"
	}
}

// sayHook says what differs in the calls that are made when the mode changes.
func sayHook(x *delta, _ *Change) string {
	steps := stepsOf(x.path)
	when := "Before the change " + spokenName(stepAt(steps, 3))
	if stepAt(steps, 2) == "after_transition" {
		when = "After the change " + spokenName(stepAt(steps, 3))
	}
	if isIndex(spokenName(stepAt(steps, 3))) { // several hooks for one change
		when = strings.Replace(when, " change ", " change of hook ", 1)
	}
	switch {
	case x.old != nil && x.new != nil && x.old.IsSeq():
		return "The calls when the mode changes are different, or in another order."
	case len(steps) == 4:
		return when + ", a hook" + x.became()
	case len(steps) == 6:
		return when + ", the call " + spokenName(steps[5]) + x.became()
	case len(steps) > 6:
		return when + ", " + pathText(x.path[6:]) + " of the call " + spokenName(steps[5]) + x.became()
	case len(steps) == 5:
		return when + ", " + spokenName(steps[4]) + x.became()
	}
	return "The calls when the mode changes are different."
}

func (d *differ) automationSwitch(p *diffPair, c nodediff.Change) {
	if isOn(c.Old) {
		d.add(p, c, ChangeAutomationOff, func(*delta, *Change) string { return "Automation is now off." })
		return
	}
	d.add(p, c, ChangeAutomationOn, func(x *delta, c *Change) string {
		if tree := treeNode(d.new.root(x.pair.new)); tree != nil {
			return "Automation is now on and runs the behavior tree " + d.new.c.documents[x.pair.new].view.Value(tree) + "."
		}
		return "Automation is now on."
	})
}

// parameter judges what differs in the parameters of automation.
func (d *differ) parameter(p *diffPair, c nodediff.Change, steps []string) {
	name := stepAt(steps, 2)
	switch key := stepAt(steps, 3); {
	case c.Moved && len(steps) == 2:
		d.add(p, c, ChangeOrder, func(*delta, *Change) string { return "The parameters are in another order." })
	case len(steps) == 3 && c.Old == nil:
		d.add(p, c, ChangeParameterAdded, func(*delta, *Change) string { return "Parameter " + spokenName(name) + " is new." })
	case len(steps) == 3 && c.New == nil:
		d.add(p, c, ChangeParameterRemoved, func(*delta, *Change) string { return "Parameter " + spokenName(name) + " is gone." })
	case key == "min", key == "max", key == "allowed_values":
		d.add(p, c, ChangeLimit, saying("The limit"))
	default:
		d.add(p, c, ChangeParameter, saying("The value"))
	}
}

// treeNode is the behavior tree that a runtime config names, or nil.
func treeNode(root *doc.Node) *doc.Node {
	for _, key := range []string{"behavior_tree", "behavior_tree_path"} {
		if n := own(root, "automation", key); n.IsString() && n.Text != "" {
			return n
		}
	}
	return nil
}

// behaviorOf is the file of the behavior tree that a runtime config names.
func behaviorOf(root *doc.Node) string {
	if n := treeNode(root); n != nil {
		return path.Clean(n.Text)
	}
	return ""
}

func baseName(command string) string { return path.Base(strings.ReplaceAll(command, `\`, "/")) }

// selections are the behavior trees that a delta is about, by whether the change
// brings them.
func (d *differ) selections(x *delta) (gone, came []string) {
	switch x.kind {
	case ChangeBehaviorSelected, ChangeAutomationOn, ChangeAutomationOff:
		gone, came = []string{behaviorOf(d.old.root(x.pair.old))}, []string{behaviorOf(d.new.root(x.pair.new))}
	case ChangeProfileAdded, ChangeProfileRemoved:
		for _, name := range x.profiles {
			gone = append(gone, behaviorOf(d.old.root(d.old.profiles[name])))
			came = append(came, behaviorOf(d.new.root(d.new.profiles[name])))
		}
	}
	empty := func(s string) bool { return s == "" }
	return slices.DeleteFunc(gone, empty), slices.DeleteFunc(came, empty)
}
