package handoff

import "cmp"

// behaviors looks at the behavior trees of automation that is on.
func (f *preflight) behaviors(r runtimeProfile) {
	if !isOn(own(r.root, "automation", "enabled")) {
		return
	}
	tree := cmp.Or(own(r.root, "automation", "behavior_tree"), own(r.root, "automation", "behavior_tree_path"))
	if tree.IsString() {
		f.need(r, "", "behavior", tree.Text, shownPath(r.view, tree), func() verdict {
			return f.readable(tree.Text, "unpack the package again")
		})
	}
}
