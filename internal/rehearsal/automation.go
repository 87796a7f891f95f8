package rehearsal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/provider"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/tree"
)

// tree loads the behavior tree, and looks up what its nodes name.
func (s *start) tree() error {
	if !s.profile.Automation || s.config.Tree == nil || s.config.Tree.File == "" {
		return nil
	}
	file := s.config.Tree.File
	t, known := s.trees[file]
	if !known {
		var err error
		if f := s.opts.Trees[file]; f != nil {
			t, err = f.Tree(s.ctx, s.files, s.machine.Version)
		} else {
			t, err = tree.Read(s.ctx, s.files, file, s.machine.Version)
		}
		if err != nil {
			return err
		}
		s.trees[file] = t
	}
	s.profile.Tree = t
	for _, f := range t.Findings {
		found := Finding{Place: f.Place, Message: f.Message, Hint: f.Hint, Also: f.Also, Stops: machine.No}
		switch f.Rule {
		case tree.Refused:
			found.Code, found.Stops = Tree, machine.Yes
		case tree.Doubtful:
			found.Code, found.Stops = Doubtful, machine.Unknown
		case tree.Throws:
			found.Code = Throw
		case tree.Endless:
			found.Code = Loop
		case tree.Apart:
			found.Code = Subtree
		case tree.Pointer:
			found.Code = Call
		}
		s.add(found)
	}
	later := map[string]*tree.Definition{}
	for _, d := range slices.Backward(t.Definitions) {
		used := later[d.ID]
		if used == nil {
			later[d.ID] = d
		} else if d.ID != "" {
			s.remark(fmt.Sprintf("the tree in line %d of %s never runs: the one in line %d of %s has the same ID, and the last one counts",
				d.Line, show.Quote(d.File, 200), used.Line, show.Quote(used.File, 200)))
		}
	}
	parameters := s.defined()
	for _, n := range t.Made {
		if n.Kind().Services {
			s.node(n, parameters)
		}
	}
	return nil
}

// inTree is a finding at an attribute of a node.
func (s *start) inTree(code string, at tree.Place, hint, message string) {
	s.add(Finding{Code: code, Place: at, Message: message, Hint: hint, Stops: machine.No})
}

// node looks up what a node of the runtime names.
func (s *start) node(n *tree.Node, parameters map[string]string) {
	if param, ok := n.Literal("param"); ok && strings.HasPrefix(n.Name, "GetParameter") {
		s.parameter(n, param, parameters)
		return
	}
	handle, ok := n.Literal("device_handle")
	if !ok {
		return
	}
	config, device, fault, hint := s.device(handle.Value)
	if fault != "" {
		s.inTree(Device, n.At(handle), hint, show.Quote(handle.Value, 200)+" of "+n.Name+" "+fault)
		return
	}
	function, ok := n.Literal("function_name")
	if n.Name != "CallDevice" || !ok {
		return
	}
	at, args, known := n.Place, []provider.CallArg{}, true
	if attr, given := n.Get("args"); given {
		at = n.At(attr)
		args, known = s.literalArgs(attr.Value)
	}
	for _, f := range s.callFaults(config, device, function.Value, args, known) {
		place := at
		if f.Arg == "" {
			place = n.At(function)
		}
		s.inTree(callCode(f), place, "", f.Message)
	}
}

// literalArgs returns the arguments that a tree writes out, and whether it does.
func (s *start) literalArgs(text string) ([]provider.CallArg, bool) {
	text, found := strings.CutPrefix(text, "json:")
	if !found {
		return nil, false
	}
	root, err := docfile.JSON.ParseContext(s.ctx, []byte(text))
	if err != nil || !root.IsMap() {
		return nil, false
	}
	args := []provider.CallArg{}
	for _, e := range root.Entries {
		args = append(args, provider.CallArg{Name: doc.KeyText(e.Key), Value: e.Value})
	}
	return args, true
}

// parameter looks up the parameter that a node reads.
func (s *start) parameter(n *tree.Node, param tree.Attr, parameters map[string]string) {
	typ, defined := parameters[param.Value]
	if !defined {
		var names []string
		for name := range parameters {
			names = append(names, name)
		}
		hint := "define it in automation.parameters"
		if near := nearest(param.Value, names); near != "" {
			hint = "write " + near
		}
		s.inTree(Parameter, n.At(param), hint, "the profile does not define the parameter "+show.Quote(param.Value, 100))
		return
	}
	wants, takes := "double or int64", typ == "double" || typ == "int64"
	switch n.Name {
	case "GetParameterBool":
		wants, takes = "bool", typ == "bool"
	case "GetParameterInt64":
		wants, takes = "int64", typ == "int64"
	}
	if !takes {
		s.inTree(Parameter, n.At(param), "", "the parameter "+show.Quote(param.Value, 100)+" is of type "+show.Quote(typ, 20)+"; "+n.Name+" reads "+wants)
	}
}

// defined returns the types of the parameters that the runtime defines: of one name
// the first whose default it takes.
func (s *start) defined() map[string]string {
	types := map[string]string{}
	for _, p := range s.config.Parameters() {
		if _, again := types[p.Name.Text()]; !again && outside(p) == "" {
			types[p.Name.Text()] = p.Type.Text()
		}
	}
	return types
}

// parameters reports parameters that the runtime does not define.
func (s *start) parameters() {
	if !s.profile.Automation {
		return
	}
	for _, p := range s.config.Parameters() {
		if why := outside(p); why != "" {
			s.inConfig(ParameterDefault, p.Default, keyPos(p.Value, "default"), "choose a default that its own limits allow",
				"the default of parameter %s %s, so the runtime does not define the parameter", show.Quote(p.Name.Text(), 100), why)
		}
	}
}

// outside says why the runtime does not take the default of a parameter, or "".
func outside(p machine.Parameter) string {
	switch p.Type.Text() {
	case "double", "int64":
		value, ok := number(p.Default)
		if least, has := number(p.Min); ok && has && value < least {
			return "is below its min"
		}
		if most, has := number(p.Max); ok && has && value > most {
			return "is above its max"
		}
	case "string":
		allowed := p.Allowed.Items()
		if len(allowed) == 0 {
			return ""
		}
		for _, a := range allowed {
			if a.Text() == p.Default.Text() {
				return ""
			}
		}
		return "is not among its allowed_values"
	}
	return ""
}

func number(v machine.Value) (float64, bool) {
	if v.IsNull() || !v.IsScalar() {
		return 0, false
	}
	if v.Node.Kind == doc.Float {
		return v.Node.Float, true
	}
	f, err := strconv.ParseFloat(v.Text(), 64)
	return f, err == nil
}

// steps are the changes of mode that the runtime makes.
var steps = [...][2]string{
	{"MANUAL", "AUTO"}, {"AUTO", "MANUAL"}, {"MANUAL", "IDLE"}, {"IDLE", "MANUAL"},
	{"MANUAL", "FAULT"}, {"AUTO", "FAULT"}, {"IDLE", "FAULT"}, {"FAULT", "MANUAL"},
}

// hooks judges the mode hooks.
func (s *start) hooks() {
	if !s.profile.Automation {
		return
	}
	for _, h := range s.config.Hooks() {
		for _, c := range h.Calls {
			s.call(c)
		}
		pos := h.Value.Pos()
		runs, idle := false, true
		for _, step := range steps {
			if !h.Matches(step[0], step[1]) {
				continue
			}
			runs = true
			// In IDLE every call is refused.
			if h.Before && step[0] != "IDLE" || !h.Before && step[1] != "IDLE" {
				idle = false
			}
		}
		switch {
		case !runs:
			s.inConfig(Hook, h.Value, pos, "correct from and to", "the hook from %s to %s never runs: the runtime makes no such step", show.Quote(h.From, 20), show.Quote(h.To, 20))
		case h.Before && h.FailOnError() && len(h.Calls) > 0 && h.Matches("IDLE", "MANUAL"):
			s.inConfig(Hook, h.Value, pos, "set fail_on_error to false, or name another mode in from",
				"the hook keeps the machine in IDLE for ever: before the step from IDLE to MANUAL every call is refused, and fail_on_error is true")
		case idle:
			s.inConfig(Hook, h.Value, pos, "name another step in from and to", "the hook does nothing: in IDLE every call is refused")
		}
	}
	if s.actuates() && !s.config.CoversFault() {
		s.auto()
	}
}

// auto reports that the machine cannot enter AUTO.
func (s *start) auto() {
	v := s.config.Root.Key("automation")
	const hint = "add a hook to automation.mode_transition_hooks.after_transition that stops the machine, from AUTO to FAULT"
	switch s.machine.Version.Has(machine.SinceGate()) {
	case machine.Yes:
		s.inConfig(Auto, v, keyPos(s.config.Root, "automation"), hint, "the machine never enters AUTO: no mode hook covers the step from AUTO to FAULT")
	case machine.Unknown:
		s.inConfig(Doubtful, v, keyPos(s.config.Root, "automation"), hint, "no mode hook covers the step from AUTO to FAULT; runtimes from 0.1.40 on then never enter AUTO")
	}
}

// actuates reports whether some device of the profile certainly moves, heats or
// switches something.
func (s *start) actuates() bool {
	for _, in := range s.instances {
		if in.Config == nil {
			continue
		}
		for i := range in.Config.Devices {
			if moves(in.Config, &in.Config.Devices[i]) {
				return true
			}
		}
	}
	return false
}

func moves(c *provider.Config, d *provider.Device) bool {
	functions, known := provider.Functions(c.Kind, d.Type)
	return known && len(functions) > 0 && c.Kind != provider.Ezo && d.Type != "analogsensor"
}

// safeState judges what an emergency stop drives.
func (s *start) safeState() {
	state := s.config.SafeState()
	for _, c := range state.Hooks {
		s.call(c)
	}
	for _, c := range state.Setpoints {
		s.call(c)
	}
	if !s.profile.Automation || !s.actuates() || s.machine.Version.Has(machine.SinceSafety()) == machine.No {
		return
	}
	const hint = "list the calls that stop the machine in safety.safe_state.hooks"
	v, pos := s.config.Root.Key("safety"), keyPos(s.config.Root, "safety")
	if !v.Present() {
		v, pos = s.config.Root.Key("automation"), keyPos(s.config.Root, "automation")
	}
	switch stop := s.config.EmergencyStop(); {
	case stop.Rung == machine.Nothing && !state.Declared && s.config.CoversFault():
		s.inConfig(EmergencyStop, v, pos, hint, "an emergency stop drives nothing: it latches all actuation before the mode hooks run, and no hook goes from any mode to FAULT")
	case stop.Rung == machine.Nothing:
		s.inConfig(EmergencyStop, v, pos, hint, "an emergency stop drives nothing: what moves or heats goes on until its own watchdog ends it")
	case stop.Rung == machine.Setpoints && !state.ZeroIsSafe:
		if left := s.uncovered(stop.Calls); left != "" {
			s.inConfig(EmergencyStop, v, pos, hint, "an emergency stop drives nothing: safety.safe_state.setpoints does not cover %s, and then none of them counts", left)
		}
	}
}

// uncovered returns a device that actuates and has no call, or "".
func (s *start) uncovered(calls []machine.Call) string {
	covered := map[string]bool{}
	for _, c := range calls {
		covered[c.Handle.Text()] = true
	}
	for _, in := range s.instances {
		if in.Config == nil || !in.Config.Sound() {
			continue
		}
		for i := range in.Config.Devices {
			d := &in.Config.Devices[i]
			if moves(in.Config, d) && !covered[in.ID+"/"+d.ID] {
				return show.Quote(in.ID+"/"+d.ID, 200)
			}
		}
	}
	return ""
}
