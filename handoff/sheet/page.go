package sheet

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	_ "embed"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/isotime"
	"github.com/anolishq/anolis-handoff/internal/show"
)

const (
	// manyProblems and manyRows of a table are shown.
	manyProblems, manyRows = 100, 1000
	// manyProfiles are described.
	manyProfiles = 50
)

//go:embed page.css
var pageStyle string

//go:embed picture.css
var pictureStyle string

// page writes the document.
func (s *sheet) page() []byte {
	var w writer
	w.sheet = s
	title := "Handoff sheet: " + s.name()
	style := styleOf(s.info.Digest)
	w.WriteString("<!DOCTYPE html>\n")
	w.start("html", "lang", "en")
	w.start("head")
	w.void("meta", "charset", "utf-8")
	w.void("meta", "http-equiv", "Content-Security-Policy", "content", ContentSecurityPolicy(s.info.Digest))
	w.void("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
	w.void("meta", "name", "color-scheme", "content", "light dark")
	w.element("title", title)
	w.WriteString("<style>" + style + "</style>\n")
	w.end()
	w.start("body")
	w.start("main")
	w.newline()
	w.titleBlock()
	w.verdict()
	w.previous()
	w.attention()
	w.machine()
	w.profiles()
	w.behaviors()
	w.tables()
	w.checklist()
	w.end()
	w.end()
	w.end()
	w.newline()
	return w.Bytes()
}

// ContentSecurityPolicy returns the policy that the sheet of a package with a digest
// (Package.Digest) keeps: nothing but its own style. The sheet has it as a meta element;
// a server that sends the sheet can say it in its header, too.
func ContentSecurityPolicy(digest string) string {
	hash := sha256.Sum256([]byte(styleOf(digest)))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'"
}

func styleOf(digest string) string { return pictureStyle + pageStyle + footer(digest) }

// footer is the style of what stands at the foot of each page on paper: which package
// the page is about. Only the digits of a digest get into a style.
func footer(digest string) string {
	list := groups(digest)
	if len(list) < 4 || strings.Trim(digest, "0123456789abcdef") != "" {
		return ""
	}
	return `@page{@bottom-left{font:8pt sans-serif;content:"package ` + strings.Join(list[:4], " ") + ` …"}}` + "\n"
}

// groups are the parts of a digest that a person compares one by one.
func groups(digest string) []string {
	var list []string
	for part := range slices.Chunk([]byte(digest), 4) {
		list = append(list, string(part))
	}
	return list
}

func (s *sheet) name() string {
	return cmp.Or(s.info.Machine.DisplayName, s.info.Machine.ID, "a machine without a name")
}

// writer writes the page, section by section.
type writer struct {
	markup
	*sheet
}

func (w *writer) section(id, title string) {
	w.sectionOf("", id, title)
}

func (w *writer) sectionOf(class, id, title string) {
	w.start("section", "class", class, "aria-labelledby", id)
	w.element("h2", title, "id", id)
	w.newline()
}

func (w *writer) close() {
	w.end()
	w.newline()
}

// term writes a term and its descriptions; none if there is nothing to say.
func (w *writer) term(name string, values ...string) {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if len(values) == 0 {
		return
	}
	w.start("div")
	w.element("dt", name)
	for _, v := range values {
		w.start("dd")
		w.words(v)
		w.end()
	}
	w.end()
	w.newline()
}

// table writes a table with a heading for each column. A column whose name begins with
// a dot is in a fixed-width font, one with a plus has sentences and room for them. Without rows there is no table, and without cells
// there is no column.
func (w *writer) table(caption string, columns []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	shown := rows[:min(len(rows), manyRows)]
	used := make([]bool, len(columns))
	for _, row := range shown {
		for i, cell := range row {
			used[i] = used[i] || cell != ""
		}
	}
	w.start("div", "class", "scroll", "role", "region", "aria-label", caption, "tabindex", "0")
	w.start("table")
	w.element("caption", caption)
	w.start("thead")
	w.start("tr")
	for i, c := range columns {
		if used[i] {
			w.element("th", strings.TrimLeft(c, ".+"), "scope", "col")
		}
	}
	w.end()
	w.end()
	w.start("tbody")
	w.newline()
	for _, row := range shown {
		w.start("tr")
		for i, cell := range row {
			if used[i] {
				class := map[byte]string{'.': "mono", '+': "wide"}[columns[i][0]]
				w.start("td", "class", class)
				w.words(cell)
				w.end()
			}
		}
		w.end()
		w.newline()
	}
	w.end()
	w.end()
	w.end()
	w.newline()
	w.left(len(rows)-manyRows, "row")
}

// left says how much is not shown.
func (w *writer) left(n int, noun string) {
	if n > 0 {
		w.element("p", show.Count(n, "more "+noun)+" not shown. anpkg inspect --format json has all.", "class", "cut")
		w.newline()
	}
}

func (w *writer) titleBlock() {
	w.start("header")
	w.element("p", "Handoff sheet", "class", "kind")
	w.element("h1", w.name())
	w.newline()
	i, p := w.info, &w.info.Provenance
	w.start("dl", "class", "facts")
	w.newline()
	w.term("Machine", i.Machine.ID)
	w.term("Project", p.SourceProject)
	state := p.ExportedAt
	if state == "" || state == isotime.Fallback {
		state = "unknown"
	}
	w.term("State of", state)
	if p.ExportedVariant != "" {
		w.term("Exported for", "runtime profile "+p.ExportedVariant)
	}
	format := ""
	if p.FormatVersion != nil {
		format = "Handoff Package v" + num(int(*p.FormatVersion))
	}
	w.term("Format", format)
	w.term("Content", show.Count(i.Files, "file"), show.Count(i.Size, "byte"))
	if a := i.Archive; a != nil {
		form := "as the exporter writes it"
		if !a.Canonical {
			form = "not as the exporter writes it"
		}
		w.term("Archive", show.Count(a.Size, "byte"), form)
	}
	w.end()
	w.newline()
	w.digest("SHA-256 of the package", i.Digest)
	if a := i.Archive; a != nil && a.SHA256 != i.Digest {
		w.digest("SHA-256 of the file as it came", a.SHA256)
	}
	w.close()
}

func (w *writer) digest(name, digest string) {
	w.start("div", "class", "digest")
	w.element("p", name)
	w.start("p", "class", "mono")
	for _, group := range groups(digest) {
		w.element("span", group)
	}
	w.end()
	w.close()
}

func (w *writer) verdict() {
	w.section("verdict", "Verdict")
	class := "good"
	switch {
	case !w.report.Valid:
		class = "bad"
	case len(w.report.Problems) > 0:
		class = "warn"
	}
	w.element("p", "The package is "+w.report.Verdict()+".", "class", "verdict "+class)
	if !w.report.Valid {
		w.element("p", "Do not deploy this package. What follows is only what could be read.", "class", "verdict bad")
	}
	for _, line := range w.report.Rehearsal.Lines() {
		w.element("p", "Rehearsal: "+line+".")
	}
	var skipped []string
	for _, c := range w.report.Skipped {
		skipped = append(skipped, c.Check+" ("+c.Reason+")")
	}
	if len(skipped) > 0 {
		w.element("p", "Not checked: "+strings.Join(skipped, ", ")+".")
	}
	w.newline()
	var rows [][]string
	for i, p := range w.report.Problems[:min(len(w.report.Problems), manyProblems)] {
		at := p.File
		if p.Line > 0 {
			at += ":" + num(p.Line)
		}
		message := p.Message
		if p.Hint != "" {
			message += ". " + p.Hint
		}
		rows = append(rows, []string{"!" + num(i+1), string(p.Severity), at, message, string(p.Code)})
	}
	w.table("Problems", []string{".No.", "Severity", ".Place", "+What is wrong, and what to do", ".Code"}, rows)
	w.left(len(w.report.Problems)-manyProblems, "problem")
	w.close()
}

// previous says what changed since the package before.
func (w *writer) previous() {
	c := w.changes
	if c == nil {
		return
	}
	w.section("changes", "Changes since the package before")
	w.digest("SHA-256 of the package before", c.Old.Digest)
	if len(c.Changes) == 0 {
		w.element("p", "Nothing changed.")
		w.close()
		return
	}
	w.element("p", show.Count(len(c.Changes), "change")+": "+num(c.Count(diff.High))+" of high, "+num(c.Count(diff.Medium))+" of medium, "+
		num(c.Count(diff.Low))+" of low risk.")
	var rows [][]string
	for i, x := range c.Changes[:min(len(c.Changes), manyProblems)] {
		value := func(v *diff.Value) string {
			if v == nil {
				return ""
			}
			return v.Text
		}
		rows = append(rows, []string{"Δ" + num(i+1), string(x.Risk), x.Message, value(x.Old), value(x.New)})
	}
	w.table("What changed", []string{".No.", "Risk", "+Change", ".Before", ".Now"}, rows)
	w.left(len(c.Changes)-manyProblems, "change")
	w.close()
}

func (w *writer) attention() {
	list := w.info.Attention()
	if len(list) == 0 {
		return
	}
	w.section("attention", "Mind this first")
	w.start("ul")
	for _, text := range list[:min(len(list), manyProfiles)] {
		w.element("li", text)
	}
	w.end()
	w.left(len(list)-manyProfiles, "point")
	w.close()
}

// figures writes pictures that belong together, with what is said below them.
func (w *writer) figures(list []figure, caption string) {
	for _, stack := range stacks(list) {
		w.start("figure")
		w.start("div", "class", "scroll", "role", "region", "aria-label", "Picture: "+stack[0].title, "tabindex", "0")
		for i := range stack {
			w.Write(stack[i].svg())
			w.newline()
		}
		w.end()
		if caption != "" {
			w.element("figcaption", caption)
		}
		w.end()
		w.newline()
	}
}

func (w *writer) machine() {
	w.section("machine", "The machine")
	w.element("p", estop(w.info.Machine.EstopTopology))
	figures, undrawn := w.machineFigures()
	caption := ""
	if len(w.marks) > 0 {
		caption = "!1 marks what problem 1 of the verdict is about"
		if w.changes != nil {
			caption += ", Δ1 what change 1 is about"
		}
		caption += ". A broken outline marks what is called and is not there."
	}
	w.figures(figures, caption)
	w.left(undrawn, "part")
	var rows [][]string
	for i := range w.info.Providers {
		p := &w.info.Providers[i]
		for j := range p.Devices {
			d := &p.Devices[j]
			rows = append(rows, []string{p.ID + "/" + d.ID, d.Type, p.BusPath, d.SpelledAddress(), d.Label})
		}
	}
	w.table("Devices", []string{".Device", ".Type", ".Bus", ".Address", "Label"}, rows)
	rows = nil
	seen := map[string]bool{}
	for i := range w.info.Profiles {
		for j := range w.info.Profiles[i].Providers {
			p := &w.info.Profiles[i].Providers[j]
			row := []string{p.ID}
			for _, f := range p.Facts() {
				row = append(row, strings.Join(f.Values, ", "))
			}
			if key := strings.Join(row, "\x00"); !seen[key] && len(rows) <= manyRows {
				seen[key] = true
				rows = append(rows, row)
			}
		}
	}
	w.table("Programs", []string{".Provider", ".Command", "Timeouts", "Started again"}, rows)
	w.close()
}

// estop is what the emergency stop of the machine does to its boards.
func estop(topology string) string {
	if topology == "" {
		return "The package does not say what the emergency stop does to the power of the actuators."
	}
	return "Emergency stop: " + inspect.Estop(topology) + "."
}

func (w *writer) profiles() {
	if len(w.info.Profiles) == 0 {
		return
	}
	w.section("profiles", "What each runtime profile does")
	shared, own := w.info.Facts()
	facts := func(list []inspect.Fact) {
		w.start("dl", "class", "facts profile")
		for _, f := range list {
			w.term(labels[f.Label], f.Values...)
		}
		w.end()
		w.newline()
	}
	if len(shared) > 0 {
		w.element("h3", "In each of the "+num(len(own))+" runtime profiles")
		facts(shared)
	}
	for i := range w.info.Profiles[:min(len(own), manyProfiles)] {
		p := &w.info.Profiles[i]
		w.start("div", "class", "together")
		w.element("h3", strings.Join(append([]string{p.Name}, p.AlsoNamed...), ", "))
		facts(append([]inspect.Fact{{Label: "config", Values: []string{p.File, p.RuntimeName}}}, own[i]...))
		w.end()
	}
	w.left(len(own)-manyProfiles, "profile")
	w.close()
}

// labels are those of facts, spelled out.
var labels = map[string]string{
	"config": "Config", "start": "Start", "http": "HTTP", "callers": "Callers", "cors": "Web pages", "telemetry": "Telemetry",
	"automation": "Automation", "on AUTO": "On AUTO", "e-stop": "Emergency stop", "polling": "Polling", "logging": "Logging",
}

func (w *writer) behaviors() {
	if len(w.trees) == 0 {
		return
	}
	w.section("behaviors", "Behavior trees")
	w.figures([]figure{*legend()}, "The outline of a node says what it is. The number before it is its line in the file.")
	for _, t := range w.trees {
		w.element("h3", t.file)
		w.element("p", "Used by "+strings.Join(some(t.profiles), ", ")+".")
		for _, text := range t.trouble {
			w.element("p", text, "class", "bad")
		}
		for _, stack := range stacks(t.figures) {
			w.element("h4", stack[0].title)
			w.figures(stack, "")
		}
		w.left(t.omitted, "node")
	}
	w.close()
}

// some are the first of many names.
func some(names []string) []string {
	const most = 12
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most]), "and "+num(len(names)-most)+" more")
}

// limitsOf are the values that a parameter can have.
func limitsOf(p *inspect.Parameter) string {
	switch {
	case len(p.Allowed) > 0:
		return strings.Join(p.Allowed, ", ")
	case p.Min != "" && p.Max != "":
		return p.Min + " to " + p.Max
	case p.Min != "":
		return "from " + p.Min
	case p.Max != "":
		return "up to " + p.Max
	}
	return ""
}

// grouped adds a row for a profile, or its name to the same row of another one.
type grouped struct {
	rows  [][]string
	names map[string]*[]string
}

func (g *grouped) add(profile string, row ...string) {
	key := strings.Join(row, "\x00")
	if g.names == nil {
		g.names = map[string]*[]string{}
	}
	if names := g.names[key]; names != nil {
		*names = append(*names, profile)
		return
	}
	if len(g.rows) > manyRows {
		return
	}
	g.names[key] = &[]string{profile}
	g.rows = append(g.rows, row)
}

// all are the rows, each with the names of its profiles at the end.
func (g *grouped) all() [][]string {
	for i, row := range g.rows {
		g.rows[i] = append(row, strings.Join(some(*g.names[strings.Join(row, "\x00")]), ", "))
	}
	return g.rows
}

func (w *writer) tables() {
	var parameters, hooks grouped
	for i := range w.info.Profiles {
		p := &w.info.Profiles[i]
		for j := range p.Automation.ParameterList {
			q := &p.Automation.ParameterList[j]
			parameters.add(p.Name, q.Name, q.Type, q.Default, limitsOf(q))
		}
		for _, h := range p.Automation.ModeHooks {
			hooks.add(p.Name, h.When+" "+h.From+" → "+h.To, strings.Join(some(h.Calls), ", "))
		}
	}
	if len(parameters.rows)+len(hooks.rows) > 0 {
		w.section("parameters", "Parameters and mode hooks")
		w.table("Parameters", []string{".Parameter", "Type", ".Default", ".Limits", "Profiles"}, parameters.all())
		w.table("Mode hooks", []string{"Change of mode", ".Calls", "Profiles"}, hooks.all())
		w.close()
	}
	w.section("secrets", "Secrets to supply")
	var secrets grouped
	for _, s := range w.info.Slots {
		secrets.add(s.Profile, s.Variable, s.Path)
	}
	if len(secrets.rows) == 0 {
		w.element("p", "None.")
	} else {
		w.element("p", "The package holds none of them. Set each where the runtime starts.")
		w.table("Secrets", []string{".Variable", ".Key of the config", "Profiles"}, secrets.all())
	}
	w.close()
	var rows [][]string
	for _, p := range w.info.Pins {
		rows = append(rows, []string{p.Path, p.Version, p.Strategy, joined(", ", p.Repo, p.Package), p.Notes})
	}
	w.section("versions", "Versions")
	w.table("Pinned versions", []string{".Key of the machine profile", ".Version", "Strategy", "From", "Notes"}, rows)
	if len(rows) == 0 {
		w.element("p", "The package pins no versions.")
	}
	w.close()
	w.section("files", "Files")
	rows = nil
	for _, f := range w.report.Files[:min(len(w.report.Files), manyRows)] {
		rows = append(rows, []string{f.Path, num(int(f.Size)), strings.Join(groups(f.SHA256), " ")})
	}
	w.table("Files of the package", []string{".File", "Bytes", ".SHA-256"}, rows)
	w.left(len(w.report.Files)-manyRows, "file")
	w.end()
	w.newline()
	w.section("omitted", "Not in the package")
	w.start("ul")
	if o := w.info.Provenance.OmittedVariants; len(o) > 0 {
		w.element("li", "Runtime profiles: "+strings.Join(some(o), ", ")+".")
	}
	if r := w.info.Provenance.TokenRemoved; r != nil && *r {
		w.element("li", "The telemetry token, which the export took out.")
	}
	w.element("li", "The programs of the runtime and of the providers, and the secrets above.")
	w.end()
	w.close()
}

// joined joins what is not empty.
func joined(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), separator)
}

// checklist is for those who hand the machine over.
func (w *writer) checklist() {
	w.sectionOf("alone", "checklist", "Hand-over") // a page to sign
	w.start("ul", "class", "boxes")
	box := func(text string) {
		w.start("li")
		w.element("span", "", "class", "box", "aria-hidden", "true")
		w.element("span", text)
		w.end()
		w.newline()
	}
	box("The digest of the package on the machine is the one on this sheet: anpkg validate PACKAGE")
	box("Unpacked: anpkg unpack PACKAGE DIR")
	box("Nothing was changed since: anpkg drift DIR")
	box("The machine is ready: anpkg preflight DIR")
	seen := map[string]bool{}
	for _, s := range w.info.Slots {
		if !seen[s.Variable] {
			seen[s.Variable] = true
			box("Secret supplied: " + s.Variable)
		}
	}
	for _, p := range w.info.Providers[:min(len(w.info.Providers), manyProfiles)] {
		if p.BusPath != "" {
			box("Provider " + p.ID + " has found its " + show.Count(len(p.Devices), "device") + " on " + p.BusPath)
		}
	}
	box("First start with nobody in reach of the machine; every provider is ready")
	box("Emergency stop rehearsed in MANUAL: what this sheet says happened")
	if slices.ContainsFunc(w.info.Profiles, func(p inspect.Profile) bool { return p.Automation.Enabled }) {
		box("AUTO entered, and emergency stop rehearsed in AUTO")
	}
	w.end()
	w.newline()
	w.start("div", "class", "sign")
	for _, who := range []string{"Handed over by", "Taken over by"} {
		w.start("div", "class", "together")
		w.element("h3", who)
		w.start("dl")
		for _, what := range []string{"Name", "Date", "Signature"} {
			w.start("div")
			w.element("dt", what)
			w.element("dd", "")
			w.end()
		}
		w.end()
		w.end()
	}
	w.end()
	w.close()
}
