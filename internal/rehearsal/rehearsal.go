// Package rehearsal says what happens when a machine starts, without the machine:
// whether its providers take their configs and arguments, whether two claim one
// address, whether its behavior trees load, whether the devices, functions and
// parameters that trees and hooks name exist, and what an emergency stop drives.
//
// It asks package machine what the documents say, package provider what a provider
// makes of its config, and package tree what the tree loader makes of a tree. The
// rules are those of the runtime by version; what is not certain for a version has
// the code Doubtful. Nothing is run.
package rehearsal

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/provider"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
)

// The codes of findings.
const (
	Tree             = "start-tree"
	Device           = "start-device"
	Parameter        = "start-parameter"
	Provider         = "start-provider"
	Bus              = "start-bus"
	Call             = "start-call"
	Hook             = "start-hook"
	Loop             = "start-loop"
	Throw            = "start-throw"
	Subtree          = "start-subtree"
	Arguments        = "start-arguments"
	Command          = "start-command"
	NoDevice         = "start-no-device"
	Simulation       = "start-simulation"
	EmergencyStop    = "start-estop"
	Auto             = "start-auto"
	ParameterDefault = "start-parameter-default"
	Doubtful         = "start-doubtful"
)

// Finding is something that goes wrong at the start or later.
type Finding struct {
	Code string
	tree.Place
	Path    doc.Path // in a YAML document
	Message string
	Hint    string       // what to do, or "" for what the code says
	Also    []tree.Place // that are as much at fault
	// Stops says whether the machine does not start.
	Stops machine.Answer
	// Profiles are the runtime profiles that have it, in the order of the manifest.
	Profiles []string
}

// Profile is what happens to a runtime profile.
type Profile struct {
	Name, File string
	// Starts says whether the machine starts with it, as far as is known.
	Starts machine.Answer
	// Automation reports whether it runs a behavior tree, and Tree is that tree; nil
	// if it could not be read.
	Automation bool
	Tree       *tree.Tree
	// Unknown are the providers whose configs nobody here can judge.
	Unknown []string
	// Remarks say what else a person should know, such as a schema of another version.
	Remarks []string
}

// Result is everything that a rehearsal found.
type Result struct {
	Findings []Finding
	Profiles []Profile
}

// Options configures a rehearsal. The zero value uses the published schemas.
type Options struct {
	// Schemas replaces or adds schemas of provider configs, by kind.
	Schemas map[string]*provider.Schema
	// Trees are files of trees that were read already, or nil; Rehearse takes them over.
	Trees map[string]*tree.File
}

// Rehearse rehearses the start of every runtime profile of m. Trees are read from
// files. The error is that a file cannot be read, or what ended ctx.
func Rehearse(ctx context.Context, m *machine.Machine, files fs.FS, opts Options) (*Result, error) {
	r := &rehearsal{ctx: ctx, machine: m, files: files, opts: opts, index: map[string]int{}, configs: map[string]*provider.Config{}, trees: map[string]*tree.Tree{}}
	r.has = func(name string) bool {
		info, err := fs.Stat(files, name)
		return err == nil && info.Mode().IsRegular()
	}
	done := map[*machine.Config]int{}
	for _, p := range m.Profiles {
		if p.Config.File == "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i, again := done[p.Config]; again {
			same := r.result.Profiles[i]
			same.Name = p.Name
			r.share(r.result.Profiles[i].Name, p.Name)
			r.result.Profiles = append(r.result.Profiles, same)
			continue
		}
		done[p.Config] = len(r.result.Profiles)
		if err := r.profile(p); err != nil {
			return nil, err
		}
	}
	return &r.result, nil
}

type rehearsal struct {
	ctx     context.Context
	machine *machine.Machine
	files   fs.FS
	has     func(string) bool
	opts    Options
	result  Result
	index   map[string]int // of findings, by what makes two the same
	configs map[string]*provider.Config
	trees   map[string]*tree.Tree
}

// share gives a profile the findings of another one with the same config.
func (r *rehearsal) share(of, name string) {
	for i := range r.result.Findings {
		if f := &r.result.Findings[i]; slices.Contains(f.Profiles, of) {
			f.Profiles = append(f.Profiles, name)
		}
	}
}

// start is the start of one runtime profile.
type start struct {
	*rehearsal
	name      string
	config    *machine.Config
	profile   *Profile
	instances []provider.Instance
	byID      map[string]*provider.Config
	paths     map[*provider.Config]string // of the files of configs
	stops     machine.Answer
}

func (r *rehearsal) profile(p *machine.Profile) error {
	s := &start{
		rehearsal: r, name: p.Name, config: p.Config, byID: map[string]*provider.Config{}, paths: map[*provider.Config]string{}, stops: machine.No,
		profile: &Profile{Name: p.Name, File: p.Config.File, Automation: p.Config.Automation()},
	}
	if err := s.providers(); err != nil {
		return err
	}
	s.buses()
	if err := s.tree(); err != nil {
		return err
	}
	s.hooks()
	s.safeState()
	s.parameters()
	s.profile.Starts = opposite(s.stops)
	r.result.Profiles = append(r.result.Profiles, *s.profile)
	return nil
}

func opposite(a machine.Answer) machine.Answer {
	switch a {
	case machine.Yes:
		return machine.No
	case machine.No:
		return machine.Yes
	}
	return machine.Unknown
}

// add adds a finding, or this profile to one that is known.
func (s *start) add(f Finding) {
	if f.Stops == machine.Yes || f.Stops == machine.Unknown && s.stops == machine.No {
		s.stops = f.Stops
	}
	key := strings.Join([]string{f.Code, f.File, strconv.Itoa(f.Line), strconv.Itoa(f.Column), f.Path.Pointer(), f.Message}, "\x00")
	i, known := s.index[key]
	if !known {
		i = len(s.result.Findings)
		s.index[key] = i
		s.result.Findings = append(s.result.Findings, f)
	}
	if found := &s.result.Findings[i]; !slices.Contains(found.Profiles, s.name) {
		found.Profiles = append(found.Profiles, s.name)
	}
}

// inConfig is a finding at a value of the runtime config.
func (s *start) inConfig(code string, v machine.Value, pos doc.Pos, hint, format string, args ...any) {
	s.add(Finding{Code: code, Place: tree.Place{File: s.config.File, Pos: pos}, Path: v.Path, Hint: hint, Message: fmt.Sprintf(format, args...), Stops: machine.No})
}

// keyPos returns the place of a key, or that of the mapping if it has no such key.
func keyPos(v machine.Value, name string) doc.Pos {
	for _, e := range v.Entries() {
		if e.Name == name {
			return e.Key.Pos
		}
	}
	return v.Pos()
}

// providers starts each provider.
func (s *start) providers() error {
	for _, p := range s.config.Processes {
		id, kind := p.ID.Text(), p.Kind()
		instance := provider.Instance{ID: id}
		file := ""
		if p.Config != nil && p.Config.File != "" {
			file = p.Config.File
			config, err := s.providerConfig(kind, file)
			if err != nil {
				return err
			}
			instance.Config = config
		}
		s.instances = append(s.instances, instance)
		if _, twice := s.byID[id]; !twice {
			s.byID[id] = instance.Config
		}
		s.command(p)
		s.arguments(p, kind, instance.Config)
		c := instance.Config
		switch {
		case c == nil:
			s.unknown(id)
		case !c.Judged:
			s.unknown(id)
			s.paths[c] = file
		default:
			s.paths[c] = file
			s.judge(c, file)
		}
	}
	return nil
}

func (s *start) unknown(id string) { s.profile.Unknown = append(s.profile.Unknown, id) }

// providerConfig reads a config once for each kind of provider that takes it. It
// returns nil for a document that cannot be read.
func (r *rehearsal) providerConfig(kind, file string) (*provider.Config, error) {
	key := kind + "\x00" + file
	if c, known := r.configs[key]; known {
		return c, nil
	}
	root := r.machine.Document(file, machine.ProviderConfig).Node
	var c *provider.Config
	if root != nil {
		var err error
		if c, err = provider.Read(r.ctx, kind, root, provider.Options{Schema: r.opts.Schemas[kind], Pinned: r.machine.ProviderPin(kind)}); err != nil {
			return nil, err
		}
	}
	r.configs[key] = c
	return c, nil
}

// command judges the program of a provider.
func (s *start) command(p *machine.Process) {
	if command, ok := p.Command.AsString(); ok {
		if why := provider.Command(command, s.has); why != "" {
			s.inConfig(Command, p.Command, keyPos(p.Value, "command"), "", "%s %s", show.Quote(command, 200), why)
		}
	}
}

// arguments judges the arguments of a provider.
func (s *start) arguments(p *machine.Process, kind string, config *provider.Config) {
	items := p.Args.Items()
	args := make([]string, len(items))
	for i, item := range items {
		args[i] = item.Text()
	}
	for _, fault := range provider.Arguments(kind, args, config) {
		if !fault.Stops {
			continue // runtime-config-again says it
		}
		v, pos, name := p.Args, keyPos(p.Value, "args"), "args"
		if fault.Arg >= 0 {
			v, pos, name = items[fault.Arg], items[fault.Arg].Pos(), show.Quote(args[fault.Arg], 100)
		}
		s.add(Finding{Code: Arguments, Place: tree.Place{File: s.config.File, Pos: pos}, Path: v.Path, Message: name + " " + fault.Message, Stops: machine.Yes})
	}
}

func (s *start) remark(text string) {
	if len(s.profile.Remarks) < 100 && !slices.Contains(s.profile.Remarks, text) {
		s.profile.Remarks = append(s.profile.Remarks, text)
	}
}

// judge reports what a provider refuses about its config.
func (s *start) judge(c *provider.Config, file string) {
	if c.Remark != "" {
		s.remark(c.Remark)
	}
	report := func(code string, findings []provider.Finding) {
		for _, f := range findings {
			found := Finding{Code: code, Place: tree.Place{File: file, Pos: f.Pos}, Path: f.Path, Message: f.Message, Stops: machine.Yes}
			for _, also := range f.Also {
				found.Also = append(found.Also, tree.Place{File: file, Pos: also})
			}
			switch f.Certainty {
			case provider.Tolerated:
				found.Stops = machine.Unknown
				found.Message += "; some versions of the provider take it"
			case provider.Doubtful:
				found.Code, found.Stops = Doubtful, machine.Unknown
				if c.Remark != "" {
					found.Hint = "correct it, or give the schema of the pinned version, which is not known here: --provider-schema KIND=FILE"
				}
			}
			s.add(found)
		}
	}
	report(Provider, c.Findings)
	report(Simulation, c.Strictness(file, s.has))
	if why := c.NoDevice(); why != "" {
		s.add(Finding{Code: NoDevice, Place: tree.Place{File: file, Pos: doc.Pos{Line: 1, Column: 1}}, Message: why, Stops: machine.Yes})
	}
}

// buses reports addresses that two providers claim.
func (s *start) buses() {
	for _, c := range provider.Collisions(s.instances) {
		f := Finding{
			Code: Bus, Place: tree.Place{File: s.paths[c.Later.Config], Pos: c.Later.Device.AddressPos},
			Message: fmt.Sprintf("device %s of provider %s has the address 0x%02x on %s, which device %s of provider %s has already",
				show.Quote(c.Later.Device.ID, 64), show.Quote(c.Later.ID, 64), c.Address, show.Quote(c.Bus, 200), show.Quote(c.First.Device.ID, 64), show.Quote(c.First.ID, 64)),
			Also:  []tree.Place{{File: s.paths[c.First.Config], Pos: c.First.Device.AddressPos}},
			Stops: machine.No,
		}
		if c.Stops {
			f.Stops = machine.Yes
		}
		s.add(f)
	}
}

// devices that a handle can name are found by their provider. device returns the
// provider's config and the device, nil where they are unknown, and what is wrong
// with the handle.
func (s *start) device(handle string) (config *provider.Config, device *provider.Device, fault, hint string) {
	id, name, ok := machine.SplitHandle(handle)
	if !ok {
		return nil, nil, "has no slash between a provider and a device", "write the handle as PROVIDER/DEVICE"
	}
	config, runs := s.byID[id]
	switch {
	case !runs:
		hint := ""
		if near := nearest(id, s.ids()); near != "" {
			hint = "write " + near + "/" + name
		}
		return nil, nil, "names the provider " + show.Quote(id, 64) + ", which the profile does not run", hint
	case config == nil:
		return nil, nil, "", ""
	case config.Has(name) == provider.No:
		var names []string
		for i := range config.Devices {
			names = append(names, config.Devices[i].ID)
		}
		hint := ""
		if near := nearest(name, names); near != "" {
			hint = "write " + id + "/" + near
		}
		return nil, nil, "names the device " + show.Quote(name, 64) + ", which provider " + show.Quote(id, 64) + " does not have", hint
	}
	return config, config.Device(name), "", ""
}

func (s *start) ids() []string {
	ids := make([]string, len(s.instances))
	for i, in := range s.instances {
		ids[i] = in.ID
	}
	return ids
}

// nearest returns the name that a missing one is probably meant to be: the only one
// that differs in an edit or two.
func nearest(name string, known []string) string {
	if len(known) > 1000 {
		return ""
	}
	keys := make([]machine.Key, len(known))
	for i, k := range known {
		keys[i].Name = k
	}
	near, _ := machine.Nearest(keys, name)
	return near
}

// converts answers whether the pinned runtime converts arguments to the type that a
// function wants: versions up to 0.1.40 do not.
func (s *start) converts() provider.Answer {
	switch v := s.machine.Version; {
	case !v.Known():
		return provider.Unknown
	case v.Compare(machine.ParseVersion("0.1.40")) <= 0:
		return provider.No
	}
	return provider.Yes
}

// callFaults returns what a device refuses about a call. args is nil if they are
// known only when the machine runs.
func (s *start) callFaults(config *provider.Config, device *provider.Device, function string, args []provider.CallArg, known bool) []provider.CallFault {
	if config == nil || device == nil || function == "" || !config.Sound() {
		return nil
	}
	functions, ok := provider.Functions(config.Kind, device.Type)
	if !ok {
		return nil
	}
	faults := provider.Call(functions, function, args, s.converts())
	if !known {
		faults = slices.DeleteFunc(faults, func(f provider.CallFault) bool { return f.Arg != "" })
	}
	return faults
}

// call judges a call of a hook or of the safe state.
func (s *start) call(c machine.Call) {
	config, device, fault, hint := s.device(c.Handle.Text())
	if fault != "" {
		s.inConfig(Device, c.Handle, keyPos(c.Value, "device_handle"), hint, "%s %s", show.Quote(c.Handle.Text(), 200), fault)
		return
	}
	args := []provider.CallArg{}
	places := map[string]doc.Pos{}
	for _, e := range c.Args() {
		args = append(args, provider.CallArg{Name: e.Name, Value: argument(e.Value)})
		places[e.Name] = e.Key.Pos
	}
	for _, f := range s.callFaults(config, device, c.Function.Text(), args, true) {
		pos, found := places[f.Arg]
		v := c.Key("args")
		switch {
		case f.Arg == "":
			v, pos = c.Function, keyPos(c.Value, "function_name")
		case found:
			v.Path = v.Path.Child(f.Arg)
		default:
			pos = keyPos(c.Value, "args")
		}
		s.inConfig(callCode(f), v, pos, "", "%s", f.Message)
	}
}

func callCode(f provider.CallFault) string {
	if !f.Certain {
		return Doubtful
	}
	return Call
}

// argument returns a value of a call as the runtime reads it, with quotes or without:
// digits are an integer, a decimal is a real number.
func argument(v machine.Value) *doc.Node {
	if !v.Node.IsString() {
		return v.Node
	}
	n := *v.Node
	digits := strings.TrimPrefix(n.Text, "-")
	if digits == "" || strings.Trim(digits, "0123456789.") != "" || strings.Count(digits, ".") > 1 || digits == "." {
		return v.Node
	}
	if strings.Contains(digits, ".") {
		f, err := strconv.ParseFloat(n.Text, 64)
		if err != nil {
			return v.Node
		}
		n.Kind, n.Float = doc.Float, f
		return &n
	}
	n.Kind = doc.Int
	return &n
}
