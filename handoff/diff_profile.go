package handoff

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// profile judges what differs in the machine profile.
func (d *differ) profile(p *diffPair, changes []nodediff.Change) {
	for _, c := range changes {
		steps := stepsOf(c.Path)
		last := stepAt(steps, len(steps)-1)
		switch section := stepAt(steps, 0); {
		case section == "machine_id":
			d.add(p, c, ChangeMachine, saying("The"))
		case len(steps) == 1 && (section == "runtime_profiles" || section == "providers"): // it is no mapping
			d.add(p, c, ChangeUnreadable, saying("The"))
		case section == "runtime_profiles" && len(steps) == 2:
			d.runtimeProfile(p, c, steps[1])
		case section == "providers" && len(steps) >= 2:
			d.providerEntry(p, c, steps)
		case section == "behaviors":
			d.behaviors(p, c)
		case section == "validation" && last == "expected_providers":
			d.expected(p, c)
		case section == "safety":
			d.add(p, c, ChangeLimit, saying("The safety fact"))
		case (section == "compatibility" || section == "components") && len(steps) > 1:
			d.version(p, c, steps)
		case keyClass(steps) == ChangeLabel:
			d.add(p, c, ChangeLabel, saying("The text"))
		default:
			d.add(p, c, ChangeValue, saying("The value"))
		}
	}
	d.joinVersions()
}

func (d *differ) runtimeProfile(p *diffPair, c nodediff.Change, name string) {
	var x *delta
	switch {
	case c.Old == nil:
		x = d.add(p, c, ChangeProfileAdded, func(x *delta, c *Change) string {
			return "Runtime profile " + spokenName(name) + " is new" + d.summary(d.new, name) + "."
		})
	case c.New == nil:
		x = d.add(p, c, ChangeProfileRemoved, func(x *delta, c *Change) string {
			return "Runtime profile " + spokenName(name) + " is gone."
		})
	default:
		x = d.add(p, c, ChangeConfigMoved, func(x *delta, c *Change) string {
			return "The config file of runtime profile " + spokenName(name) + x.became()
		})
	}
	x.profiles, x.main = []string{name}, 1
	if x.kind != ChangeConfigMoved { // which is told from that of a provider
		x.topic = nameTopic(x.kind, name)
	}
}

// summary is what a runtime profile does, in a few words.
func (d *differ) summary(s *diffSide, name string) string {
	config := s.c.documents[s.profiles[name]]
	if config == nil {
		return ""
	}
	var parts []string
	if httpOff(config.root) {
		parts = append(parts, "HTTP off")
	} else {
		parts = append(parts, "HTTP on "+httpPlace(config))
	}
	parts = append(parts, "telemetry "+onOff(own(config.root, "telemetry", "enabled")))
	automation := "automation " + onOff(own(config.root, "automation", "enabled"))
	if tree := treeNode(config.root); tree != nil {
		automation += " (" + config.view.Value(tree) + ")"
	}
	return ": " + strings.Join(append(parts, automation), ", ")
}

func onOff(n *doc.Node) string {
	if isOn(n) {
		return "on"
	}
	return "off"
}

// providerEntry judges what the machine profile says about a provider.
func (d *differ) providerEntry(p *diffPair, c nodediff.Change, steps []string) {
	id := steps[1]
	var x *delta
	switch {
	case len(steps) == 2 && c.Old == nil:
		x = d.add(p, c, ChangeProviderAdded, func(*delta, *Change) string { return "Provider " + spokenName(id) + " is new." })
		x.topic = nameTopic(x.kind, id)
	case len(steps) == 2 && c.New == nil:
		x = d.add(p, c, ChangeProviderRemoved, func(*delta, *Change) string { return "Provider " + spokenName(id) + " is gone." })
		x.topic = nameTopic(x.kind, id)
	case stepAt(steps, 2) == "config":
		x = d.add(p, c, ChangeConfigMoved, func(x *delta, c *Change) string {
			return "The config file of provider " + spokenName(id) + x.became()
		})
		x.topic = nameTopic(x.kind, id)
	case keyClass(steps[2:]) == ChangeLabel:
		x = d.add(p, c, ChangeLabel, saying("The text"))
	default:
		x = d.add(p, c, ChangeValue, saying("The value"))
	}
	x.providers = []string{id}
}

// behaviors judges the list of behavior trees: one that comes or goes belongs to
// its file.
func (d *differ) behaviors(p *diffPair, c nodediff.Change) {
	gone, came := difference(c.Old, c.New), difference(c.New, c.Old)
	if len(gone)+len(came) == 0 {
		d.add(p, c, ChangeOrder, func(*delta, *Change) string { return "The behavior trees are listed in another order." })
		return
	}
	stays := func(file string) bool { return d.old.has(file) && d.new.has(file) }
	if slices.ContainsFunc(slices.Concat(gone, came), stays) {
		d.add(p, c, ChangeValue, func(*delta, *Change) string {
			return "The machine profile lists other behavior trees, which are in both packages."
		})
		gone, came = slices.DeleteFunc(gone, stays), slices.DeleteFunc(came, stays)
	}
	for _, file := range gone {
		x := d.add(p, c, ChangeBehaviorRemoved, func(*delta, *Change) string { return "Behavior tree " + spokenName(file) + " is gone." })
		x.topic, x.main, x.profiles = behaviorTopic(x.kind, file), -1, d.old.trees[file]
	}
	for _, file := range came {
		x := d.add(p, c, ChangeBehaviorAdded, func(*delta, *Change) string { return "Behavior tree " + spokenName(file) + " is new." })
		x.topic, x.main, x.profiles = behaviorTopic(x.kind, file), -1, d.new.trees[file]
	}
}

// expected judges the list of the providers that must run: what comes or goes
// with its provider belongs to that.
func (d *differ) expected(p *diffPair, c nodediff.Change) {
	gone, came := difference(c.Old, c.New), difference(c.New, c.Old)
	if len(gone)+len(came) == 0 && c.Old.IsSeq() && c.New.IsSeq() {
		d.add(p, c, ChangeOrder, func(*delta, *Change) string { return "The expected providers are listed in another order." })
		return
	}
	other := len(gone)+len(came) == 0
	say := func(*delta, *Change) string { return "Other providers are expected to run." }
	for _, id := range slices.Concat(gone, came) {
		kind := d.cameOrWent(id)
		if kind == "" {
			other = true
			continue
		}
		x := d.add(p, c, kind, say)
		x.topic, x.main, x.providers = nameTopic(kind, id), -1, []string{id}
	}
	if other {
		d.add(p, c, ChangeValue, say)
	}
}

// cameOrWent is the kind of change of a provider that one of the machine profiles
// does not have, or "".
func (d *differ) cameOrWent(id string) ChangeKind {
	switch had, has := d.old.hasProvider[id], d.new.hasProvider[id]; {
	case has && !had:
		return ChangeProviderAdded
	case had && !has:
		return ChangeProviderRemoved
	}
	return ""
}

// profileCameOrWent is cameOrWent for a runtime profile.
func (d *differ) profileCameOrWent(name string) ChangeKind {
	switch had, has := d.old.hasProfile[name], d.new.hasProfile[name]; {
	case has && !had:
		return ChangeProfileAdded
	case had && !has:
		return ChangeProfileRemoved
	}
	return ""
}

// difference is the texts of a list that another one lacks.
func difference(list, other *doc.Node) []string {
	known := map[string]bool{}
	for _, n := range itemsOf(other) {
		known[n.Text] = true
	}
	var texts []string
	for _, n := range itemsOf(list) {
		if n.IsString() && !known[n.Text] {
			known[n.Text] = true
			texts = append(texts, n.Text)
		}
	}
	return texts
}

// provenance judges what differs in where the packages come from. Which profiles
// they have belongs to the profiles.
func (d *differ) provenance(p *diffPair, changes []nodediff.Change) {
	for _, c := range changes {
		x := d.add(p, c, ChangeProvenance, func(x *delta, c *Change) string {
			if len(c.Also) > 0 {
				return "The packages say different things about where they come from."
			}
			return "Provenance " + x.label(c) + x.became()
		})
		x.topic = string(ChangeProvenance)
	}
}
