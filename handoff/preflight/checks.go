package preflight

import (
	"errors"
	"io/fs"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/pytext"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/validator"
)

// packageItself repeats the verdict on the package. Files that are in no checksum
// list do not count: a directory in which a machine runs has the programs of the
// providers and what the runtime writes, too.
func (f *preflight) packageItself(report *validator.Report) {
	more := map[string]bool{}
	for _, p := range report.Problems {
		if p.Code == validator.CodeChecksumsUnlisted {
			more[p.File] = true
		}
	}
	errors := 0
	for _, p := range report.Problems {
		if p.Severity == validator.Error && !more[p.File] {
			errors++
		}
	}
	c := Item{Kind: "package", Status: OK, Subject: report.Package, Message: "is valid", Profiles: slices.Clone(f.profiles)}
	switch {
	case errors > 0 || !report.Valid && len(more) == 0:
		c.Status = Failed
		c.Message = "is not valid: " + show.Count(errors, "error")
		c.Hint = "anpkg validate " + show.PackageWord(report.Package, f.flags) + "  # shows what is wrong; do not run the machine with it"
	case len(more) > 0:
		c.Message = "is valid; its directory has " + show.Count(len(more), "more file")
	}
	f.checks = append(f.checks, &openCheck{Item: c})
}

// start repeats what the rehearsal of each profile found. A package that was opened
// without a rehearsal has none.
func (f *preflight) start(report *validator.Report) {
	if report.Rehearsal == nil {
		return
	}
	rehearsals := map[string]validator.Start{}
	for _, s := range report.Rehearsal.Profiles {
		rehearsals[s.Config] = s
	}
	refused := map[string]bool{}
	for _, p := range report.Problems {
		refused[p.File] = refused[p.File] || p.Code == validator.CodeStartAuto
	}
	for _, r := range f.runtimes {
		file := show.Line(r.File)
		rehearsed, ok := rehearsals[file]
		if !ok {
			continue
		}
		hint := "anpkg validate " + show.PackageWord(report.Package, f.flags) + "  # shows why; correct it in the project, and export again"
		var v verdict
		switch {
		case rehearsed.Starts == "no":
			v = verdict{Failed, "the machine does not start with it", hint}
		case refused[file]:
			v = verdict{Warning, "the machine starts with it and never enters AUTO", hint}
		case rehearsed.Starts == "unknown" && !report.Valid:
			continue // what is wrong with the package says more
		case rehearsed.Starts == "unknown":
			v = verdict{Warning, "the machine may not start with it: that depends on versions", hint}
		default:
			v = verdict{OK, "will start", ""}
		}
		f.need(r, "", "start", file, func() string { return show.Cut(file, maxName) }, func() verdict { return v })
	}
}

// directory looks for the directory that relative paths begin in. If it is not
// there, neither is any of them.
func (f *preflight) directory() {
	if f.target.Dir == "" || f.target.Stat == nil {
		return // and relative paths are skipped
	}
	c := Item{Kind: "directory", Status: OK, Subject: f.target.Dir, Message: "is there", Profiles: slices.Clone(f.profiles)}
	info, err := f.target.stat(f.target.Dir)
	switch {
	case err == nil && info.IsDir():
	case err == nil:
		c.Message = "is a " + content.TypeName(info.Mode()) + ", not a directory"
	case errors.Is(err, fs.ErrNotExist):
		c.Message = "is not there"
	default:
		c.Message = "cannot be looked at: " + f.reason(err)
	}
	if c.Message != "is there" {
		c.Status, c.Hint = Failed, "unpack the package there"
		f.noDir = true
	}
	f.checks = append(f.checks, &openCheck{Item: c})
}

// shownPath gives a path as the package has it, unless it is too long.
func shownPath(view *display.View, n *doc.Node) func() string {
	return func() string { return show.Cut(view.Text(n), maxName) }
}

// find describes a file of the target. A verdict is why it cannot.
func (f *preflight) find(name string) (place string, info fs.FileInfo, no *verdict) {
	t := &f.target
	place = name
	switch {
	case name == "":
		return "", nil, &verdict{Failed, "is an empty path", correct}
	case t.Stat == nil:
		return "", nil, &verdict{Skipped, "the files of the machine are not known", ""}
	case t.isRemote(name):
		return "", nil, &verdict{Skipped, "it is on another machine, which is not contacted", "put it on this machine"}
	case !t.isAbsolute(name):
		if t.Dir == "" {
			return "", nil, &verdict{Skipped, "the directory of the unpacked package is not known",
				"unpack it, and say where with --dir"}
		}
		if f.noDir {
			return "", nil, &verdict{Skipped, "the directory of the unpacked package is not there", ""}
		}
		place = t.Dir + "/" + name
	}
	info, err := t.stat(place)
	switch {
	case err == nil:
		return place, info, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, &verdict{Failed, "is not there", ""}
	case errors.Is(err, fs.ErrPermission):
		return "", nil, &verdict{Failed, "cannot be reached: a directory above it is closed to this user",
			"run the preflight as the user of the runtime, or open the directory to it"}
	}
	return "", nil, &verdict{Failed, "cannot be looked at: " + f.reason(err), ""}
}

const correct = "correct it in the project, and export again"

// may asks whether a file that is there can be used.
func (f *preflight) may(place string, mode AccessMode, able, hint string) verdict {
	if f.target.Access == nil {
		return verdict{Skipped, "it is there; who may use it is not known", ""}
	}
	err := f.target.Access(place, mode)
	switch {
	case err == nil:
		return verdict{OK, "is there and may be " + able, ""}
	case errors.Is(err, fs.ErrPermission):
		return verdict{Failed, "is there, but may not be " + able + " by this user", hint}
	}
	return verdict{Failed, "is there, but cannot be " + able + ": " + f.reason(err), hint}
}

// reason is what the target says, without the path that is said already.
func (f *preflight) reason(err error) string {
	text := cause.Of(err).Error()
	f.content.Views.Clean(&text)
	return text
}

// readable looks for a file to read.
func (f *preflight) readable(name, missing string) verdict {
	place, info, no := f.find(name)
	switch {
	case no != nil:
		return no.hinting(missing)
	case !info.Mode().IsRegular():
		return verdict{Failed, "is a " + content.TypeName(info.Mode()) + ", not a file", missing}
	}
	return f.may(place, AccessRead, "read", "let the user of the runtime read it (chmod, chown)")
}

// hinting adds what to do, unless it is known better.
func (v verdict) hinting(hint string) verdict {
	if v.hint == "" && v.status == Failed {
		v.hint = hint
	}
	return v
}

// isForeign reports whether a path is one of Windows on another system.
func (f *preflight) isForeign(name string) bool {
	return !f.target.Windows && strings.Contains(name, `\`)
}

// secrets looks at what must be supplied. A value is looked at here and nowhere
// else, and no part of it goes into a verdict.
func (f *preflight) secrets(r content.Runtime) {
	for _, s := range r.Config.Slots() {
		f.need(r, "", "secret", s.Variable, func() string { return s.Variable }, func() verdict { return f.secret(s) })
	}
}

func (f *preflight) secret(s machine.Slot) verdict {
	if f.target.LookupEnv == nil {
		return verdict{Skipped, "the environment of the runtime is not known", ""}
	}
	const hint = "give it to the service, such as with EnvironmentFile= in its systemd unit"
	value, ok := f.target.LookupEnv(s.Variable)
	switch {
	case !ok:
		return verdict{Failed, "is not set (" + s.Path + ")", hint}
	case pytext.IsBlank(value):
		return verdict{Failed, "is set to nothing (" + s.Path + ")", hint}
	case isPlaceholder(value):
		return verdict{Warning, "is set to what looks like a placeholder", "put in the real one"}
	case pytext.Strip(value) != value:
		return verdict{Warning, "is set, with white space at its start or end", "take out the spaces and line ends around it"}
	}
	return verdict{OK, "is set", ""}
}

// isPlaceholder reports whether a value was put in to be replaced. A real token is
// long and has none of the words by chance.
func isPlaceholder(value string) bool {
	const longest = 48
	value = pytext.Strip(value)
	if len(value) > longest {
		return false
	}
	return placeholder().MatchString(strings.NewReplacer("-", "", "_", "", " ", "", ".", "").Replace(value))
}

var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^<.*>$|^\$?\{.*\}$|^\$\(.*\)$|^x+$|^\*+$|^(todo|tbd|fixme|none|null|empty|token|mytoken|secret|password|test|dummy|example|influxdbtoken|anolisapitoken|apitoken)$|` +
		`change(me|it|this)|replace(me|it|this|at|with)|placeholder|^your.*(token|secret|key)`)
})

// providerEntry is a provider that a runtime config starts.
type providerEntry struct {
	id      string
	command *doc.Node          // nil if there is none
	config  *machine.Reference // behind --config; nil if there is none
	args    []*doc.Node        // the other arguments
}

// providersOf are the providers of a runtime config.
func (f *preflight) providersOf(r content.Runtime) []providerEntry {
	entries, known := f.providers[r.Config]
	if known {
		return entries
	}
	for _, p := range r.Config.Processes {
		var e providerEntry
		if id, ok := p.ID.AsString(); ok {
			e.id = show.Cut(id, maxName)
		}
		if p.Command.Node.IsString() {
			e.command = p.Command.Node
		}
		if p.Config != nil && p.Config.Node.IsString() {
			e.config = p.Config
		}
		for _, arg := range p.Args.Items() {
			if arg.Node != p.Flag.Node && (e.config == nil || arg.Node != e.config.Node) {
				e.args = append(e.args, arg.Node)
			}
		}
		entries = append(entries, e)
	}
	f.providers[r.Config] = entries
	return entries
}

// commands looks at the programs of the providers.
func (f *preflight) commands(r content.Runtime) {
	for _, p := range f.providersOf(r) {
		if p.command != nil {
			f.need(r, p.id, "command", p.command.Text, shownPath(r.View, p.command), func() verdict { return f.command(p.command.Text) })
		}
	}
}

func (f *preflight) command(name string) verdict {
	place, info, no := f.find(name)
	hint := "install the program there, or correct its path in the project and export again"
	switch {
	case f.isForeign(name):
		hint = "it is a path of Windows; " + correct
	case name != "" && !strings.ContainsAny(name, `/\`):
		hint = "the runtime looks for it in its working directory, not in PATH; write the path of the program"
	}
	switch {
	case no != nil:
		return no.hinting(hint)
	case !info.Mode().IsRegular():
		return verdict{Failed, "is a " + content.TypeName(info.Mode()) + ", not a program", hint}
	case !f.target.Windows && info.Mode().Perm()&0o111 == 0:
		return verdict{Failed, "is there, but is not executable", f.shellCommand("chmod +x", name)}
	}
	return f.may(place, AccessExecute, "run", "let the user of the runtime run it (chmod, chown; a file system mounted noexec does not)")
}

// configs looks at the configs of the providers, where the runtime sends them.
func (f *preflight) configs(r content.Runtime) {
	for _, p := range f.providersOf(r) {
		if p.config != nil {
			name := p.config.Node.Text
			f.need(r, p.id, "config", name, shownPath(r.View, p.config.Node), func() verdict {
				return f.readable(name, "unpack the package again")
			})
		}
	}
}

// files looks at the paths among the other arguments. A provider could make a file
// that is missing, so that is no failure.
func (f *preflight) files(r content.Runtime) {
	for _, p := range f.providersOf(r) {
		for _, arg := range p.args {
			if name := pathIn(arg); name != "" && !content.IsDevice(name) {
				f.need(r, p.id, "file", name, shownPart(r, arg, name), func() verdict { return f.file(name) })
			}
		}
	}
}

func (f *preflight) file(name string) verdict {
	_, _, no := f.find(name)
	switch {
	case no == nil:
		return verdict{OK, "is there", ""}
	case no.status == Failed:
		return verdict{Warning, no.message, "put it there, unless the provider makes it"}
	}
	return *no
}

// pathIn is the path that an argument is, or has behind an = as an option does.
func pathIn(arg *doc.Node) string {
	if !arg.IsString() {
		return ""
	}
	text := arg.Text
	if strings.HasPrefix(text, "-") {
		_, text, _ = strings.Cut(text, "=")
	}
	for _, start := range []string{"/", "./", "../"} {
		if strings.HasPrefix(text, start) {
			return text
		}
	}
	return ""
}

// shownPart gives a path in an argument, hidden where the argument is.
func shownPart(r content.Runtime, arg *doc.Node, name string) func() string {
	return func() string {
		if r.View.IsHidden(arg) {
			return hide.Hidden
		}
		r.View.Clean(&name)
		return show.Cut(name, maxName)
	}
}

// behaviors looks at the behavior trees of automation that is on.
func (f *preflight) behaviors(r content.Runtime) {
	if tree := r.Config.Tree; tree != nil && r.Config.Automation() {
		f.need(r, "", "behavior", tree.Node.Text, shownPath(r.View, tree.Node), func() verdict {
			return f.readable(tree.Node.Text, "unpack the package again")
		})
	}
}

// devices looks at the hardware that the configs and arguments of the providers
// name. Check has the rules.
func (f *preflight) devices(r content.Runtime) {
	for _, p := range f.providersOf(r) {
		if p.config != nil {
			f.configDevices(r, p)
		}
		for _, arg := range p.args {
			if name := pathIn(arg); content.IsDevice(name) {
				f.need(r, p.id, "device", name, shownPart(r, arg, name), func() verdict { return f.device(name) })
			}
		}
	}
}

func (f *preflight) configDevices(r content.Runtime, p providerEntry) {
	d := f.content.Documents[p.config.File]
	if d == nil {
		f.need(r, p.id, "device", p.config.Node.Text, shownPath(r.View, p.config.Node), func() verdict {
			return verdict{Skipped, "it cannot be read, so the devices in it are not known", ""}
		})
		return
	}
	for _, n := range f.devicesIn(d) {
		judge := f.device
		if n.bus {
			judge = f.bus
		}
		f.need(r, p.id, "device", n.Text, shownPath(d.View, n.Node), func() verdict { return judge(n.Text) })
	}
}

// deviceName is a text that names a device.
type deviceName struct {
	*doc.Node
	bus bool // it is hardware.bus_path
}

// devicesIn are the devices that the config of a provider names.
func (f *preflight) devicesIn(d *content.Document) []deviceName {
	list, known := f.named[d]
	if known {
		return list
	}
	bus := content.Own(d.Root, "hardware", "bus_path")
	if bus.IsString() {
		list = append(list, deviceName{bus, true})
	}
	doc.Walk(d.Root, func(_ doc.Path, _, n *doc.Node) bool {
		if n.IsString() && n != bus && content.IsDevice(n.Text) {
			list = append(list, deviceName{n, false})
		}
		return true
	})
	f.named[d] = list
	return list
}

// bus is the verdict on a hardware.bus_path.
func (f *preflight) bus(name string) verdict {
	switch {
	case pytext.IsBlank(name):
		return verdict{Failed, "hardware.bus_path is empty", "write the path of the bus into it, and export again"}
	case strings.HasPrefix(name, "mock://"):
		return verdict{OK, "is imitated and needs no hardware", ""}
	case !strings.HasPrefix(name, "/"):
		return verdict{Skipped, "it is not a device path", "see by hand whether it is there"}
	}
	return f.device(name)
}

func (f *preflight) device(name string) verdict {
	place, info, no := f.find(name)
	switch {
	case no != nil:
		return no.hinting(deviceHint(name))
	case info.Mode()&fs.ModeDevice == 0:
		return verdict{Failed, "is a " + content.TypeName(info.Mode()) + ", not a device", deviceHint(name)}
	}
	return f.may(place, AccessRead|AccessWrite, "read and written",
		"put the user of the runtime into the group of the device (ls -l shows it), and log in again")
}

func deviceHint(name string) string {
	switch {
	case strings.HasPrefix(name, "/dev/i2c-"):
		return "turn the I2C bus on, and look for its number with ls /dev/i2c-*"
	case strings.HasPrefix(name, "/dev/tty"), strings.HasPrefix(name, "/dev/serial/"):
		return "plug the device in, and look for its name with ls -l /dev/serial/by-id"
	}
	return "connect the device, or correct its path in the project and export again"
}

// port looks at the address of HTTP, if that is on.
func (f *preflight) port(r content.Runtime) {
	e := r.Config.Exposure()
	if !e.Enabled {
		return
	}
	shown := func() string { return e.Address }
	if e.Bind.Present() {
		shown = shownPath(r.View, e.Bind.Node)
	}
	port := machine.DefaultPort
	if e.Port.Present() {
		port = atoi(e.Port.Text())
	}
	show := func() string { return hostPort(shown(), port) }
	f.need(r, "", "port", hostPort(e.Address, port), show, func() verdict {
		v := f.address(e.Address, port)
		if e.Exposed && (v.status == OK || v.status == Skipped) {
			v.message += "; it is open to other machines"
		}
		return v
	})
}

func hostPort(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

func isPort(i int) bool { return i >= 1 && i <= 65535 }

// atoi reads a decimal integer; 0 stands for every text that is none or does not
// fit.
func atoi(text string) int {
	i, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return i
}

func (f *preflight) address(bind string, port int) verdict {
	if bind == "localhost" { // as the runtime takes it, without asking anybody
		bind = machine.DefaultBind
	}
	ip, err := netip.ParseAddr(bind)
	switch {
	case !isPort(port):
		return verdict{Failed, "http.port is not 1 to 65535", correct}
	case err != nil:
		return verdict{Skipped, "http.bind is not an IP address, and to look a name up would ask the network", "write an IP address into http.bind in the project, and export again"}
	case f.target.Listen == nil:
		return verdict{Skipped, "the network of the machine is not known", ""}
	}
	err = f.target.Listen(netip.AddrPortFrom(ip, uint16(port)))
	switch {
	case err == nil:
		return verdict{OK, "is free", ""}
	case errors.Is(err, syscall.EADDRINUSE):
		return verdict{Failed, "is taken by another program",
			"if that is the runtime, stop it first; ss -ltnp shows who it is"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return verdict{Failed, "is no address of this machine", "give the machine that address, or correct http.bind in the project and export again"}
	case errors.Is(err, fs.ErrPermission):
		return verdict{Failed, "no permission to listen on this port", "take a port above 1023, or give the runtime CAP_NET_BIND_SERVICE"}
	}
	return verdict{Failed, "cannot be listened on: " + f.reason(err), ""}
}

// telemetry looks at where measurements go, and sends nothing there.
func (f *preflight) telemetry(r content.Runtime) {
	if !content.IsOn(content.Own(r.Root, "telemetry", "enabled")) {
		return
	}
	n := content.Own(r.Root, "telemetry", "influxdb", "url")
	if !n.IsString() {
		f.need(r, "", "telemetry", "", func() string { return "telemetry.influxdb.url" }, func() verdict {
			return verdict{Warning, "is missing, so that the runtime takes its default", "write it into the project, and export again"}
		})
		return
	}
	f.need(r, "", "telemetry", n.Text, shownPath(r.View, n), func() verdict { return serverURL(n.Text) })
}

func serverURL(text string) verdict {
	no := func(why string) verdict {
		return verdict{Failed, "telemetry.influxdb.url " + why, "write it as http://HOST:PORT, and export again"}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil: // which would repeat the text
		return no("is no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return no("does not begin with http:// or https://")
	case u.Hostname() == "":
		return no("has no host")
	case u.Port() != "" && !isPort(atoi(u.Port())):
		return no("has a port that cannot be")
	}
	return verdict{OK, "is well formed; the server was not contacted", ""}
}
