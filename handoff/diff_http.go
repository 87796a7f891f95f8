package handoff

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// http judges what differs in how the machine is reached.
func (d *differ) http(p *diffPair, c nodediff.Change, steps []string) {
	first := len(d.deltas)
	switch {
	case len(steps) == 2 && steps[1] == "enabled":
		d.exposure(p, c, level(!isOff(c.Old)), level(!isOff(c.New)),
			"The HTTP interface is now on, "+d.reachable(p.new)+".", "The HTTP interface is now off.")
	case len(steps) == 2 && steps[1] == "cors_allow_credentials":
		d.exposure(p, c, level(isOn(c.Old)), level(isOn(c.New)), "Web pages may now send passwords and cookies to the machine.",
			"Web pages may no longer send passwords and cookies to the machine.")
	case len(steps) == 2 && steps[1] == "bind":
		d.bind(p, c)
	case len(steps) == 2 && steps[1] == "port":
		if textOr(c.Old, strconv.Itoa(defaultPort)) == textOr(c.New, strconv.Itoa(defaultPort)) {
			d.add(p, c, ChangeValue, saying("The value"))
			break
		}
		d.add(p, c, ChangeHTTPMoved, sayingDefault("The HTTP port", strconv.Itoa(defaultPort)))
	case len(steps) >= 2 && steps[1] == "cors_allowed_origins":
		d.origins(p, c)
	default:
		d.add(p, c, ChangeSetting, saying("The setting"))
	}
	if httpOff(d.old.root(p.old)) && httpOff(d.new.root(p.new)) {
		for _, x := range d.deltas[first:] {
			x.state = "off"
			x.say = func(c *Change) string {
				return "The setting " + x.label(c) + strings.TrimSuffix(x.became(), ".") + ", while HTTP is off."
			}
		}
	}
}

func httpOff(root *doc.Node) bool { return isOff(own(root, "http", "enabled")) }

// httpKeys decide how the machine is reached once HTTP is on.
func httpKeys() []string {
	return []string{"bind", "port", "cors_allowed_origins", "cors_allow_credentials"}
}

// reachable says how the machine is reached by a runtime config.
func (d *differ) reachable(file string) string {
	http := own(d.new.root(file), "http")
	text := "at " + httpPlace(d.new.c.documents[file])
	if n := originsOf(own(http, "cors_allowed_origins")); n == nil {
		text += ", for web pages of every origin"
	} else {
		text += ", for web pages of listed origins"
	}
	if isOn(own(http, "cors_allow_credentials")) {
		text += " with passwords and cookies"
	}
	return text
}

// httpPlace is where a runtime config listens.
func httpPlace(config *document) string {
	where := func(key, other string) string {
		if n := own(config.root, "http", key); n != nil {
			return config.view.Value(n)
		}
		return other
	}
	return where("bind", defaultBind) + " port " + where("port", strconv.Itoa(defaultPort))
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
func (d *differ) exposure(p *diffPair, c nodediff.Change, old, new int, widened, narrowed string) {
	switch {
	case old < new:
		d.add(p, c, ChangeHTTPWidened, func(*delta, *Change) string { return widened })
	case old > new:
		d.add(p, c, ChangeHTTPNarrowed, func(*delta, *Change) string { return narrowed })
	default:
		d.add(p, c, ChangeValue, saying("The value"))
	}
}

// How far an address to listen on reaches.
const (
	reachesItself = iota
	reachesOne
	reachesAll
)

func (d *differ) bind(p *diffPair, c nodediff.Change) {
	old, new := textOr(c.Old, defaultBind), textOr(c.New, defaultBind)
	from, to := reach(old), reach(new)
	if from == to && old != new {
		d.add(p, c, ChangeHTTPMoved, sayingDefault("The address of the HTTP interface", defaultBind))
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
	if strings.EqualFold(bind, "localhost") {
		return reachesItself
	}
	addr, err := netip.ParseAddr(strings.Trim(bind, "[]"))
	switch addr = addr.Unmap(); {
	case bind == "", bind == "*", bind == "0", err == nil && addr.IsUnspecified():
		return reachesAll
	case err == nil && addr.IsLoopback():
		return reachesItself
	}
	return reachesOne
}

// origins judges which web pages may call the machine.
func (d *differ) origins(p *diffPair, c nodediff.Change) {
	old, new := originsOf(c.Old), originsOf(c.New)
	gained, lost := lacks(old, new), lacks(new, old)
	switch {
	case gained && lost:
		d.add(p, c, ChangeHTTPMoved, sayingOnly("The list of origins whose web pages may call the machine"))
	case !gained && !lost && c.Old.IsSeq() && c.New.IsSeq():
		d.add(p, c, ChangeOrder, func(*delta, *Change) string {
			return "The list of allowed origins holds the same in another order, or some twice."
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
