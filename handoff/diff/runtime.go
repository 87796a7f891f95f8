package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// runtime judges what differs in the config of a runtime profile. The same edit
// in several profiles, or for several providers, is one change.
func (d *differ) runtime(p *pair, changes []nodediff.Change) {
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
		case "safety":
			d.safety(p, c)
		case "logging":
			d.add(p, c, ValueChanged, saying("The value"))
		default:
			if slices.Equal(steps, []string{"runtime", "name"}) {
				d.add(p, c, LabelChanged, saying("The text"))
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
	d.joinSafety(p, d.deltas[first:])
	for _, x := range d.deltas[first:] {
		if x.topic == "" {
			x.topic = sharedTopic(x)
		}
	}
}

// safety judges what differs in what an emergency stop drives.
func (d *differ) safety(p *pair, c nodediff.Change) {
	before, after := d.old.stop(p.old), d.new.stop(p.new)
	same := slices.EqualFunc(before.Calls, after.Calls, func(a, b machine.Call) bool { return nodediff.Equal(a.Node, b.Node) })
	d.add(p, c, SafeStateChanged, func(*delta, *Change) string {
		switch {
		case before.Rung != after.Rung:
			return "An emergency stop now " + drives(after) + " (before: " + drives(before) + ")."
		case !same:
			return "An emergency stop " + drives(after) + ", which are different."
		}
		return "The safe state is declared differently; an emergency stop " + drives(after) + " as before."
	})
}

// stop is what an emergency stop does by a runtime config.
func (s *side) stop(config string) machine.Stop {
	if c := s.configs[config]; c != nil {
		return c.EmergencyStop()
	}
	return machine.Stop{}
}

func drives(s machine.Stop) string {
	return map[machine.Rung]string{
		machine.Nothing:   "drives nothing",
		machine.SafeHooks: "runs the hooks of the safe state",
		machine.Setpoints: "runs the setpoints of the safe state",
		machine.Zero:      "sets every output to zero",
		machine.Adopted:   "runs the mode hooks to FAULT",
	}[s.Rung]
}

// joinSafety makes one change of all that differs in the safe state of a config, the
// same for configs that differ in the same way.
func (d *differ) joinSafety(p *pair, deltas []*delta) {
	var all []*delta
	for _, x := range deltas {
		if x.kind == SafeStateChanged {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, (*delta).compare)
	what := sha256.New()
	fmt.Fprintf(what, "%d %d", d.old.stop(p.old).Rung, d.new.stop(p.new).Rung)
	for _, x := range all {
		fmt.Fprintf(what, "%q", x.where)
		writeNode(what, x.old)
		writeNode(what, x.new)
	}
	for _, x := range all {
		x.topic, x.main = string(SafeStateChanged)+"\x00"+hex.EncodeToString(what.Sum(nil)), -1
	}
	all[0].main = 1
}

// isConfigSection reports whether the runtime has a section there.
func isConfigSection(steps []string) bool {
	keys := machine.RuntimeKeys()
	for i, step := range steps {
		key, ok := machine.FindKey(keys, step)
		if !ok || key.List || len(key.Below) == 0 {
			return false
		}
		if i == len(steps)-1 {
			return true
		}
		keys = key.Below
	}
	return false
}

// section judges a section that differs as a whole: it is empty or left out, which
// are the same, or it is none.
func (d *differ) section(p *pair, c nodediff.Change) {
	if isEmpty(c.Old) && isEmpty(c.New) {
		d.add(p, c, ValueChanged, saying("The value"))
		return
	}
	d.add(p, c, DocumentUnreadable, saying("The section"))
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
func (d *differ) runtimeProvider(p *pair, c nodediff.Change, steps []string) {
	id := stepAt(steps, 1)
	var x *delta
	switch {
	case c.Moved && len(steps) == 1:
		d.add(p, c, ProviderOrderChanged, func(*delta, *Change) string { return "The providers start in another order." })
		return
	case len(steps) < 2:
		d.add(p, c, DocumentUnreadable, sayingOnly("The list of providers"))
		return
	case len(steps) == 2 && c.Old == nil:
		x = d.add(p, c, ProviderAdded, func(x *delta, c *Change) string {
			return "Provider " + spokenName(id) + " is new" + d.commandText(d.new, x.pair.new, x.new) + "."
		})
	case len(steps) == 2 && c.New == nil:
		x = d.add(p, c, ProviderRemoved, func(x *delta, c *Change) string {
			return "Provider " + spokenName(id) + " is gone" + d.commandText(d.old, x.pair.old, x.old) + "."
		})
	case stepAt(steps, 2) == "command":
		x = d.add(p, c, CommandChanged, func(x *delta, c *Change) string {
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

func (d *differ) commandText(s *side, file string, provider *doc.Node) string {
	command := provider.Get("command")
	if command == nil || command.IsString() && command.Text == "" {
		return ""
	}
	if s == d.new {
		return ": it runs " + s.c.Documents[file].View.Value(command)
	}
	return "; it ran " + s.c.Documents[file].View.Value(command)
}

// arguments tells the config file of a provider from its other arguments.
func (d *differ) arguments(p *pair, c nodediff.Change, id string) {
	oldConfig, oldRest := splitArguments(c.Old)
	newConfig, newRest := splitArguments(c.New)
	// Another file than that of the machine profile is another config.
	moved := !nodediff.Equal(oldConfig, newConfig) && d.old.isConfig(oldConfig, id) && d.new.isConfig(newConfig, id)
	if !moved || !slices.EqualFunc(oldRest, newRest, nodediff.Equal) {
		x := d.add(p, c, ArgumentsChanged, func(x *delta, c *Change) string {
			return "The argument list of " + providersText(c.Providers) + x.became()
		})
		x.providers = []string{id}
	}
	if moved {
		c.Old, c.New = oldConfig, newConfig
		x := d.add(p, c, ConfigMoved, func(x *delta, c *Change) string {
			return "The config file of " + providersText(c.Providers) + x.became()
		})
		x.providers, x.topic, x.main = []string{id}, nameTopic(ConfigMoved, id), 1
	}
}

// isConfig reports whether a file is the config that the machine profile has for a
// provider.
func (s *side) isConfig(file *doc.Node, id string) bool {
	return file.IsString() && s.providers[id] != "" && cleanName(file.Text) == s.providers[id]
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
	if slices.ContainsFunc(steps, func(s string) bool { return content.ShortName(s) != s }) {
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

// http judges what differs in how the machine is reached.
func (d *differ) http(p *pair, c nodediff.Change, steps []string) {
	first := len(d.deltas)
	switch {
	case len(steps) == 2 && steps[1] == "enabled":
		d.exposure(p, c, level(!content.IsOff(c.Old)), level(!content.IsOff(c.New)),
			"The HTTP interface is now on, "+d.reachable(p.new)+".", "The HTTP interface is now off.")
	case len(steps) == 2 && steps[1] == "cors_allow_credentials":
		d.exposure(p, c, level(content.IsOn(c.Old)), level(content.IsOn(c.New)), "Web pages may now send passwords and cookies to the machine.",
			"Web pages may no longer send passwords and cookies to the machine.")
	case len(steps) == 2 && steps[1] == "bind":
		d.bind(p, c)
	case len(steps) == 2 && steps[1] == "auth_enabled":
		d.flip(p, c, d.old.exposure(p.old).Auth, d.new.exposure(p.new).Auth, AuthenticationOn, AuthenticationOff,
			"Callers of the HTTP interface must now show a token.", "Callers of the HTTP interface need no token any more.")
	case len(steps) == 2 && steps[1] == "allow_insecure_bind":
		d.flip(p, c, d.old.exposure(p.old).Insecure, d.new.exposure(p.new).Insecure, InsecureBindAllowed, InsecureBindRefused,
			"The runtime may now listen for other computers without asking them for a token.",
			"The runtime no longer listens for other computers without asking them for a token.")
	case len(steps) == 2 && (steps[1] == "tls_cert_path" || steps[1] == "tls_key_path"):
		if x := d.flip(p, c, d.old.exposure(p.old).TLS, d.new.exposure(p.new).TLS, EncryptionOn, EncryptionOff,
			"The HTTP interface is now encrypted.", "The HTTP interface is not encrypted any more."); x.kind != ValueChanged {
			x.topic = string(x.kind) // both keys are one change
		} else {
			x.kind, x.say = SettingChanged, func(c *Change) string { return saying("The setting")(x, c) }
		}
	case len(steps) == 2 && steps[1] == "port":
		if textOr(c.Old, strconv.Itoa(machine.DefaultPort)) == textOr(c.New, strconv.Itoa(machine.DefaultPort)) {
			d.add(p, c, ValueChanged, saying("The value"))
			break
		}
		d.add(p, c, HTTPMoved, sayingDefault("The HTTP port", strconv.Itoa(machine.DefaultPort)))
	case len(steps) >= 2 && steps[1] == "cors_allowed_origins":
		d.origins(p, c)
	default:
		d.add(p, c, SettingChanged, saying("The setting"))
	}
	if !d.old.exposure(p.old).Enabled && !d.new.exposure(p.new).Enabled {
		for _, x := range d.deltas[first:] {
			x.state = "off"
			x.say = func(c *Change) string {
				return "The setting " + x.label(c) + strings.TrimSuffix(x.became(), ".") + ", while HTTP is off."
			}
		}
	}
}

// flip judges a switch that keeps strangers out, or lets them in.
func (d *differ) flip(p *pair, c nodediff.Change, was, is bool, on, off Kind, saysOn, saysOff string) *delta {
	switch {
	case is && !was:
		return d.add(p, c, on, func(*delta, *Change) string { return saysOn })
	case was && !is:
		return d.add(p, c, off, func(*delta, *Change) string { return saysOff })
	}
	return d.add(p, c, ValueChanged, saying("The value"))
}

// httpKeys decide how the machine is reached once HTTP is on.
func httpKeys() []string {
	var names []string
	http, _ := machine.FindKey(machine.RuntimeKeys(), "http")
	for _, key := range http.Below {
		if key.Purpose == machine.Reach && key.Name != "enabled" {
			names = append(names, key.Name)
		}
	}
	return names
}

// reachable says how the machine is reached by a runtime config.
func (d *differ) reachable(file string) string {
	e := d.new.exposure(file)
	text := "at " + httpPlace(d.new.c.Documents[file])
	if e.AnyOrigin {
		text += ", for web pages of every origin"
	} else {
		text += ", for web pages of listed origins"
	}
	if e.Credentials {
		text += " with passwords and cookies"
	}
	if e.Auth {
		text += ", for callers with a token"
	}
	return text
}

// httpPlace is where a runtime config listens.
func httpPlace(config *content.Document) string {
	where := func(key, other string) string {
		if n := content.Own(config.Root, "http", key); n != nil {
			return config.View.Value(n)
		}
		return other
	}
	return where("bind", machine.DefaultBind) + " port " + where("port", strconv.Itoa(machine.DefaultPort))
}

func level(on bool) int {
	if on {
		return 1
	}
	return 0
}

func textOr(n *doc.Node, other string) string {
	if isNothing(n) {
		return other
	}
	return n.Text
}

// exposure judges a change by how far the machine can be reached.
func (d *differ) exposure(p *pair, c nodediff.Change, old, new int, widened, narrowed string) {
	switch {
	case old < new:
		d.add(p, c, HTTPWidened, func(*delta, *Change) string { return widened })
	case old > new:
		d.add(p, c, HTTPNarrowed, func(*delta, *Change) string { return narrowed })
	default:
		d.add(p, c, ValueChanged, saying("The value"))
	}
}

// How far an address to listen on reaches.
const (
	reachesItself = iota
	reachesOne
	reachesAll
)

func (d *differ) bind(p *pair, c nodediff.Change) {
	old, new := d.old.exposure(p.old).Address, d.new.exposure(p.new).Address
	from, to := reach(old), reach(new)
	if from == to && old != new {
		d.add(p, c, HTTPMoved, sayingDefault("The address of the HTTP interface", machine.DefaultBind))
		return
	}
	widened := "The HTTP interface can now be reached from other computers, over every network of the machine."
	if to == reachesOne {
		widened = "The HTTP interface can now be reached from other computers, over one address of the machine."
	}
	narrowed := "The HTTP interface can no longer be reached from other computers."
	if to == reachesOne {
		narrowed = "The HTTP interface can now be reached over one address of the machine only."
	}
	d.exposure(p, c, from, to, widened, narrowed)
}

func reach(bind string) int {
	addr, err := netip.ParseAddr(strings.Trim(bind, "[]"))
	switch {
	case machine.Loopback(bind):
		return reachesItself
	case bind == "", bind == "*", bind == "0", err == nil && addr.Unmap().IsUnspecified():
		return reachesAll
	}
	return reachesOne
}

// origins judges which web pages may call the machine.
func (d *differ) origins(p *pair, c nodediff.Change) {
	old, new := originsOf(c.Old), originsOf(c.New)
	gained, lost := lacks(old, new), lacks(new, old)
	switch {
	case gained && lost:
		d.add(p, c, HTTPMoved, sayingOnly("The list of origins whose web pages may call the machine"))
	case !gained && !lost && c.Old.IsSeq() && c.New.IsSeq():
		d.add(p, c, OrderChanged, func(*delta, *Change) string {
			return "The list of allowed origins was reordered or has duplicates."
		})
	default:
		widened := "Web pages of more origins may now call the machine."
		if new == nil {
			widened = "Web pages of every origin may now call the machine."
		}
		d.exposure(p, c, level(!gained), level(gained || !lost), widened, "Web pages of fewer origins may call the machine.")
	}
}

// originsOf is a set of origins; nil is every origin.
func originsOf(n *doc.Node) map[string]bool {
	set := map[string]bool{}
	if n.IsString() && n.Text != "" {
		set[n.Text] = true
	}
	for _, item := range itemsOf(n) {
		set[item.Text] = true
	}
	if len(set) == 0 || set["*"] {
		return nil
	}
	return set
}

// lacks reports whether a set of origins lacks one of others.
func lacks(set, others map[string]bool) bool {
	if set == nil || others == nil {
		return set != nil
	}
	for origin := range others {
		if !set[origin] {
			return true
		}
	}
	return false
}

// automation judges what differs in how the machine acts by itself.
func (d *differ) automation(p *pair, c nodediff.Change, steps []string) {
	switch key := stepAt(steps, 1); {
	case key == "enabled" && len(steps) == 2 && content.IsOn(c.Old) != content.IsOn(c.New):
		d.automationSwitch(p, c)
	case key == "enabled":
		d.add(p, c, ValueChanged, saying("The value"))
	case key == "behavior_tree", key == "behavior_tree_path":
		d.selected(p, c, key)
	case key == "tick_rate_hz":
		d.add(p, c, TimingChanged, saying("The rate"))
	case key == "manual_gating_policy":
		d.add(p, c, AutomationChanged, sayingOnly("What becomes of manual calls while automation runs"))
	case key == "mode_transition_hooks":
		d.add(p, c, AutomationChanged, sayHook)
	case key == "parameters":
		d.parameter(p, c, steps)
	default:
		d.add(p, c, SettingChanged, saying("The setting"))
	}
}

// selected judges another path of the behavior tree.
func (d *differ) selected(p *pair, c nodediff.Change, key string) {
	old, new := d.old.root(p.old), d.new.root(p.new)
	from, to := d.old.behavior(p.old), d.new.behavior(p.new)
	decides := func(s *side, file string) bool {
		return content.Own(s.root(file), "automation", "behavior_tree") == s.tree(file)
	}
	same := c.Old.IsString() && c.New.IsString() && len(c.Old.Text) <= maxName && cleanName(c.Old.Text) == cleanName(c.New.Text)
	if same || key == "behavior_tree_path" && from == to && from != "" && decides(d.old, p.old) && decides(d.new, p.new) {
		d.add(p, c, ValueChanged, saying("The value"))
		return
	}
	off := !content.IsOn(content.Own(old, "automation", "enabled")) && !content.IsOn(content.Own(new, "automation", "enabled"))
	x := d.add(p, c, BehaviorSelected, func(*delta, *Change) string {
		switch {
		case off:
			return "Another behavior tree is selected, while automation is off."
		case to == "":
			return "Automation has no behavior tree any more."
		case d.same(from, to):
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
		return when + ", " + content.PathText(x.path[6:]) + " of the call " + spokenName(steps[5]) + x.became()
	case len(steps) == 5:
		return when + ", " + spokenName(steps[4]) + x.became()
	}
	return "The calls when the mode changes are different."
}

func (d *differ) automationSwitch(p *pair, c nodediff.Change) {
	if content.IsOn(c.Old) {
		d.add(p, c, AutomationOff, func(*delta, *Change) string { return "Automation is now off." })
		return
	}
	d.add(p, c, AutomationOn, func(x *delta, c *Change) string {
		if tree := d.new.tree(x.pair.new); tree != nil {
			return "Automation is now on and runs the behavior tree " + d.new.c.Documents[x.pair.new].View.Value(tree) + "."
		}
		return "Automation is now on."
	})
}

// parameter judges what differs in the parameters of automation.
func (d *differ) parameter(p *pair, c nodediff.Change, steps []string) {
	name := stepAt(steps, 2)
	switch key := stepAt(steps, 3); {
	case c.Moved && len(steps) == 2:
		d.add(p, c, OrderChanged, func(*delta, *Change) string { return "The parameters are in another order." })
	case len(steps) == 3 && c.Old == nil:
		d.add(p, c, ParameterAdded, func(*delta, *Change) string { return "Parameter " + spokenName(name) + " is new." })
	case len(steps) == 3 && c.New == nil:
		d.add(p, c, ParameterRemoved, func(*delta, *Change) string { return "Parameter " + spokenName(name) + " is gone." })
	case key == "min", key == "max", key == "allowed_values":
		d.add(p, c, LimitChanged, saying("The limit"))
	default:
		d.add(p, c, ParameterChanged, saying("The value"))
	}
}

// selections are the behavior trees that a delta is about, by whether the change
// brings them.
func (d *differ) selections(x *delta) (gone, came []string) {
	switch x.kind {
	case BehaviorSelected, AutomationOn, AutomationOff:
		gone, came = []string{d.old.behavior(x.pair.old)}, []string{d.new.behavior(x.pair.new)}
	case ProfileAdded, ProfileRemoved:
		for _, name := range x.profiles {
			gone = append(gone, d.old.behavior(d.old.profiles[name]))
			came = append(came, d.new.behavior(d.new.profiles[name]))
		}
	}
	empty := func(s string) bool { return s == "" }
	return slices.DeleteFunc(gone, empty), slices.DeleteFunc(came, empty)
}

// telemetry judges what differs in the section about telemetry.
func (d *differ) telemetry(p *pair, c nodediff.Change, steps []string) {
	switch last := steps[len(steps)-1]; {
	case len(steps) == 2 && last == "enabled" && content.IsOn(c.Old) != content.IsOn(c.New):
		d.telemetrySwitch(p, c)
	case len(steps) == 2 && last == "enabled":
		d.add(p, c, ValueChanged, saying("The value"))
	case slices.Contains([]string{"url", "org", "bucket", "influx_url", "influx_org", "influx_bucket"}, last):
		d.add(p, c, TelemetryTargetChanged, func(x *delta, c *Change) string { return "The telemetry target (" + last + ")" + x.became() })
	case last == "flush_interval_ms":
		d.add(p, c, TimingChanged, saying("The time"))
	default:
		d.add(p, c, SettingChanged, saying("The setting"))
	}
}

func (d *differ) telemetrySwitch(p *pair, c nodediff.Change) {
	if content.IsOn(c.Old) {
		d.add(p, c, TelemetryOff, func(*delta, *Change) string { return "Telemetry is now off." })
		return
	}
	d.add(p, c, TelemetryOn, func(x *delta, c *Change) string {
		url := content.Own(d.new.root(x.pair.new), "telemetry", "influxdb", "url")
		if url == nil {
			return "Telemetry is now on."
		}
		return "Telemetry is now on and goes to " + d.new.c.Documents[x.pair.new].View.Value(url) + "."
	})
}

// joinSwitch makes what comes and goes with a section that is switched part of
// the switching.
func (d *differ) joinSwitch(p *pair, deltas []*delta, section string) {
	i := slices.IndexFunc(deltas, func(x *delta) bool { return x.where == section+".enabled" && x.kind != ValueChanged })
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
	for _, n := range append(d.old.toldOf(p.old, section), d.new.toldOf(p.new, section)...) {
		writeNode(what, n)
	}
	for _, x := range all {
		x.topic, x.main = string(main.kind)+"\x00"+section+hex.EncodeToString(what.Sum(nil)), -1
	}
	main.main = 1
}

// toldOf are the values of a section that the message about its switch tells.
func (s *side) toldOf(config, section string) []*doc.Node {
	root := s.root(config)
	switch section {
	case "automation":
		return []*doc.Node{s.tree(config)}
	case "telemetry":
		return []*doc.Node{content.Own(root, section, "influxdb", "url")}
	}
	var list []*doc.Node
	for _, key := range append(httpKeys(), "auth_enabled") {
		list = append(list, content.Own(root, section, key))
	}
	return list
}

// joins reports whether a value is new when something is switched on, or gone
// when it is switched off. The message about HTTP tells all that matters then.
func joins(x, main *delta) bool {
	switch main.kind {
	case AutomationOn, TelemetryOn:
		return x == main || x.old == nil
	case AutomationOff, TelemetryOff:
		return x == main || x.new == nil
	}
	return x == main || slices.Contains(httpKeys(), stepsOf(x.path)[1])
}

// restartPolicy makes what differs in the restart policy of a provider into one
// change. It reports whether the policy was and is on.
func (d *differ) restartPolicy(p *pair, id string, changes []nodediff.Change, was, is bool) {
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
	kind, what := RestartPolicyChanged, " is different."
	switch {
	case is && !was:
		what = " is now on."
	case was && !is:
		what = " is now off."
	case !is:
		kind, what = ValueChanged, " is different, and still off."
	}
	x := d.add(p, c, kind, func(x *delta, c *Change) string {
		return "The restart policy of " + providersText(c.Providers) + what
	})
	x.providers = []string{id}
}

// restarted are the providers whose restart policy is on, by name and by index.
func restarted(root *doc.Node) map[any]bool {
	steps := map[any]bool{}
	for i, p := range itemsOf(content.Own(root, "providers")) {
		if content.IsOn(content.Own(p, "restart_policy", "enabled")) {
			if name, ok := content.ItemName(nil, p); ok {
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
	m.Entries = append(m.Entries, doc.Field(content.PathText(at), value))
}
