package handoff

import (
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

// line is a label and the pieces behind it.
type line struct {
	label  string
	pieces []string
}

func (l line) equal(m line) bool { return l.label == m.label && slices.Equal(l.pieces, m.pieces) }

// profiles shows what is the same in several profiles only once.
func (t *summaryText) profiles() {
	if len(t.Profiles) == 0 {
		return
	}
	lines := make([][]line, len(t.Profiles))
	for i := range t.Profiles {
		lines[i] = t.profile(&t.Profiles[i])
	}
	var shared []line
	if len(lines) > 1 {
		for i, l := range lines[0] {
			if !slices.ContainsFunc(lines, func(other []line) bool { return !l.equal(other[i]) }) {
				shared = append(shared, l)
			}
		}
	}
	if len(shared) > 0 {
		t.section("In each of the " + printable.Count(len(lines), "runtime profile"))
		for _, l := range shared {
			t.row(2, l.label, l.pieces...)
		}
	}
	shown := t.Profiles[:min(len(t.Profiles), manyItems)]
	t.section("Runtime profiles", namesOf(shown, func(p RuntimeProfile) string { return p.Name })...)
	for i, p := range shown {
		t.row(2, p.Name, p.File, named("runtime", p.RuntimeName))
		t.row(4, "also named", some(p.AlsoNamed)...)
		for _, l := range lines[i] {
			if !slices.ContainsFunc(shared, l.equal) {
				t.row(4, l.label, l.pieces...)
			}
		}
	}
	t.more(2, len(t.Profiles)-len(shown), "profile")
}

// profile has the same labels for every profile.
func (t *summaryText) profile(p *RuntimeProfile) []line {
	return []line{
		{"http", p.HTTP.pieces()},
		{"cors", p.HTTP.cors()},
		{"telemetry", p.Telemetry.pieces()},
		{"automation", p.Automation.pieces()},
		{"polling", []string{counted("every ", p.PollingMS, " ms")}},
		{"logging", []string{p.LoggingLevel}},
	}
}

func (h *HTTPAccess) pieces() []string {
	if !h.Enabled {
		return []string{"off"}
	}
	bind, port := h.Bind, counted("", h.Port, "")
	if strings.Contains(bind, ":") { // IPv6
		bind = "[" + bind + "]"
	}
	at := bind + ":" + port
	switch {
	case bind == "" && port == "":
		at = "default address and port"
	case bind == "":
		at = "default address at port " + port
	case port == "":
		at = bind + " at the default port"
	}
	if h.Exposed {
		return []string{at, "open to other machines"}
	}
	return []string{at}
}

func (h *HTTPAccess) cors() []string {
	if !h.Enabled {
		return nil
	}
	list := some(h.CORSOrigins)
	if h.AnyOrigin {
		list = []string{"every origin"}
	}
	if h.CORSCredentials {
		list = append(list, "with credentials")
	}
	return list
}

func (x *Telemetry) pieces() []string {
	if !x.Enabled {
		return []string{"off"}
	}
	url := x.URL
	if url == "" {
		url = "the default server"
	}
	return []string{"to " + url, named("org", x.Org), named("bucket", x.Bucket)}
}

func (a *Automation) pieces() []string {
	if !a.Enabled {
		return []string{"off"}
	}
	tree := "no behavior tree"
	if a.BehaviorTree != "" {
		tree = path.Base(a.BehaviorTree)
	}
	list := []string{joined(" ", tree, counted("at ", a.TickRateHz, " Hz"))}
	if a.Parameters > 0 {
		list = append(list, printable.Count(a.Parameters, "parameter"))
	}
	if a.Hooks > 0 {
		list = append(list, printable.Count(a.Hooks, "mode hook"))
	}
	switch a.ManualGatingPolicy {
	case "":
	case "BLOCK":
		list = append(list, "manual calls are blocked")
	case "OVERRIDE":
		list = append(list, "manual calls override it")
	default:
		list = append(list, "manual calls: "+a.ManualGatingPolicy)
	}
	return list
}
