package diff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// profile judges what differs in the machine profile.
func (d *differ) profile(p *pair, changes []nodediff.Change) {
	for _, c := range changes {
		steps := stepsOf(c.Path)
		last := stepAt(steps, len(steps)-1)
		switch section := stepAt(steps, 0); {
		case section == "machine_id":
			d.add(p, c, MachineChanged, saying("The"))
		case len(steps) == 1 && (section == "runtime_profiles" || section == "providers"): // it is not a mapping
			d.add(p, c, DocumentUnreadable, saying("The"))
		case section == "runtime_profiles" && len(steps) == 2:
			d.runtimeProfile(p, c, steps[1])
		case section == "providers" && len(steps) >= 2:
			d.providerEntry(p, c, steps)
		case section == "behaviors":
			d.behaviors(p, c)
		case section == "validation" && last == "expected_providers":
			d.expected(p, c)
		case section == "safety":
			d.add(p, c, LimitChanged, saying("The safety fact"))
		case (section == "compatibility" || section == "components") && len(steps) > 1:
			d.version(p, c, steps)
		case keyClass(steps) == LabelChanged:
			d.add(p, c, LabelChanged, saying("The text"))
		default:
			d.add(p, c, ValueChanged, saying("The value"))
		}
	}
	d.joinVersions()
}

func (d *differ) runtimeProfile(p *pair, c nodediff.Change, name string) {
	var x *delta
	switch {
	case c.Old == nil:
		x = d.add(p, c, ProfileAdded, func(x *delta, c *Change) string {
			return "Runtime profile " + spokenName(name) + " is new" + d.summary(d.new, name) + "."
		})
	case c.New == nil:
		x = d.add(p, c, ProfileRemoved, func(x *delta, c *Change) string {
			return "Runtime profile " + spokenName(name) + " is gone."
		})
	default:
		x = d.add(p, c, ConfigMoved, func(x *delta, c *Change) string {
			return "The config file of runtime profile " + spokenName(name) + x.became()
		})
	}
	x.profiles, x.main = []string{name}, 1
	if x.kind != ConfigMoved { // which is told from that of a provider
		x.topic = nameTopic(x.kind, name)
	}
}

// summary is what a runtime profile does, in a few words.
func (d *differ) summary(s *side, name string) string {
	config := s.c.Documents[s.profiles[name]]
	if config == nil {
		return ""
	}
	var parts []string
	if !s.exposure(s.profiles[name]).Enabled {
		parts = append(parts, "HTTP off")
	} else {
		parts = append(parts, "HTTP on "+httpPlace(config))
	}
	parts = append(parts, "telemetry "+onOff(content.Own(config.Root, "telemetry", "enabled")))
	automation := "automation " + onOff(content.Own(config.Root, "automation", "enabled"))
	if tree := s.tree(s.profiles[name]); tree != nil {
		automation += " (" + config.View.Value(tree) + ")"
	}
	return ": " + strings.Join(append(parts, automation), ", ")
}

func onOff(n *doc.Node) string {
	if content.IsOn(n) {
		return "on"
	}
	return "off"
}

// providerEntry judges what the machine profile says about a provider.
func (d *differ) providerEntry(p *pair, c nodediff.Change, steps []string) {
	id := steps[1]
	var x *delta
	switch {
	case len(steps) == 2 && c.Old == nil:
		x = d.add(p, c, ProviderAdded, func(*delta, *Change) string { return "Provider " + spokenName(id) + " is new." })
		x.topic = nameTopic(x.kind, id)
	case len(steps) == 2 && c.New == nil:
		x = d.add(p, c, ProviderRemoved, func(*delta, *Change) string { return "Provider " + spokenName(id) + " is gone." })
		x.topic = nameTopic(x.kind, id)
	case stepAt(steps, 2) == "config":
		x = d.add(p, c, ConfigMoved, func(x *delta, c *Change) string {
			return "The config file of provider " + spokenName(id) + x.became()
		})
		x.topic = nameTopic(x.kind, id)
	case keyClass(steps[2:]) == LabelChanged:
		x = d.add(p, c, LabelChanged, saying("The text"))
	default:
		x = d.add(p, c, ValueChanged, saying("The value"))
	}
	x.providers = []string{id}
}

// behaviors judges the list of behavior trees: one that comes or goes belongs to
// its file.
func (d *differ) behaviors(p *pair, c nodediff.Change) {
	gone, came := difference(c.Old, c.New), difference(c.New, c.Old)
	if len(gone)+len(came) == 0 {
		d.add(p, c, OrderChanged, func(*delta, *Change) string { return "The behavior trees are listed in another order." })
		return
	}
	stays := func(file string) bool { return d.old.has(file) && d.new.has(file) }
	if slices.ContainsFunc(slices.Concat(gone, came), stays) {
		d.add(p, c, ValueChanged, func(*delta, *Change) string {
			return "The machine profile lists other behavior trees, which are in both packages."
		})
		gone, came = slices.DeleteFunc(gone, stays), slices.DeleteFunc(came, stays)
	}
	for _, file := range gone {
		x := d.add(p, c, BehaviorRemoved, func(*delta, *Change) string { return "Behavior tree " + spokenName(file) + " is gone." })
		x.topic, x.main, x.profiles = behaviorTopic(x.kind, file), -1, d.old.trees[file]
	}
	for _, file := range came {
		x := d.add(p, c, BehaviorAdded, func(*delta, *Change) string { return "Behavior tree " + spokenName(file) + " is new." })
		x.topic, x.main, x.profiles = behaviorTopic(x.kind, file), -1, d.new.trees[file]
	}
}

// expected judges the list of the providers that must run: what comes or goes
// with its provider belongs to that.
func (d *differ) expected(p *pair, c nodediff.Change) {
	gone, came := difference(c.Old, c.New), difference(c.New, c.Old)
	if len(gone)+len(came) == 0 && c.Old.IsSeq() && c.New.IsSeq() {
		d.add(p, c, OrderChanged, func(*delta, *Change) string { return "The expected providers are listed in another order." })
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
		d.add(p, c, ValueChanged, say)
	}
}

// cameOrWent is the kind of change of a provider that one of the machine profiles
// does not have, or "".
func (d *differ) cameOrWent(id string) Kind {
	switch had, has := d.old.hasProvider[id], d.new.hasProvider[id]; {
	case has && !had:
		return ProviderAdded
	case had && !has:
		return ProviderRemoved
	}
	return ""
}

// profileCameOrWent is cameOrWent for a runtime profile.
func (d *differ) profileCameOrWent(name string) Kind {
	switch had, has := d.old.hasProfile[name], d.new.hasProfile[name]; {
	case has && !had:
		return ProfileAdded
	case had && !has:
		return ProfileRemoved
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
func (d *differ) provenance(p *pair, changes []nodediff.Change) {
	for _, c := range changes {
		x := d.add(p, c, ProvenanceChanged, func(x *delta, c *Change) string {
			if len(c.Also) > 0 {
				return "The packages say different things about where they come from."
			}
			return "Provenance " + x.label(c) + x.became()
		})
		x.topic = string(ProvenanceChanged)
	}
}

// version judges what differs in the versions and contracts that a machine is
// built from.
func (d *differ) version(p *pair, c nodediff.Change, steps []string) {
	last := steps[len(steps)-1]
	ofProvider := len(steps) >= 3 && steps[0] == "compatibility" && steps[1] == "providers"
	var x *delta
	switch {
	case ofProvider && len(steps) == 3 && d.cameOrWent(steps[2]) != "":
		x = d.add(p, c, d.cameOrWent(steps[2]), sayVersion)
		x.topic, x.main = nameTopic(x.kind, steps[2]), -1
	case last == "repo", last == "package":
		x = d.add(p, c, SourceChanged, saying("The source"))
	case last == "notes":
		x = d.add(p, c, LabelChanged, saying("The text"))
	case last == "version":
		x = d.add(p, c, versionKind(c.Old, c.New), sayVersion)
		x.topic = "\x00version\x00" + strings.Join(steps[:len(steps)-1], "\x00")
	case last == "strategy":
		x = d.add(p, c, VersionChanged, sayVersion)
		x.topic, x.main = "\x00version\x00"+strings.Join(steps[:len(steps)-1], "\x00"), -1
	default:
		x = d.add(p, c, VersionChanged, sayVersion)
		x.topic = "\x00version\x00" + strconv.Itoa(len(d.deltas))
	}
	if ofProvider {
		x.providers = []string{steps[2]}
	}
}

// sayVersion says where a version went.
func sayVersion(x *delta, c *Change) string {
	steps := stepsOf(x.path)
	what := "The component " + spokenName(steps[len(steps)-1])
	switch {
	case steps[0] == "compatibility" && len(steps) > 2 && steps[1] == "providers":
		what = "The version that provider " + spokenName(steps[2]) + " is built from"
	case steps[0] == "compatibility":
		what = "The contract " + spokenName(steps[len(steps)-1]) + " that the runtime has to keep"
	case len(steps) > 2 && steps[len(steps)-1] == "version":
		what = "The component " + spokenName(steps[len(steps)-2])
	}
	switch {
	case x.kind == VersionUpgraded:
		return what + " goes forward to a later version."
	case x.kind == VersionDowngraded:
		return what + " goes back to an earlier version."
	case x.old == nil:
		return what + " is now pinned."
	case x.new == nil:
		return what + " is no longer pinned."
	}
	return what + " changes."
}

// joinVersions makes the version of each provider part of the change of the
// component that it is built from, if both say the same.
func (d *differ) joinVersions() {
	components := map[string]*delta{}
	for _, x := range d.deltas {
		if s := stepsOf(x.path); len(s) >= 3 && s[0] == "components" && s[1] == "providers" && strings.HasPrefix(x.topic, "\x00version") {
			components[s[2]] = x
		}
	}
	of := func(x *delta) *delta {
		id := stepsOf(x.path)[2]
		old, new := d.old.kinds[id], d.new.kinds[id]
		if c := components[old]; c != nil && old == new && agrees(x.old, c.old) && agrees(x.new, c.new) {
			return c
		}
		return nil
	}
	joined := map[string]*delta{}
	for _, x := range d.deltas {
		if !isProviderVersion(x) || stepAt(stepsOf(x.path), 3) == "strategy" {
			continue
		}
		if c := of(x); c != nil {
			joined[x.topic] = c
		}
	}
	for _, x := range d.deltas {
		if c := joined[x.topic]; c != nil && isProviderVersion(x) {
			x.topic, x.main = c.topic, -1
		}
	}
}

func isProviderVersion(x *delta) bool {
	s := stepsOf(x.path)
	return len(s) >= 3 && s[0] == "compatibility" && s[1] == "providers" && strings.HasPrefix(x.topic, "\x00version")
}

// agrees reports whether a version of a provider is the version of the component,
// or the component has none.
func agrees(provider, component *doc.Node) bool {
	if component == nil {
		return true
	}
	return versionText(provider) == versionText(component)
}

func versionText(n *doc.Node) string {
	if n.IsMap() {
		n = n.Get("version")
	}
	if !n.IsString() {
		return ""
	}
	return n.Text
}

func versionKind(old, new *doc.Node) Kind {
	if !old.IsString() || !new.IsString() {
		return VersionChanged
	}
	switch order, ok := compareVersions(old.Text, new.Text); {
	case ok && order < 0:
		return VersionUpgraded
	case ok && order > 0:
		return VersionDowngraded
	}
	return VersionChanged
}

// compareVersions compares versions such as 1.2.3, v1.2 or 1.2.3-rc.1+build. It is
// not ok when which one is later cannot be told for sure.
func compareVersions(a, b string) (order int, ok bool) {
	x, before, ok1 := readVersion(a)
	y, after, ok2 := readVersion(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	order = slices.CompareFunc(x, y, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	switch {
	case order != 0:
		return order, true
	case before == "" && after != "":
		return 1, true
	case before != "" && after == "":
		return -1, true
	}
	return comparePre(before, after)
}

// comparePre compares pre-releases such as rc.1 and rc.2 as Semantic Versioning
// does. It is not ok where people mean something else, as with rc9 and rc10, and
// for what no two tools write alike, such as 5-g1a2b3c.
func comparePre(a, b string) (order int, ok bool) {
	if strings.Contains(a, "-") || strings.Contains(b, "-") {
		return 0, false
	}
	sure := true
	order = slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		if isIndex(a) != isIndex(b) { // a number is before a word
			return level(isIndex(b)) - level(isIndex(a))
		}
		order := comparePaths(a, b)
		sure = sure && (isIndex(a) || order == cmp.Compare(a, b))
		return order
	})
	return order, sure && order != 0
}

// readVersion gives the numbers without leading zeros and the pre-release.
func readVersion(text string) (numbers []string, pre string, ok bool) {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "v"), "+")
	text, pre, _ = strings.Cut(text, "-")
	for number := range strings.SplitSeq(text, ".") {
		if number == "" || !isIndex(number) {
			return nil, "", false
		}
		numbers = append(numbers, strings.TrimLeft(number, "0"))
	}
	for len(numbers) > 0 && numbers[len(numbers)-1] == "" { // 1.2 is 1.2.0
		numbers = numbers[:len(numbers)-1]
	}
	return numbers, pre, true
}
