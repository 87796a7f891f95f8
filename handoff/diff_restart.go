package handoff

import (
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// restartPolicy makes what differs in the restart policy of a provider into one
// change. It tells whether the policy was and is on.
func (d *differ) restartPolicy(p *diffPair, id string, changes []nodediff.Change, was, is bool) {
	slices.SortFunc(changes, func(a, b nodediff.Change) int { return comparePaths(a.Path.String(), b.Path.String()) })
	c := changes[0]
	if len(changes) > 1 {
		c.Path = c.Path[:3]
		c.Old, c.New = doc.NewMap(), doc.NewMap() // only what differs
		for _, part := range changes {
			addPart(c.Old, part.Path[3:], part.Old)
			addPart(c.New, part.Path[3:], part.New)
		}
	}
	kind, what := ChangeRestartPolicy, " is different."
	switch {
	case is && !was:
		what = " is now on."
	case was && !is:
		what = " is now off."
	case !is:
		kind, what = ChangeValue, " is different, and still off."
	}
	x := d.add(p, c, kind, func(x *delta, c *Change) string {
		return "The restart policy of " + providersText(c.Providers) + what
	})
	x.providers = []string{id}
}

// restarted are the providers whose restart policy is on, by name and by index.
func restarted(root *doc.Node) map[any]bool {
	steps := map[any]bool{}
	for i, p := range itemsOf(own(root, "providers")) {
		if isOn(own(p, "restart_policy", "enabled")) {
			if name, ok := itemName(nil, p); ok {
				steps[name] = true
			}
			steps[i] = true
		}
	}
	return steps
}

// addPart adds what is at a path to a mapping, which stands where its first part
// does.
func addPart(m *doc.Node, at doc.Path, value *doc.Node) {
	if value == nil {
		return
	}
	if m.IsZero() {
		m.Pos = value.Pos
	}
	m.Entries = append(m.Entries, doc.Field(pathText(at), value))
}
