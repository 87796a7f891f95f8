package handoff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// version judges what differs in the versions and contracts that a machine is
// built from.
func (d *differ) version(p *diffPair, c nodediff.Change, steps []string) {
	last := steps[len(steps)-1]
	ofProvider := len(steps) >= 3 && steps[0] == "compatibility" && steps[1] == "providers"
	var x *delta
	switch {
	case ofProvider && len(steps) == 3 && d.cameOrWent(steps[2]) != "":
		x = d.add(p, c, d.cameOrWent(steps[2]), sayVersion)
		x.topic, x.main = nameTopic(x.kind, steps[2]), -1
	case last == "repo", last == "package":
		x = d.add(p, c, ChangeSource, saying("The source"))
	case last == "notes":
		x = d.add(p, c, ChangeLabel, saying("The text"))
	case last == "version":
		x = d.add(p, c, versionKind(c.Old, c.New), sayVersion)
		x.topic = "\x00version\x00" + strings.Join(steps[:len(steps)-1], "\x00")
	case last == "strategy":
		x = d.add(p, c, ChangeVersion, sayVersion)
		x.topic, x.main = "\x00version\x00"+strings.Join(steps[:len(steps)-1], "\x00"), -1
	default:
		x = d.add(p, c, ChangeVersion, sayVersion)
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
	case x.kind == ChangeVersionUpgraded:
		return what + " goes forward to a later version."
	case x.kind == ChangeVersionDowngraded:
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
		old, new := kindOf(d.old.commands[id]), kindOf(d.new.commands[id])
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

// kindOf is the kind of a provider by its program.
func kindOf(command string) string {
	_, kind, _ := strings.Cut(command, "provider-")
	return strings.TrimSuffix(kind, ".exe")
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

func versionKind(old, new *doc.Node) ChangeKind {
	if !old.IsString() || !new.IsString() {
		return ChangeVersion
	}
	switch order, ok := compareVersions(old.Text, new.Text); {
	case ok && order < 0:
		return ChangeVersionUpgraded
	case ok && order > 0:
		return ChangeVersionDowngraded
	}
	return ChangeVersion
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
