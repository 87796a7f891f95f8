package sheet

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/validator"
)

const (
	// manyProviders and manyDevices are drawn.
	manyProviders, manyDevices = 60, 300
	// manyLinesOf a box are written.
	manyLinesOf = 12
)

// figure is a picture in the making. Those that continue another one stand below it
// without a gap, so that a page may end between them.
type figure struct {
	canvas
	title     string
	about     string // what it shows, in words
	list      bool   // of rows that a screen reader reads one by one
	continued bool
	height    int
}

// svg writes the figure as an element.
func (f *figure) svg(attrs ...string) []byte {
	var m markup
	attrs = append(attrs, "class", "picture", "viewBox", "0 0 "+num(canvasWidth)+" "+num(f.height))
	label := f.title
	if f.about != "" {
		label += ". " + f.about
	}
	role := "img"
	if f.list {
		role = "list"
	}
	m.start("svg", append(attrs, "role", role, "aria-label", label)...)
	m.Write(f.Bytes())
	m.end()
	return m.Bytes()
}

// stacks are the figures that stand below each other: one, and those that continue it.
func stacks(list []figure) (stacks [][]figure) {
	for first := 0; first < len(list); {
		end := first + 1
		for end < len(list) && list[end].continued {
			end++
		}
		stacks, first = append(stacks, list[first:end]), end
	}
	return stacks
}

// joinedFigures is one figure of several that stand below each other.
func joinedFigures(list []figure) *figure {
	whole := &figure{title: list[0].title, list: list[0].list}
	about := []string{}
	for i := range list {
		f := &list[i]
		whole.start("svg", "x", "0", "y", num(whole.height), "width", num(canvasWidth), "height", num(f.height))
		whole.Write(f.Bytes())
		whole.end()
		whole.height += f.height
		if f.about != "" {
			about = append(about, f.about)
		}
	}
	whole.about = strings.Join(about, " ")
	return whole
}

// document is the figure as a file of its own.
func (f *figure) document() []byte {
	body := f.svg("xmlns", "http://www.w3.org/2000/svg", "width", num(canvasWidth), "height", num(f.height))
	end := slices.Index(body, '>') + 1
	return slices.Concat(body[:end], []byte("<style>"+pictureStyle+"</style>"), body[end:], []byte("\n"))
}

// badges writes marks one after the other.
func (f *figure) badges(list []mark, x, middle int) {
	for _, m := range list {
		class := class("badge", []mark{m})
		w := 8 + 7*columns(m.String())
		f.rect(class, x, middle-8, w, 16, 3)
		f.element("text", m.String(), "class", class+" mono strong middle", "x", num(x+w/2), "y", num(middle+4))
		x += w + 4
	}
}

// badgesBefore writes marks that end before a place.
func (f *figure) badgesBefore(list []mark, right, middle int) {
	for _, m := range list {
		right -= 12 + 7*columns(m.String())
	}
	f.badges(list, right, middle)
}

// card is a box: a heading and lines below it.
type card struct {
	heading string
	lines   []string
	marks   []mark
}

func (c *card) height() int { return 34 + 15*min(len(c.lines), manyLinesOf) }

// card draws a box with its text.
func (f *figure) card(c *card, x, y, w int, name string) {
	f.newline()
	f.rect(class(name, c.marks), x, y, w, c.height(), 4)
	f.label("strong", x+8, y+18, w-16, c.heading)
	for i, line := range c.lines[:min(len(c.lines), manyLinesOf)] {
		if i == manyLinesOf-1 && len(c.lines) > manyLinesOf {
			line = "and " + num(len(c.lines)-i) + " more"
		}
		f.label("mono", x+8, y+35+15*i, w-16, line)
	}
	f.badgesBefore(c.marks, x+w, y+13)
}

// machineFigures draws the runtime, who reaches it and where its measurements go, and
// then each provider with its devices on their bus. It also says how many providers and
// devices it leaves out.
func (s *sheet) machineFigures() (list []figure, undrawn int) {
	list = []figure{s.runtimeFigure()}
	missing := s.missing()
	var order []string // of buses and of providers without one
	groups := map[string][]*provider{}
	for _, p := range s.providers(missing) {
		key := "bus\x00" + p.bus
		if p.bus == "" {
			key = "provider\x00" + p.id
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], p)
	}
	drawn, devices := 0, 0
	for i, key := range order {
		for j, p := range groups[key] {
			if drawn == manyProviders || devices == manyDevices {
				undrawn++
				continue
			}
			drawn++
			fits := min(len(p.devices), manyDevices-devices)
			undrawn += len(p.devices) - fits
			p.devices = p.devices[:fits]
			devices += len(p.devices)
			end := i == len(order)-1 && j == len(groups[key])-1
			list = append(list, p.figures(j == 0, j < len(groups[key])-1, end)...)
		}
	}
	return list, undrawn
}

// same joins texts that profiles have in common: each text once, behind the names of
// the profiles unless all have it.
func (s *sheet) same(of func(p *inspect.Profile) string) []string {
	var texts []string
	names := map[string][]string{}
	for i := range s.info.Profiles {
		p := &s.info.Profiles[i]
		text := of(p)
		if names[text] == nil {
			texts = append(texts, text)
		}
		names[text] = append(names[text], p.Name)
	}
	var lines []string
	for _, text := range texts {
		if len(texts) > 1 {
			lines = append(lines, strings.Join(names[text], ", ")+":")
		}
		for _, line := range strings.Split(text, "\n") {
			if line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// fact is what a profile says under some labels, a value a line.
func fact(p *inspect.Profile, labels ...string) string {
	var values []string
	for _, f := range p.Facts() {
		if slices.Contains(labels, f.Label) {
			values = append(values, f.Values...)
		}
	}
	return strings.Join(values, "\n")
}

// runtimeFigure draws the runtime between those who reach it and its telemetry.
func (s *sheet) runtimeFigure() figure {
	f := figure{title: "The runtime", about: "Beside it stand who can reach it and where its measurements go; the tables have the same."}
	var reach, telemetry, runtime []mark
	for _, config := range s.content.Machine.Configs() {
		for _, e := range config.Root.Entries() {
			list := &runtime
			switch e.Name {
			case "http":
				list = &reach
			case "telemetry":
				list = &telemetry
			case "providers":
				continue // each is drawn
			}
			if len(*list) < manyMarks {
				*list = addMark(*list, s.marks.of(config.File, e.Key, e.Node)...)
			}
		}
	}
	profiles := []string{}
	for i := range s.info.Profiles {
		p := &s.info.Profiles[i]
		text := p.Name
		if p.Automation.Enabled {
			text += ": " + path.Base(p.Automation.BehaviorTree)
		}
		profiles = append(profiles, text)
	}
	heading := "Runtime"
	if v := s.pin("components.runtime"); v != "" {
		heading += " " + v
	}
	cards := []card{
		{heading: "HTTP", lines: s.same(func(p *inspect.Profile) string {
			text := fact(p, "http", "callers")
			if p.HTTP.Enabled && !p.HTTP.Exposed {
				text += "\nonly this machine reaches it"
			}
			return text
		}), marks: reach},
		{heading: heading, lines: profiles, marks: runtime},
		{heading: "Telemetry", lines: s.same(func(p *inspect.Profile) string { return fact(p, "telemetry") }), marks: telemetry},
	}
	height := 0
	for i := range cards {
		height = max(height, cards[i].height())
	}
	f.line("wire", 224, 28, 262, 28)
	f.path("wire", "M254 22l8 6l-8 6")
	f.line("wire", 458, 28, 496, 28)
	f.path("wire", "M488 22l8 6l-8 6")
	f.card(&cards[0], 4, 4, 220, "card outside")
	f.card(&cards[1], 262, 4, 196, "card")
	f.card(&cards[2], 496, 4, 220, "card outside")
	f.height = height + 32
	f.path("wire", "M360 "+num(4+cards[1].height())+"V"+num(height+18)+"H14V"+num(f.height))
	return f
}

// pin is a version that the package pins at a path.
func (s *sheet) pin(path string) string {
	for _, p := range s.info.Pins {
		if p.Path == path {
			return p.Version
		}
	}
	return ""
}

// provider is a provider as it is drawn.
type provider struct {
	card
	id, bus string
	devices []device
}

type device struct {
	inspect.Device
	missing bool
	marks   []mark
}

// providers are those of the machine profile, and those that only a runtime config
// starts.
func (s *sheet) providers(missing map[string][]device) []*provider {
	var list []*provider
	byID := map[string]*provider{}
	devicesOf := map[string]bool{} // files whose devices are drawn
	for i, p := range s.info.Providers {
		q := &provider{id: p.ID, bus: p.BusPath, card: card{heading: p.ID}}
		list, byID[p.ID] = append(list, q), q
		entry := s.content.Machine.Providers[i]
		q.marks = s.marks.of(machine.ManifestFile, entry.Key, entry.Node)
		var nodes []machine.Device
		if ref := entry.Config; ref != nil && ref.File != "" && !devicesOf[ref.File] {
			devicesOf[ref.File] = true
			nodes = machine.Devices(s.content.Machine.Document(ref.File, machine.ProviderConfig))
		}
		of := map[mark]bool{}
		for j, d := range p.Devices {
			x := device{Device: d}
			if j < len(nodes) {
				x.marks = s.marks.of(entry.Config.File, nil, nodes[j].Node)
			}
			for _, m := range x.marks {
				of[m] = true
			}
			q.devices = append(q.devices, x)
		}
		if entry.Config != nil && len(nodes) > 0 || len(p.Devices) == 0 && entry.Config != nil {
			for _, m := range s.marks.within(entry.Config.File, 1, manyLines) {
				if !of[m] {
					q.marks = addMark(q.marks, m)
				}
			}
		}
	}
	in := map[string][]string{}
	for i := range s.info.Profiles {
		p := &s.info.Profiles[i]
		for _, process := range p.Providers {
			q := byID[process.ID]
			if q == nil {
				q = &provider{id: process.ID, card: card{heading: process.ID}}
				list, byID[process.ID] = append(list, q), q
			}
			if len(in[process.ID]) == 0 {
				name := process.Command[strings.LastIndexAny(process.Command, `/\`)+1:]
				q.lines = append(q.lines, name)
			}
			in[process.ID] = append(in[process.ID], p.Name)
		}
	}
	for _, config := range s.content.Machine.Configs() {
		for _, process := range config.Processes {
			if q := byID[process.ID.Text()]; q != nil && len(q.marks) < manyMarks {
				q.marks = addMark(q.marks, s.marks.of(config.File, nil, process.Node)...)
			}
		}
	}
	for _, q := range list {
		if v := s.pin("compatibility.providers." + q.id); v != "" {
			q.lines = append(q.lines, v)
		}
		switch names := in[q.id]; {
		case len(names) == 0:
			q.lines = append(q.lines, "no profile starts it")
		case len(names) < len(s.info.Profiles):
			q.lines = append(q.lines, "only in "+strings.Join(names, ", "))
		}
		q.devices = append(q.devices, missing[q.id]...)
	}
	s.collide(list)
	return list
}

// collide marks every device that claims the address of another one: the verdict names
// the later one only.
func (s *sheet) collide(list []*provider) {
	type claim struct{ bus, address string }
	found := map[claim][]mark{}
	for pass := range 2 {
		for _, p := range list {
			for i := range p.devices {
				d := &p.devices[i]
				at := claim{p.bus, d.SpelledAddress()}
				if pass == 1 {
					d.marks = addMark(d.marks, found[at]...)
					continue
				}
				for _, m := range d.marks {
					if !m.change && s.report.Problems[m.number-1].Code == validator.CodeStartBus {
						found[at] = append(found[at], m)
					}
				}
			}
		}
	}
}

// missing are the devices that a tree or a config names and no provider has, by
// provider: the verdict has them as start-device.
func (s *sheet) missing() map[string][]device {
	at := map[string]map[string]int{} // by file and by pointer or place, the number of the problem
	for i, p := range s.report.Problems[:min(len(s.report.Problems), manyProblems)] {
		if p.Code == validator.CodeStartDevice {
			if at[p.File] == nil {
				at[p.File] = map[string]int{}
			}
			at[p.File][cmp.Or(p.Pointer, num(p.Line)+":"+num(p.Column))] = i + 1
		}
	}
	found := map[string][]device{}
	index := map[string]int{} // by handle
	add := func(handle string, number int) {
		id, name, ok := machine.SplitHandle(handle)
		if !ok || number == 0 {
			return
		}
		i, known := index[handle]
		if !known {
			name = show.Cut(name, longest)
			s.content.Views.Clean(&name)
			i = len(found[id])
			index[handle], found[id] = i, append(found[id], device{Device: inspect.Device{ID: name}, missing: true})
		}
		d := &found[id][i]
		d.marks = addMark(d.marks, mark{number: number})
	}
	for _, config := range s.content.Machine.Configs() {
		numbers := at[show.Line(config.File)]
		if numbers == nil {
			continue
		}
		state := config.SafeState()
		calls := slices.Concat(state.Hooks, state.Setpoints)
		for _, h := range config.Hooks() {
			calls = append(calls, h.Calls...)
		}
		for _, c := range calls {
			add(c.Handle.Text(), numbers[c.Handle.Path.Pointer()])
		}
	}
	for _, h := range s.handles {
		if numbers := at[show.Line(h.File)]; numbers != nil {
			add(h.text, numbers[num(h.Line)+":"+num(h.Column)])
		}
	}
	return found
}

// figures draws a provider and its devices, 24 in a piece. begins and goesOn say
// whether the bus comes from the provider above and goes to the one below.
func (p *provider) figures(begins, goesOn, last bool) []figure {
	const perRow, perPiece, deviceHeight, spine = 2, 12, 68, 232
	var list []figure
	rest := p.devices
	for first := true; first || len(rest) > 0; first = false {
		now := rest[:min(len(rest), perPiece)]
		rest = rest[len(now):]
		f := figure{title: "Provider " + p.id, continued: true}
		top := 8
		if first && begins && p.bus != "" {
			f.label("strong", spine+8, 20, canvasWidth-spine-8, "Bus "+p.bus)
			top = 30
		}
		rows := (len(now) + perRow - 1) / perRow
		f.height = top + rows*deviceHeight + 6
		if first {
			f.height = max(f.height, top+p.height()+6)
		}
		f.about = "Devices: " + names(now) + "."
		// The line to the runtime, and the bus.
		end := f.height
		if last && len(rest) == 0 {
			end = top + 18
		}
		f.line("wire", 14, 0, 14, end)
		if first {
			f.line("wire", 14, top+18, 30, top+18)
			f.card(&p.card, 30, top, 180, "card")
			if len(p.devices) > 0 {
				f.line("bus", 210, top+18, spine, top+18)
			}
		}
		if len(p.devices) > 0 {
			from, to := 0, top+deviceHeight*(rows-1)+2
			if first && begins {
				from = top + 2
			}
			if goesOn && p.bus != "" || len(rest) > 0 {
				to = f.height
			}
			f.line("bus", spine, from, spine, max(to, top+18))
		}
		for i, d := range now {
			x, y := spine+16+(i%perRow)*236, top+(i/perRow)*deviceHeight
			f.line("bus", spine, y+2, x+110, y+2)
			f.line("bus", x+110, y+2, x+110, y+10)
			f.device(&d, x, y+10)
		}
		list = append(list, f)
	}
	return list
}

func names(devices []device) string {
	var list []string
	for _, d := range devices {
		text := d.ID
		if d.Address != "" {
			text += " at " + d.SpelledAddress()
		}
		if d.missing {
			text += " (missing)"
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		return "none that the package names"
	}
	return strings.Join(list, ", ")
}

// device draws a device below its bus.
func (f *figure) device(d *device, x, y int) {
	const w, h = 228, 52
	outline, kind := "card device", d.Type
	if d.missing {
		outline, kind = outline+" missing", "is called, and is not there"
	}
	f.newline()
	f.rect(class(outline, d.marks), x, y, w, h, 4)
	at := x + 8
	if d.Address != "" {
		address := d.SpelledAddress()
		f.label("mono strong", at, y+17, w/2, address)
		at += int(float64(columns(fit(address, 16))+1) * (monoWidth + 0.6))
	}
	f.label("mono", at, y+17, x+w-at-8, d.ID)
	f.label("small", x+8, y+32, w-16, kind)
	f.label("small dim", x+8, y+46, w-16, d.Label)
	f.badgesBefore(d.marks, x+w, y+12)
}
