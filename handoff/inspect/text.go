package inspect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/isotime"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// WriteText writes the report for people: the machine and the verdict on the
// first line, then what to pay attention to, then the details. It fits a terminal
// of 100 columns, and mostly one of 80. Long lists end with the number of what is
// left out; the JSON form has all of it.
//
// With color, headings and the verdict have ANSI colors. All text from the package
// is made safe for a terminal. Equal reports give equal bytes. An error is that
// of w.
func (s *Report) WriteText(w io.Writer, color bool) error {
	t := &writer{layout{show.Text{Color: color}, labelWidth}, s}
	t.verdict()
	t.facts()
	t.attention()
	t.profiles()
	t.providers()
	t.behaviors()
	t.pins()
	t.rest()
	return show.Write(w, t.Bytes())
}

type writer struct {
	layout
	*Report
}

func (t *writer) verdict() {
	name := show.Cut(show.Line(t.Machine.DisplayName), hardWidth)
	if id := show.Cut(show.Line(t.Machine.ID), hardWidth); name == "" {
		name = id
	} else if id != "" {
		name += " (" + id + ")"
	}
	if name == "" {
		name = "a machine without a name"
	}
	t.Paint(show.Bold, name)
	t.WriteString(": ")
	warnings := ""
	if t.Warnings > 0 {
		warnings = show.Count(t.Warnings, "warning")
	}
	switch {
	case !t.Valid:
		t.Paint(show.Red, "INVALID: "+joined(", ", show.Count(t.Errors, "error"), warnings))
		t.WriteString("\n\n")
		t.Paint(show.Red, "DO NOT DEPLOY THIS PACKAGE.")
		t.WriteString(" What follows is only what could be read.")
	case warnings != "":
		t.Paint(show.Yellow, "valid with "+warnings)
	default:
		t.Paint(show.Green, "valid")
	}
	t.WriteString("\n\n")
}

func (t *writer) facts() {
	p := &t.Provenance
	t.row(2, "package", t.Package, show.Count(t.Files, "file"), show.Count(t.Size, "byte"), counted("format ", p.FormatVersion, ""))
	if a := t.Archive; a != nil {
		form := "not canonical"
		if a.Canonical {
			form = "canonical"
		}
		t.row(2, "archive", show.Count(a.Size, "byte"), form)
	}
	t.row(2, "digest", t.Digest)
	at := named("state of", p.ExportedAt)
	if p.ExportedAt == isotime.Fallback {
		at = "of unknown time"
	}
	removed := ""
	if isTrue(p.TokenRemoved) {
		removed = "telemetry token taken out"
	}
	t.row(2, "from", named("project", p.SourceProject), at, removed)
	t.row(2, "left out", some(p.OmittedVariants)...)
	m := &t.Machine
	t.row(2, "e-stop", Estop(m.EstopTopology))
	t.row(2, "must run", some(m.ExpectedProviders)...)
	t.row(2, "checked by", m.CheckHTTPScript)
	t.row(2, "contracts", m.ConfigContract, m.HTTPContract)
	t.row(2, "note", m.Notes)
}

// Estop says in words what an emergency stop of a topology does.
func Estop(topology string) string {
	switch topology {
	case "power_cut":
		return "cuts the power of the actuator boards"
	case "signal":
		return "signals the actuator boards to stop; they keep their power"
	}
	return topology
}

func (t *writer) attention() {
	list := t.Report.Attention()
	if len(list) == 0 {
		return
	}
	t.section("Attention")
	t.column = 4
	for _, text := range list[:min(len(list), manyItems)] {
		t.WriteString("  ")
		t.Paint(show.Yellow, "!")
		t.flow(" ", strings.Fields(show.Line(text))...)
	}
	t.more(4, len(list)-manyItems, "point")
}

func (t *writer) behaviors() {
	if len(t.Behaviors) == 0 {
		return
	}
	t.section("Behaviors")
	for _, b := range t.Behaviors[:min(len(t.Behaviors), manyItems)] {
		use := "used by no profile"
		if len(b.Profiles) > 0 {
			use = "used by " + strings.Join(some(b.Profiles), ", ")
		}
		t.column = 2
		t.row(0, "", b.File, show.Count(b.Size, "byte"), "sha256 "+show.Cut(b.SHA256, 16), use)
		var calls []string
		for _, call := range b.Calls {
			calls = append(calls, call.Device+" "+call.Function)
		}
		t.row(4, "calls", some(calls)...)
	}
	t.more(2, len(t.Behaviors)-manyItems, "behavior")
}

// pins shows what the machine was built with apart from what is to be installed.
func (t *writer) pins() {
	for _, group := range [][2]string{{"compatibility.providers.", "Commissioned with"}, {"components.", "Releases to install"}} {
		var names []string
		var pins []Pin
		for _, p := range t.Pins {
			if name, ok := strings.CutPrefix(p.Path, group[0]); ok {
				names = append(names, strings.TrimPrefix(strings.TrimPrefix(name, "providers."), "optional."))
				pins = append(pins, p)
			}
		}
		if len(pins) == 0 {
			continue
		}
		shown := min(len(pins), manyItems)
		t.section(group[1], names[:shown]...)
		for i, p := range pins[:shown] {
			strategy := ""
			if p.Strategy != "" {
				strategy = "(" + p.Strategy + ")"
			}
			t.row(2, names[i], joined(" ", p.Version, strategy), p.Repo, p.Package, p.Notes)
		}
		t.more(2, len(pins)-shown, "version")
	}
}

// rest says how much the text does not show.
func (t *writer) rest() {
	n := t.Machine.MoreValues + t.Provenance.MoreValues
	for _, p := range t.Profiles {
		n += p.MoreValues
	}
	for _, p := range t.Providers {
		n += p.MoreValues
	}
	if n > 0 {
		t.WriteByte('\n')
		t.Paint(show.Dim, "Not shown: "+show.Count(n, "more value")+" of the documents. The JSON form counts them by file.")
		t.WriteByte('\n')
	}
}

// Attention returns what somebody who deploys the package should know first, a sentence
// each.
func (s *Report) Attention() []string {
	var list []string
	secrets := s.missingSecrets()
	missing := func(p *Profile) []string { return secrets[[2]string{p.Name, p.File}] }
	for _, look := range []func(*Profile) []string{startTrouble, missing, exposure, origins, estopNothing, oldTelemetry, restarts} {
		var texts []string
		in := map[string][]string{}
		for i := range s.Profiles {
			p := &s.Profiles[i]
			for _, text := range look(p) {
				if in[text] == nil {
					texts = append(texts, text)
				}
				in[text] = append(in[text], p.Name)
			}
		}
		for _, text := range texts {
			list = append(list, text+s.where(in[text]))
		}
	}
	return list
}

// where says of which runtime profiles something is true, if not of all.
func (s *Report) where(profiles []string) string {
	switch {
	case len(profiles) == len(s.Profiles):
		return ""
	case len(profiles) == 1:
		return " (profile " + strings.Join(some(profiles), ", ") + ")"
	}
	return " (profiles " + strings.Join(some(profiles), ", ") + ")"
}

// missingSecrets is what to say about the slots, by profile and file.
func (s *Report) missingSecrets() map[[2]string][]string {
	texts := map[[2]string][]string{}
	for _, slot := range s.Slots {
		at := [2]string{slot.Profile, slot.File}
		texts[at] = append(texts[at], slot.Variable+" must be set where the runtime starts: it is "+slot.Path)
	}
	return texts
}

func exposure(p *Profile) []string {
	if !p.HTTP.Exposed {
		return nil
	}
	bound := "it is bound to " + cmp.Or(p.HTTP.Bind, "an empty address")
	switch {
	case !p.HTTP.Authentication:
		return []string{"other machines can reach HTTP without a token: " + bound}
	case !p.HTTP.TLS:
		return []string{"other machines can reach HTTP, and their token travels unencrypted: " + bound}
	}
	return []string{"other machines can reach HTTP: " + bound}
}

// estopNothing is about an emergency stop that latches and drives nothing.
func estopNothing(p *Profile) []string {
	switch e := p.EmergencyStop; {
	case e == nil || e.Drives != "nothing" || e.isUnsaid() || len(p.Providers) == 0:
		return nil
	case e.Declared:
		return []string{"an emergency stop drives nothing: the safe state has no hooks and no setpoints, and zero_is_safe is not true"}
	}
	return []string{"an emergency stop drives nothing: there is no safety section, and no mode hook from any mode to FAULT"}
}

func origins(p *Profile) []string {
	switch {
	case !p.HTTP.AnyOrigin:
		return nil
	case len(p.HTTP.CORSOrigins) == 0:
		return []string{"web pages of every origin may use HTTP: no CORS origins are listed"}
	}
	return []string{"web pages of every origin may use HTTP: CORS has *"}
}

func oldTelemetry(p *Profile) []string {
	if !p.Telemetry.Enabled || !p.Telemetry.OldPlace {
		return nil
	}
	return []string{"the target of telemetry stands at its old place, telemetry.influx_url and so on"}
}

func restarts(p *Profile) []string {
	var ids []string
	for _, process := range p.Providers {
		if process.Restart == nil || !process.Restart.Enabled {
			ids = append(ids, idOf(process.ID))
		}
	}
	switch len(ids) {
	case 0:
		return nil
	case 1:
		return []string{"provider " + strings.Join(some(ids), ", ") + " is not restarted when it ends by itself"}
	}
	return []string{"providers " + strings.Join(some(ids), ", ") + " are not restarted when they end by themselves"}
}

// Fact is a label and what a person should know under it, in words. Text from the
// package is in it as it is, without a secret.
type Fact struct {
	Label  string
	Values []string
}

func (f Fact) equal(g Fact) bool { return f.Label == g.Label && slices.Equal(f.Values, g.Values) }

// profiles shows what is the same in several profiles only once.
func (t *writer) profiles() {
	if len(t.Profiles) == 0 {
		return
	}
	shared, lines := t.Facts()
	if len(shared) > 0 {
		t.section("In each of the " + show.Count(len(lines), "runtime profile"))
		for _, l := range shared {
			t.row(2, l.Label, l.Values...)
		}
	}
	shown := t.Profiles[:min(len(t.Profiles), manyItems)]
	t.section("Runtime profiles", namesOf(shown, func(p Profile) string { return p.Name })...)
	for i, p := range shown {
		t.row(2, p.Name, p.File, named("runtime", p.RuntimeName))
		t.row(4, "also named", some(p.AlsoNamed)...)
		for _, l := range lines[i] {
			t.row(4, l.Label, l.Values...)
		}
	}
	t.more(2, len(t.Profiles)-len(shown), "profile")
}

// Facts returns what the profile does, in words: whether it starts, who can reach it,
// where measurements go, what it does by itself and on an emergency stop. Every profile
// has the same labels; a fact without values is one that the package says nothing of.
func (p *Profile) Facts() []Fact {
	return said([]Fact{
		{"start", startPieces(p.Starts)},
		{"http", p.HTTP.pieces()},
		{"callers", p.HTTP.callers()},
		{"cors", p.HTTP.cors()},
		{"telemetry", p.Telemetry.pieces()},
		{"automation", p.Automation.pieces()},
		{"on AUTO", p.onAuto()},
		{"e-stop", p.EmergencyStop.pieces()},
		{"polling", []string{counted("every ", p.PollingMS, " ms")}},
		{"logging", []string{p.LoggingLevel}},
	})
}

// Facts returns what all runtime profiles have in common, if there are several, and
// for each profile the other facts.
func (s *Report) Facts() (shared []Fact, own [][]Fact) {
	own = make([][]Fact, len(s.Profiles))
	for i := range s.Profiles {
		own[i] = s.Profiles[i].Facts()
	}
	if len(own) < 2 {
		return nil, own
	}
	for i, f := range own[0] {
		if !slices.ContainsFunc(own, func(other []Fact) bool { return !f.equal(other[i]) }) {
			shared = append(shared, f)
		}
	}
	for i := range own {
		own[i] = slices.DeleteFunc(own[i], func(f Fact) bool { return slices.ContainsFunc(shared, f.equal) })
	}
	return shared, own
}

// said are facts without values that are empty.
func said(facts []Fact) []Fact {
	for i := range facts {
		facts[i].Values = slices.DeleteFunc(facts[i].Values, func(text string) bool { return text == "" })
	}
	return facts
}

// startPieces says whether the machine starts with a profile.
func startPieces(starts string) []string {
	switch starts {
	case "yes":
		return []string{"nothing in the package stops it"}
	case "no":
		return []string{"DOES NOT START, anpkg validate says why"}
	case "unknown":
		return []string{"may not start, anpkg validate says why"}
	}
	return nil
}

// onAuto says what happens when the machine enters AUTO.
func (p *Profile) onAuto() []string {
	switch {
	case p.AutoRefused:
		return []string{"is refused: no mode hook covers the step from AUTO to FAULT"}
	case len(p.OnAuto) > 0:
		return some(p.OnAuto)
	}
	return nil
}

// startTrouble is about a profile that does not start.
func startTrouble(p *Profile) []string {
	switch {
	case p.Starts == "no":
		return []string{"the machine does not start; anpkg validate says why"}
	case p.AutoRefused:
		return []string{"the machine never enters AUTO: no mode hook covers the step from AUTO to FAULT"}
	}
	return nil
}

func (h *HTTP) pieces() []string {
	if !h.Enabled {
		return []string{"off"}
	}
	bind, port := h.Bind, counted("", h.Port, "")
	if strings.Contains(bind, ":") { // IPv6
		bind = "[" + bind + "]"
	}
	at := bind + ":" + port
	switch {
	case bind == "" && h.Exposed:
		at = "an empty address at port " + port
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

// callers says what callers must show, where that is more or less than nothing.
func (h *HTTP) callers() []string {
	if !h.Enabled || !h.Exposed && !h.Authentication && !h.TLS {
		return nil
	}
	list := []string{"need no token", "not encrypted"}
	if h.Authentication {
		list[0] = "must show a token"
	}
	if h.TLS {
		list[1] = "encrypted (TLS)"
	}
	return list
}

// isUnsaid reports whether the package says nothing about an emergency stop: neither
// a version of the runtime nor a safe state.
func (e *EmergencyStop) isUnsaid() bool {
	return e.FromVersion != "" && e.Drives == "nothing" && !e.Declared
}

func (e *EmergencyStop) pieces() []string {
	if e == nil || e.isUnsaid() {
		return nil
	}
	var list []string
	switch e.Drives {
	case "hooks":
		list = append([]string{"runs the hooks of the safe state"}, some(e.Calls)...)
	case "setpoints":
		list = append([]string{"runs the setpoints of the safe state, if they cover every function that actuates"}, some(e.Calls)...)
	case "zero":
		list = []string{"sets every output to zero"}
	case "fault-hooks":
		list = append([]string{"runs the mode hooks to FAULT"}, some(e.Calls)...)
	default:
		list = []string{"drives nothing"}
	}
	if e.FromVersion != "" {
		list = append(list, "with a runtime from "+e.FromVersion+" on")
	}
	return list
}

func (h *HTTP) cors() []string {
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
		list = append(list, show.Count(a.Parameters, "parameter"))
	}
	if a.Hooks > 0 {
		list = append(list, show.Count(a.Hooks, "mode hook"))
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

func (t *writer) providers() {
	list := t.allProviders()
	if len(list) == 0 {
		return
	}
	shown := list[:min(len(list), manyItems)]
	t.section("Providers", namesOf(shown, func(p Provider) string { return p.ID })...)
	for _, p := range shown {
		t.provider(&p)
	}
	t.more(2, len(list)-len(shown), "provider")
}

// allProviders are those of the machine profile, and those that only a runtime
// config knows.
func (t *writer) allProviders() []Provider {
	list := slices.Clone(t.Providers)
	known := map[string]bool{}
	for _, p := range list {
		known[p.ID] = true
	}
	for _, profile := range t.Profiles {
		for _, process := range profile.Providers {
			if !known[process.ID] {
				known[process.ID] = true
				list = append(list, Provider{ID: process.ID})
			}
		}
	}
	return list
}

func (t *writer) provider(p *Provider) {
	file, name := p.File, ""
	if file == "" {
		file = "no config"
	}
	if p.Name != p.ID {
		name = named("calls itself", p.Name)
	}
	t.row(2, idOf(p.ID), file, name, p.Notes)
	processes, profiles := t.processes(p.ID)
	for i, process := range processes[:min(len(processes), manyItems)] {
		if len(profiles[i]) < len(t.Profiles) {
			t.row(4, "in", some(profiles[i])...)
		}
		for _, f := range process.Facts() {
			t.row(4, f.Label, f.Values...)
		}
	}
	t.more(4, len(processes)-manyItems, "way")
	if len(processes) == 0 {
		t.row(4, "command", "no runtime profile starts it")
	}
	t.row(4, "bus", p.BusPath)
	t.row(4, "opens", some(slices.DeleteFunc(slices.Clone(p.DevicePaths), func(path string) bool { return path == p.BusPath }))...)
	t.devices(p.Devices)
}

// Facts returns how the provider is started, in words: its command, its timeouts, and
// when it is started again.
func (p *Process) Facts() []Fact {
	return said([]Fact{
		{"command", []string{commandLine(p)}},
		{"timeouts", []string{counted("call ", p.TimeoutMS, " ms"), counted("hello ", p.HelloTimeoutMS, " ms"), counted("ready ", p.ReadyTimeoutMS, " ms")}},
		{"restart", p.Restart.pieces()},
	})
}

// processes are the different ways in which the runtime profiles start a
// provider, with the names of the profiles.
func (s *Report) processes(id string) (list []Process, profiles [][]string) {
	at := map[string]int{} // by what it says
	for _, p := range s.Profiles {
		for _, process := range p.Providers {
			if process.ID != id {
				continue
			}
			text, _ := json.Marshal(process) // nothing in it can fail
			i, ok := at[string(text)]
			if !ok {
				i = len(list)
				at[string(text)] = i
				list, profiles = append(list, process), append(profiles, nil)
			}
			profiles[i] = append(profiles[i], p.Name)
		}
	}
	return list, profiles
}

// pieces is the restart policy in words.
func (r *Restart) pieces() []string {
	switch {
	case r == nil:
		return []string{"never (no policy is given)"}
	case !r.Enabled:
		return []string{"never"}
	}
	times := "on"
	if r.MaxAttempts != nil {
		times = "up to " + show.Count(*r.MaxAttempts, "time")
	}
	var pauses []string
	for _, ms := range r.BackoffMS[:min(len(r.BackoffMS), manyItems)] {
		pauses = append(pauses, strconv.FormatInt(ms, 10))
	}
	if left := len(r.BackoffMS) - len(pauses); left > 0 {
		pauses = append(pauses, fmt.Sprintf("and %d more", left))
	}
	after := ""
	if len(pauses) > 0 {
		after = "after " + strings.Join(pauses, ", ") + " ms"
	}
	return []string{joined(" ", times, after), counted("each within ", r.TimeoutMS, " ms"), counted("count reset after ", r.SuccessResetMS, " ms")}
}

// commandLine is the command as a shell would take it, near enough to read.
func commandLine(p *Process) string {
	words := []string{quotedWord(p.Command)}
	for _, arg := range p.Args[:min(len(p.Args), manyItems)] {
		words = append(words, quotedWord(arg))
	}
	text := strings.Join(words, " ")
	if left := len(p.Args) - manyItems; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

func quotedWord(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\n\"'") {
		return strconv.QuoteToGraphic(s)
	}
	return s
}

// devices writes a table.
func (t *writer) devices(devices []Device) {
	var rows [][4]string
	var widths [3]int
	for _, d := range devices[:min(len(devices), manyItems)] {
		row := [4]string{idOf(d.ID), d.Type, d.SpelledAddress(), d.Label}
		for i := range row {
			row[i] = show.Cut(show.Line(row[i]), softWidth)
		}
		for i := range widths {
			widths[i] = max(widths[i], width(row[i]))
		}
		rows = append(rows, row)
	}
	label := "devices"
	for _, row := range rows {
		line := fmt.Sprintf("    %-*s", t.column-4, label)
		for i, cell := range row[:3] {
			if widths[i] > 0 {
				line += cell + strings.Repeat(" ", widths[i]-width(cell)+2)
			}
		}
		t.WriteString(show.Cut(strings.TrimRight(line+row[3], " "), hardWidth-1) + "\n")
		label = ""
	}
	t.more(t.column, len(devices)-len(rows), "device")
}

// SpelledAddress returns the address in the base in which people and data sheets know
// it: 28 of a device on I2C is 0x1C.
func (d *Device) SpelledAddress() string {
	if n, err := strconv.ParseUint(d.Address, 10, 7); err == nil {
		return fmt.Sprintf("0x%02X", n)
	}
	return d.Address
}
