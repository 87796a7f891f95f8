package rehearsal_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// edit is a text of a file and what to write in its place.
type edit struct{ file, old, new string }

func (e edit) apply(t *testing.T, files conformance.Files) {
	t.Helper()
	if !strings.Contains(files[e.file], e.old) {
		t.Fatalf("%s does not have %q", e.file, e.old)
	}
	files[e.file] = strings.ReplaceAll(files[e.file], e.old, e.new)
}

// warned are the problems of a package about its start.
func warned(t *testing.T, files conformance.Files) (list []validator.Problem) {
	t.Helper()
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	p := handofftest.OpenFiles(t, handofftest.WithChecksums(t, m), true)
	for _, problem := range p.Report().Problems {
		if strings.HasPrefix(string(problem.Code), "start-") {
			list = append(list, problem)
		}
	}
	return list
}

// TestAdvice follows the advice of each code to the letter, and has a machine that
// starts without a warning. An advice with an "or" is followed both ways.
func TestAdvice(t *testing.T) {
	const drives, thermal, probes, sim = "providers/drives0.yaml", "providers/thermal0.yaml", "providers/probes0.yaml", "providers/bench-sim.yaml"
	hold := `<SubTree ID="HoldJacket" _autoremap="true"/>`
	around := func(before, after string) edit { return edit{mixer, hold, before + hold + after} }
	const stops = "    hooks:\n    - device_handle: thermal0/jacket\n      function_name: set_setpoints\n      args: {setpoint1_c: 0.0, setpoint2_c: 0.0}\n" +
		"    - device_handle: drives0/stir_feed\n      function_name: set_open_loop\n      args: {motor1_pwm: 0, motor2_pwm: 0}\n"
	tests := []struct {
		code   validator.Code
		broken edit
		advice string
		fixes  [][]edit
	}{
		{validator.CodeStartTree, edit{mixer, "<AlwaysSuccess/>", "<AlwaysFine/>"}, "Correct the tree at the given place and export again.",
			[][]edit{{{mixer, "<AlwaysFine/>", "<AlwaysSuccess/>"}}}},
		{validator.CodeStartDevice, edit{mixer, "thermal0/jacket", "thermal0/jaket"}, "Write thermal0/jacket.", [][]edit{{{mixer, "thermal0/jaket", "thermal0/jacket"}}}},
		{validator.CodeStartDevice, edit{full, "device_handle: drives0/harvest_base", "device_handle: drives0/other"}, "Correct the handle, or add the device to the config of the provider.",
			[][]edit{{{full, "drives0/other", "drives0/harvest_base"}}, {{drives, "devices:\n", "devices:\n- {id: other, type: dcmt, label: Other, address: 35}\n"}, {drives, "  - 34\n", "  - 34\n  - 35\n"}}}},
		{validator.CodeStartDevice, edit{mixer, "thermal0/jacket", "jacket"}, "Write the handle as PROVIDER/DEVICE.", [][]edit{{{mixer, `"jacket"`, `"thermal0/jacket"`}}}},
		{validator.CodeStartParameter, edit{mixer, `param="stir_pwm"`, `param="stir_pmw"`}, "Write stir_pwm.", [][]edit{{{mixer, "stir_pmw", "stir_pwm"}}}},
		{validator.CodeStartProvider, edit{thermal, "address: 28", "address: high"}, "Correct the config of the provider at the given place and export again.",
			[][]edit{{{thermal, "address: high", "address: 28"}}}},
		{validator.CodeStartBus, edit{drives, "34", "28"}, "Give one of the two another address, or remove it.",
			[][]edit{{{drives, "28", "36"}}}},
		{validator.CodeStartCall, edit{full, "mode: closed_loop", "mode: warm"}, "Call a function that the device has, with all of its arguments in the type that it takes.",
			[][]edit{{{full, "mode: warm", "mode: open_loop"}}}},
		{validator.CodeStartCall, edit{mixer, `args="{jacket_args}"`, `args='{"setpoint1_c": 1.0, "setpoint2_c": 2.0}'`}, "Write json: before the brace.",
			[][]edit{{{mixer, `args='{"set`, `args='json:{"set`}}}},
		{validator.CodeStartHook, edit{full, "- from: MANUAL\n      to: AUTO", "- from: MANUAL\n      to: IDLE"}, "Name another step in from and to.",
			[][]edit{{{full, "- from: MANUAL\n      to: IDLE", "- from: MANUAL\n      to: AUTO"}}}},
		{validator.CodeStartHook, edit{full, "    - from: AUTO\n      to: MANUAL\n", "    - from: \"*\"\n      to: MANUAL\n"}, "Set fail_on_error to false, or name another mode in from.",
			[][]edit{{{full, "to: MANUAL\n      fail_on_error: true", "to: MANUAL\n      fail_on_error: false"}}, {{full, "from: \"*\"\n      to: MANUAL", "from: AUTO\n      to: MANUAL"}}}},
		{validator.CodeStartLoop, around(`<Repeat num_cycles="-1">`, "</Repeat>"), "Use KeepRunningUntilFailure, or put a Sleep inside.",
			[][]edit{{{mixer, `<Repeat num_cycles="-1">`, "<KeepRunningUntilFailure>"}, {mixer, "</Repeat>", "</KeepRunningUntilFailure>"}},
				{{mixer, `<Repeat num_cycles="-1">`, `<Repeat num_cycles="-1"><Sequence><Sleep msec="10"/>`}, {mixer, "</Repeat>", "</Sequence></Repeat>"}}}},
		{validator.CodeStartThrow, around(`<SetBlackboard value="1"/>`, ""), "Give it an output_key.", [][]edit{{{mixer, `<SetBlackboard value="1"/>`, `<SetBlackboard value="1" output_key="x"/>`}}}},
		{validator.CodeStartSubtree, edit{mixer, ` _autoremap="true"`, ""}, `Set _autoremap="true" on the SubTree.`, [][]edit{{{mixer, `<SubTree ID="HoldJacket"/>`, hold}}}},
		{validator.CodeStartArguments, edit{full, "  - --config\n  - providers/probes0.yaml", "  - --verbose\n  - --config\n  - providers/probes0.yaml"}, "Remove the argument, or give the one that is missing.",
			[][]edit{{{full, "  - --verbose\n", ""}}}},
		{validator.CodeStartArguments, edit{full, "  - --config\n  - providers/probes0.yaml", "  - --config"}, "Remove the argument, or give the one that is missing.",
			[][]edit{{{full, "anolis-provider-ezo\n  args:\n  - --config", "anolis-provider-ezo\n  args:\n  - --config\n  - providers/probes0.yaml"}}}},
		{validator.CodeStartCommand, edit{full, "command: ../anolis-provider-ezo/build/dev-release/anolis-provider-ezo", "command: anolis-provider-ezo"}, "Write the path of the program.",
			[][]edit{{{full, "command: anolis-provider-ezo", "command: /usr/bin/anolis-provider-ezo"}}}},
		{validator.CodeStartNoDevice, edit{probes, "devices:\n", "devices: []\nunused:\n"}, "List a device that the bus has.", [][]edit{{{probes, "devices: []\nunused:\n", "devices:\n"}}}},
		{validator.CodeStartEmergencyStop, edit{full, "safety:\n  safe_state:\n    hooks:\n", "safety:\n  safe_state:\n    zero_is_safe: false\n    unused:\n"}, "List the calls that stop the machine in safety.safe_state.hooks.",
			[][]edit{{{full, "    zero_is_safe: false\n", "    zero_is_safe: false\n" + stops}}}},
		{validator.CodeStartAuto, edit{full, "to: FAULT", "to: MANUAL"}, "Add a hook to automation.mode_transition_hooks.after_transition that stops the machine, from AUTO to FAULT.",
			[][]edit{{{full, "    after_transition:\n", "    after_transition:\n    - {from: AUTO, to: FAULT, calls: [{device_handle: drives0/stir_feed, function_name: set_open_loop, args: {motor1_pwm: 0, motor2_pwm: 0}}]}\n"}}}},
		{validator.CodeStartParameterDefault, edit{full, "default: yeast", "default: beer"}, "Choose a default that its own limits allow.", [][]edit{{{full, "default: beer", "default: water-run"}}}},
		{validator.CodeStartDoubtful, around(`<Script code="a := 1;"/>`, ""), "Write it in a way that all versions of the loader take.", [][]edit{{{mixer, "a := 1;", "a := 1"}}}},
		{validator.CodeStartSimulation, edit{sim, "type: tempctl", "type: nothing"}, "Correct the value, or set startup_policy to degraded.",
			[][]edit{{{sim, "type: nothing", "type: tempctl"}}, {{sim, "startup_policy: strict", "startup_policy: degraded"}}}},
	}
	bench := packaged(t, handofftest.Projects()+"/bioreactor-bench")
	simulated := packaged(t, handofftest.Projects()+"/sim-quickstart")
	var followed []validator.Code
	for _, test := range tests {
		whole := bench
		if test.broken.file == sim {
			whole = simulated
		}
		broken := maps.Clone(whole)
		test.broken.apply(t, broken)
		list := warned(t, broken)
		i := slices.IndexFunc(list, func(p validator.Problem) bool { return p.Code == test.code && p.Hint == test.advice })
		if i < 0 {
			t.Errorf("%s: no such advice in %v", test.code, list)
			for _, p := range list {
				t.Log(p.Hint)
			}
			continue
		}
		followed = append(followed, test.code)
		for _, fix := range test.fixes {
			mended := maps.Clone(broken)
			for _, e := range fix {
				e.apply(t, mended)
			}
			if left := warned(t, mended); len(left) > 0 {
				t.Errorf("%s: after %q: %v", test.code, fix, left)
			}
		}
	}
	for _, info := range validator.Codes() {
		if info.Check == "rehearsal" && !slices.Contains(followed, info.Code) {
			t.Errorf("nobody follows the advice of %s", info.Code)
		}
	}
}
