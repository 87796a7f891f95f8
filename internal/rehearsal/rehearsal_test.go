package rehearsal_test

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// packaged is the content of the package of a project.
func packaged(t *testing.T, dir string) conformance.Files {
	t.Helper()
	built, err := exporter.Build(context.Background(), os.DirFS(dir), exporter.Options{Name: "bench", Variants: exporter.AllVariants()})
	if err != nil {
		t.Fatal(err)
	}
	files := conformance.Files{}
	err = fs.WalkDir(built.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(built.FS(), name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func findings(t *testing.T, files conformance.Files) []string {
	t.Helper()
	var list []string
	for _, f := range rehearse(t, files).Findings {
		list = append(list, f.Code+" "+f.File+": "+f.Message)
	}
	slices.Sort(list)
	return list
}

const (
	full  = "runtime/anolis-runtime.full.yaml"
	mixer = "runtime/behaviors/fed_batch.xml"
)

// TestFaults breaks a machine that starts in one place after the other. Each edit is
// found, with its code; and following the advice, which takes the edit back, makes
// the machine start again.
func TestFaults(t *testing.T) {
	whole := packaged(t, handofftest.Projects()+"/bioreactor-bench")
	if list := findings(t, whole); list != nil {
		t.Fatalf("the machine as it is: %v", list)
	}
	hooks := "  mode_transition_hooks:\n    before_transition:\n"
	for _, test := range []struct {
		name, file, old, new string
		want                 []string
	}{
		{"node", mixer, "<AlwaysSuccess/>", "<AlwaysFine/>", []string{"start-tree " + mixer + ": there is no node AlwaysFine"}},
		{"device", mixer, "thermal0/jacket", "thermal0/jaket", []string{`start-device ` + mixer + `: "thermal0/jaket" of CallDevice names the device "jaket", which provider "thermal0" does not have`}},
		{"provider", mixer, "thermal0/jacket", "heat/jacket", []string{`start-device ` + mixer + `: "heat/jacket" of CallDevice names the provider "heat", which the profile does not run`}},
		{"handle without a slash", mixer, "thermal0/jacket", "jacket", []string{`start-device ` + mixer + `: "jacket" of CallDevice has no slash between a provider and a device`}},
		{"parameter", mixer, `param="stir_pwm"`, `param="stir_pmw"`, []string{`start-parameter ` + mixer + `: the profile does not define the parameter "stir_pmw"`}},
		{"type of a parameter", mixer, `GetParameter param="stir_pwm" value="{stir_pwm}"`, `GetParameterBool param="stir_pwm" value="{x}"`,
			[]string{`start-parameter ` + mixer + `: the parameter "stir_pwm" is of type "int64"; GetParameterBool reads bool`}},
		{"function", mixer, `function_name="set_setpoints"`, `function_name="set_setpoint"`,
			[]string{`start-call ` + mixer + `: the device has no function "set_setpoint"; it has set_mode, set_setpoints, set_open_duty_pct, set_periods_ms, set_tc_select, set_pid_x10`}},
		{"arguments that are a pointer", mixer, `args="{jacket_args}"`, `args='{"setpoint1_c": 1.0}'`, []string{"start-call " + mixer + ": args of CallDevice stands in braces, so it is a key of the blackboard and not JSON; the call has no arguments"}},
		{"arguments in a tree", mixer, `args="{jacket_args}"`, `args='json:{"setpoint1_c": 1.0, "x": 2}'`, []string{
			"start-call " + mixer + `: set_setpoints has no argument "x"; it takes setpoint1_c, setpoint2_c`,
			"start-call " + mixer + ": set_setpoints needs the argument setpoint2_c, a number"}},
		{"no arguments", mixer, `args="{jacket_args}"`, "", []string{
			"start-call " + mixer + ": set_setpoints needs the argument setpoint1_c, a number",
			"start-call " + mixer + ": set_setpoints needs the argument setpoint2_c, a number"}},
		{"subtree apart", mixer, ` _autoremap="true"`, "", []string{"start-subtree " + mixer + `: GetParameter in line 68 always fails, because the SubTree around it has no _autoremap="true"`}},
		{"endless", mixer, `<SubTree ID="HoldJacket" _autoremap="true"/>`, `<Repeat num_cycles="-1"><SubTree ID="HoldJacket" _autoremap="true"/></Repeat>`,
			[]string{"start-loop " + mixer + `: Repeat with num_cycles="-1" never pauses: one tick goes on without end, and the machine does not obey a stop`}},
		{"throws", mixer, `<SubTree ID="HoldJacket" _autoremap="true"/>`, `<SetBlackboard value="1"/><SubTree ID="HoldJacket" _autoremap="true"/>`,
			[]string{"start-throw " + mixer + ": SetBlackboard has no output_key; it throws when it is ticked"}},
		{"doubtful", mixer, `<SubTree ID="HoldJacket" _autoremap="true"/>`, `<Script code="a := 1;"/><SubTree ID="HoldJacket" _autoremap="true"/>`,
			[]string{"start-doubtful " + mixer + `: the script of code ends with ";", which only some versions of the loader take`}},
		{"default", full, "default: 140", "default: 230", []string{`start-parameter ` + mixer + `: the profile does not define the parameter "stir_pwm"`,
			"start-parameter-default " + full + `: the default of parameter "stir_pwm" is above its max, so the runtime does not define the parameter`}},
		{"default of a text", full, "default: yeast", "default: beer", []string{"start-parameter-default " + full + `: the default of parameter "culture" is not among its allowed_values, so the runtime does not define the parameter`}},
		{"device of a hook", full, "device_handle: drives0/harvest_base", "device_handle: drives0/harvest",
			[]string{"start-device " + full + `: "drives0/harvest" names the device "harvest", which provider "drives0" does not have`}},
		{"argument of a hook", full, "mode: closed_loop", "mode: warm", []string{"start-call " + full + ": the argument mode of set_mode must be closed_loop or open_loop"}},
		{"hook without a step", full, "- from: MANUAL\n      to: AUTO", "- from: IDLE\n      to: AUTO", []string{"start-hook " + full + `: the hook from "IDLE" to "AUTO" never runs: the runtime makes no such step`}},
		{"hook in IDLE", full, "- from: MANUAL\n      to: AUTO", "- from: MANUAL\n      to: IDLE", []string{"start-hook " + full + ": the hook does nothing: in IDLE every call is refused"}},
		{"hook that blocks", full, hooks + "    - from: AUTO\n", hooks + "    - from: \"*\"\n", []string{"start-hook " + full +
			": the hook keeps the machine in IDLE for ever: before the step from IDLE to MANUAL every call is refused, and fail_on_error is true"}},
		{"AUTO", full, "to: FAULT", "to: MANUAL", []string{"start-auto " + full + ": the machine never enters AUTO: no mode hook covers the step from AUTO to FAULT"}},
		{"emergency stop", full, "safety:\n  safe_state:\n    hooks:\n", "safety:\n  safe_state:\n    zero_is_safe: false\n    unused:\n",
			[]string{"start-estop " + full + ": an emergency stop drives nothing: what moves or heats goes on until its own watchdog ends it"}},
		{"setpoints that do not cover", full, "safety:\n  safe_state:\n    hooks:\n    - device_handle: thermal0/jacket\n", "safety:\n  safe_state:\n    setpoints:\n    - device_handle: drives0/stir_feed\n",
			[]string{"start-call " + full + `: the device has no function "set_setpoints"`, "start-estop " + full + `: an emergency stop drives nothing: safety.safe_state.setpoints does not cover "thermal0/jacket", and then none of them counts`}},
		{"argument of a provider", full, "  - --config\n  - providers/probes0.yaml", "  - --verbose\n  - --config\n  - providers/probes0.yaml",
			[]string{"start-arguments " + full + `: "--verbose" is not an argument of anolis-provider-ezo, which takes --config and a path only; the provider prints its usage and ends`}},
		{"command", full, "command: ../anolis-provider-ezo/build/dev-release/anolis-provider-ezo", "command: anolis-provider-ezo",
			[]string{"start-command " + full + `: "anolis-provider-ezo" is not looked for in PATH; give the path of the program, absolute or from the package`}},
		{"address on a bus", "providers/drives0.yaml", "34", "28",
			[]string{`start-bus providers/drives0.yaml: device "harvest_base" of provider "drives0" has the address 0x1c on "/dev/i2c-2", which device "jacket" of provider "thermal0" has already`}},
		{"config of a provider", "providers/probes0.yaml", "mode: manual", "mode: scan", []string{`start-doubtful providers/probes0.yaml: must be "manual", not "scan"`}},
		{"no device", "providers/probes0.yaml", "devices:\n", "unused:\n", []string{"start-no-device providers/probes0.yaml: lists no device, and a provider without devices ends the start"}},
	} {
		files := conformance.Files{}
		for name, text := range whole {
			files[name] = text
		}
		if n := strings.Count(files[test.file], test.old); n == 0 {
			t.Errorf("%s: %q is not in %s", test.name, test.old, test.file)
			continue
		}
		files[test.file] = strings.ReplaceAll(files[test.file], test.old, test.new)
		got := findings(t, files)
		for _, want := range test.want {
			if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("%s: no %s in %q", test.name, want, got)
			}
		}
	}
}

// TestBench lists all that is wrong with the machine that satisfies the contract and
// does not start.
func TestBench(t *testing.T) {
	result := rehearse(t, packaged(t, handofftest.Bench()))
	var got []string
	for _, f := range result.Findings {
		got = append(got, f.Code+" "+f.File+" "+strings.Join(f.Profiles, ","))
	}
	want := []string{
		"start-arguments runtime/anolis-runtime.yaml manual",
		"start-arguments runtime/anolis-runtime.telemetry.yaml telemetry",
		"start-arguments runtime/anolis-runtime.automation.yaml automation",
		"start-call runtime/behaviors/fed_batch.xml automation,full",
		"start-call runtime/anolis-runtime.automation.yaml automation",
		"start-arguments runtime/anolis-runtime.full.yaml full",
		"start-call runtime/anolis-runtime.full.yaml full",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, p := range result.Profiles {
		if p.Starts != machine.No {
			t.Errorf("profile %s starts: %v", p.Name, p.Starts)
		}
	}
}

// TestDeadTree remarks on a tree that another one with its ID replaces.
func TestDeadTree(t *testing.T) {
	const file = "runtime/behaviors/fed_batch.xml"
	files := packaged(t, handofftest.Projects()+"/bioreactor-bench")
	files[file] = strings.Replace(files[file], "</root>", "<BehaviorTree ID=\"FedBatch\"><AlwaysSuccess/></BehaviorTree>\n</root>", 1)
	remarked := 0
	for _, p := range rehearse(t, files).Profiles {
		for _, remark := range p.Remarks {
			if strings.HasPrefix(remark, `the tree in line 7 of "`+file+`" never runs: `) {
				remarked++
			}
		}
	}
	if remarked != 2 { // of the profiles that run the tree
		t.Errorf("%d profiles have the remark", remarked)
	}
}
