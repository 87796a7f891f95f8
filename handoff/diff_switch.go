package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// joinSwitch makes what comes and goes with a section that is switched part of
// the switching.
func (d *differ) joinSwitch(p *diffPair, deltas []*delta, section string) {
	i := slices.IndexFunc(deltas, func(x *delta) bool { return x.where == section+".enabled" && x.kind != ChangeValue })
	if i < 0 {
		return
	}
	main := deltas[i]
	var all []*delta
	for _, x := range deltas {
		if stepAt(stepsOf(x.path), 0) == section && joins(x, main) {
			all = append(all, x)
		}
	}
	// What is switched on in several profiles is one change if it is the same, also
	// in what the message says of the values that stay.
	slices.SortFunc(all, (*delta).compare)
	what := sha256.New()
	for _, x := range all {
		fmt.Fprintf(what, "%q", x.where)
		writeNode(what, x.old)
		writeNode(what, x.new)
	}
	for _, root := range []*doc.Node{d.old.root(p.old), d.new.root(p.new)} {
		for _, n := range toldOf(root, section) {
			writeNode(what, n)
		}
	}
	for _, x := range all {
		x.topic, x.main = string(main.kind)+"\x00"+section+hex.EncodeToString(what.Sum(nil)), -1
	}
	main.main = 1
}

// toldOf are the values of a section that the message about its switch tells.
func toldOf(root *doc.Node, section string) []*doc.Node {
	switch section {
	case "automation":
		return []*doc.Node{treeNode(root)}
	case "telemetry":
		return []*doc.Node{own(root, section, "influxdb", "url")}
	}
	var list []*doc.Node
	for _, key := range httpKeys() {
		list = append(list, own(root, section, key))
	}
	return list
}

// joins reports whether a value is new when something is switched on, or gone
// when it is switched off. The message about HTTP tells all that matters then.
func joins(x, main *delta) bool {
	switch main.kind {
	case ChangeAutomationOn, ChangeTelemetryOn:
		return x == main || x.old == nil
	case ChangeAutomationOff, ChangeTelemetryOff:
		return x == main || x.new == nil
	}
	return x == main || slices.Contains(httpKeys(), stepsOf(x.path)[1])
}
