package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"path"
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
		if isConfigSection(steps) {
			d.section(p, c)
			continue
		}
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
			if slices.Equal(steps, []string{"runtime", "name"}) {
				d.add(p, c, ChangeLabel, saying("The text"))
				continue
			}
			d.byKey(p, c, steps)
		}
	}
	if len(policyOrder) > 0 {
		before, after := restarted(d.old.root(p.old)), restarted(d.new.root(p.new))
		for _, id := range policyOrder {
			step := policies[id][0].Path[1]
			if item, ok := step.(doc.Item); ok {
				step = item.Name
			}
			d.restartPolicy(p, id, policies[id], before[step], after[step])
		}
	}
	for _, section := range []string{"http", "automation", "telemetry"} {
		d.joinSwitch(p, d.deltas[first:], section)
	}
	for _, x := range d.deltas[first:] {
		if x.topic == "" {
			x.topic = sharedTopic(x)
		}
	}
}

// isConfigSection reports whether the schema has a section there.
func isConfigSection(steps []string) bool {
	switch len(steps) {
	case 1:
		return slices.Contains([]string{"runtime", "http", "polling", "telemetry", "logging", "automation"}, steps[0])
	case 2:
		return steps[0] == "telemetry" && steps[1] == "influxdb"
	}
	return false
}

// section judges a section that differs as a whole: it is empty or left out, which
// are the same, or it is none.
func (d *differ) section(p *diffPair, c nodediff.Change) {
	if isEmpty(c.Old) && isEmpty(c.New) {
		d.add(p, c, ChangeValue, saying("The value"))
		return
	}
	d.add(p, c, ChangeUnreadable, saying("The section"))
}

func isEmpty(n *doc.Node) bool {
	return isNothing(n) || isCollection(n) && len(n.Items)+len(n.Entries) == 0
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
	// Another file than that of the machine profile is another config.
	moved := !nodediff.Equal(oldConfig, newConfig) && d.old.isConfig(oldConfig, id) && d.new.isConfig(newConfig, id)
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

// isConfig reports whether a file is the config that the machine profile has for a
// provider.
func (s *diffSide) isConfig(file *doc.Node, id string) bool {
	return file.IsString() && s.providers[id] != "" && path.Clean(file.Text) == s.providers[id]
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

// sharedTopic is the same for the same edit of several profiles and providers. An
// edit below a very long key, which takes long to read, is one by itself.
func sharedTopic(x *delta) string {
	h := sha256.New()
	steps := stepsOf(x.path)
	if len(steps) > 2 && steps[0] == "providers" {
		steps[1] = "*"
	}
	if slices.ContainsFunc(steps, func(s string) bool { return shortName(s) != s }) {
		return ""
	}
	fmt.Fprintf(h, "%q", append(steps, x.state))
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
