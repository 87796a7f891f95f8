package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// runtime judges what differs in the config of a runtime profile. The same edit
// in several profiles, or for several providers, is one change.
func (d *differ) runtime(p *diffPair, changes []nodediff.Change) {
	first := len(d.deltas)
	policies := map[string][]nodediff.Change{}
	var policyOrder []string
	for _, c := range changes {
		steps := stepsOf(c.Path)
		switch section := stepAt(steps, 0); section {
		case "providers":
			if len(steps) > 2 && steps[2] == "restart_policy" {
				if policies[steps[1]] == nil {
					policyOrder = append(policyOrder, steps[1])
				}
				policies[steps[1]] = append(policies[steps[1]], c)
				continue
			}
			d.runtimeProvider(p, c, steps)
		case "http":
			d.http(p, c, steps)
		case "telemetry":
			d.telemetry(p, c, steps)
		case "automation":
			d.automation(p, c, steps)
		case "logging":
			d.add(p, c, ChangeValue, saying("The value"))
		default:
			d.byKey(p, c, steps)
		}
	}
	for _, id := range policyOrder {
		d.restartPolicy(p, id, policies[id])
	}
	d.joinSwitch(first, "automation", ChangeAutomationOn, ChangeAutomationOff)
	d.joinSwitch(first, "telemetry", ChangeTelemetryOn, ChangeTelemetryOff)
	for _, x := range d.deltas[first:] {
		if x.topic == "" {
			x.topic = sharedTopic(x)
		}
	}
}

func stepAt(steps []string, i int) string {
	if i < len(steps) {
		return steps[i]
	}
	return ""
}

// runtimeProvider judges what differs in the list of providers.
func (d *differ) runtimeProvider(p *diffPair, c nodediff.Change, steps []string) {
	id := stepAt(steps, 1)
	var x *delta
	switch {
	case c.Moved && len(steps) == 1:
		d.add(p, c, ChangeProviderOrder, func(*delta, *Change) string { return "The providers start in another order." })
		return
	case len(steps) < 2:
		d.add(p, c, ChangeUnreadable, sayingOnly("The list of providers"))
		return
	case len(steps) == 2 && c.Old == nil:
		x = d.add(p, c, ChangeProviderAdded, func(x *delta, c *Change) string {
			return "Provider " + spokenName(id) + " is new" + d.commandText(d.new, x.pair.new, x.new) + "."
		})
	case len(steps) == 2 && c.New == nil:
		x = d.add(p, c, ChangeProviderRemoved, func(x *delta, c *Change) string {
			return "Provider " + spokenName(id) + " is gone" + d.commandText(d.old, x.pair.old, x.old) + "."
		})
	case stepAt(steps, 2) == "command":
		x = d.add(p, c, ChangeCommand, func(x *delta, c *Change) string {
			return "The command of " + providersText(c.Providers) + x.became()
		})
	case stepAt(steps, 2) == "args":
		d.arguments(p, c, id)
		return
	default:
		x = d.byKey(p, c, steps[2:])
	}
	x.providers = []string{id}
	if len(steps) == 2 && (c.Old == nil || c.New == nil) {
		x.topic, x.main = nameTopic(x.kind, id), 1
	}
}

func (d *differ) commandText(s *diffSide, file string, provider *doc.Node) string {
	command := provider.Get("command")
	if command == nil || command.IsString() && command.Text == "" {
		return ""
	}
	if s == d.new {
		return ": it runs " + s.c.documents[file].view.Value(command)
	}
	return "; it ran " + s.c.documents[file].view.Value(command)
}

// arguments tells the config file of a provider from its other arguments.
func (d *differ) arguments(p *diffPair, c nodediff.Change, id string) {
	oldConfig, oldRest := splitArguments(c.Old)
	newConfig, newRest := splitArguments(c.New)
	moved := !nodediff.Equal(oldConfig, newConfig)
	if !moved || !slices.EqualFunc(oldRest, newRest, nodediff.Equal) {
		x := d.add(p, c, ChangeArguments, func(x *delta, c *Change) string {
			return "The argument list of " + providersText(c.Providers) + x.became()
		})
		x.providers = []string{id}
	}
	if moved {
		c.Old, c.New = oldConfig, newConfig
		x := d.add(p, c, ChangeConfigMoved, func(x *delta, c *Change) string {
			return "The config file of " + providersText(c.Providers) + x.became()
		})
		x.providers, x.topic, x.main = []string{id}, nameTopic(ChangeConfigMoved, id), 1
	}
}

// splitArguments takes the value of --config out of a list of arguments.
func splitArguments(args *doc.Node) (config *doc.Node, rest []*doc.Node) {
	items := itemsOf(args)
	for i, n := range items {
		if i+1 < len(items) && n.IsString() && n.Text == "--config" {
			return items[i+1], slices.Concat(items[:i], items[i+2:])
		}
	}
	return nil, items
}

// restartPolicy makes what differs in the restart policy of a provider into one
// change.
func (d *differ) restartPolicy(p *diffPair, id string, changes []nodediff.Change) {
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
	x := d.add(p, c, ChangeRestartPolicy, func(x *delta, c *Change) string {
		return "The restart policy of " + providersText(c.Providers) + " is different."
	})
	x.providers = []string{id}
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
	m.Entries = append(m.Entries, doc.Field(at.String(), value))
}

// telemetry judges what differs in the section about telemetry.
func (d *differ) telemetry(p *diffPair, c nodediff.Change, steps []string) {
	switch last := steps[len(steps)-1]; {
	case len(steps) == 2 && last == "enabled" && isOn(c.Old) != isOn(c.New):
		kind := ChangeTelemetryOff
		if isOn(c.New) {
			kind = ChangeTelemetryOn
		}
		d.add(p, c, kind, func(x *delta, c *Change) string {
			if x.kind == ChangeTelemetryOff {
				return "Telemetry is now off."
			}
			url := own(d.new.root(x.pair.new), "telemetry", "influxdb", "url")
			if url == nil {
				return "Telemetry is now on."
			}
			return "Telemetry is now on and goes to " + d.new.c.documents[x.pair.new].view.Value(url) + "."
		})
	case slices.Contains([]string{"url", "org", "bucket", "influx_url", "influx_org", "influx_bucket"}, last):
		d.add(p, c, ChangeTelemetryTarget, func(x *delta, c *Change) string { return "The telemetry target (" + last + ")" + x.became() })
	default:
		d.add(p, c, ChangeValue, saying("The value"))
	}
}

// joinSwitch makes what comes and goes with a section that is switched part of
// the switching.
func (d *differ) joinSwitch(first int, section string, on, off ChangeKind) {
	var main *delta
	for _, x := range d.deltas[first:] {
		if x.kind == on || x.kind == off {
			main = x
		}
	}
	if main == nil {
		return
	}
	var all []*delta
	for _, x := range d.deltas[first:] {
		if stepAt(stepsOf(x.path), 0) == section && joins(x, main, on) {
			all = append(all, x)
		}
	}
	// What is switched on in several profiles is one change if it is the same.
	slices.SortFunc(all, (*delta).compare)
	what := sha256.New()
	for _, x := range all {
		fmt.Fprintf(what, "%q", x.where)
		writeNode(what, x.old)
		writeNode(what, x.new)
	}
	for _, x := range all {
		x.topic, x.main = string(main.kind)+"\x00"+hex.EncodeToString(what.Sum(nil)), -1
	}
	main.main = 1
}

// joins reports whether a value is new when something is switched on, or gone
// when it is switched off.
func joins(x, main *delta, on ChangeKind) bool {
	return x == main || main.kind == on && x.old == nil || main.kind != on && x.new == nil
}

// sharedTopic is the same for the same edit of several profiles and providers.
func sharedTopic(x *delta) string {
	h := sha256.New()
	steps := stepsOf(x.path)
	if len(steps) > 2 && steps[0] == "providers" {
		steps[1] = "*"
	}
	fmt.Fprintf(h, "%q", steps)
	writeNode(h, x.old)
	writeNode(h, x.new)
	return string(x.kind) + "\x00" + hex.EncodeToString(h.Sum(nil))
}

// writeNode writes what a node means, no two the same.
func writeNode(h hash.Hash, n *doc.Node) {
	if n == nil {
		io.WriteString(h, "none;")
		return
	}
	fmt.Fprintf(h, "%d %q %v %x %d %d;", n.Kind, n.Text, n.Bool, math.Float64bits(n.Float), len(n.Items), len(n.Entries))
	for _, item := range n.Items {
		writeNode(h, item)
	}
	for _, e := range n.Entries {
		writeNode(h, e.Key)
		writeNode(h, e.Value)
	}
}
