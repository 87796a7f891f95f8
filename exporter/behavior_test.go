package exporter_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestBehaviorLookup finds a behavior in the project first, then in the data
// root, then as a deploy token of this project.
func TestBehaviorLookup(t *testing.T) {
	data := with(nil,
		"behaviors/mix.xml", "data behaviors",
		"shared/x.xml", "data shared",
		"projects/rig-1/own.xml", "data own",
		"projects/anolis-projects/projects/rig-1/both.xml", "data token",
	)
	for _, test := range []struct {
		name string
		ref  string
		opts exporter.Options
		want string
		base string
	}{
		{"project", "behaviors/mix.xml", exporter.Options{}, "project mix", "mix.xml"},
		{"project unclean", "./a/..//behaviors/mix.xml", exporter.Options{}, "project mix", "mix.xml"},
		{"project before data root", "behaviors/mix.xml", exporter.Options{DataRoot: data}, "project mix", "mix.xml"},
		{"data root", "shared/x.xml", exporter.Options{DataRoot: data}, "data shared", "x.xml"},
		{"above the project", "../../shared/x.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "data shared", "x.xml"},
		{"up and down again", "../rig-1/own.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "project own", "own.xml"},
		{"by the path in the data root", "projects/rig-1/own.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "project own", "own.xml"},
		{"machine id", "../anolis-projects/projects/rig-1/behaviors/mix.xml", exporter.Options{}, "project mix", "mix.xml"},
		{"machine id, other name", "../anolis-projects/projects/rig-1/behaviors/mix.xml", exporter.Options{Name: "bench"}, "project mix", "mix.xml"},
		{"project name", "../anolis-projects/projects/bench/behaviors/mix.xml", exporter.Options{Name: "bench"}, "project mix", "mix.xml"},
		{"a file before the token", "../anolis-projects/projects/rig-1/both.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "data token", "both.xml"},
		{"spaces around", "  behaviors/mix.xml\u3000", exporter.Options{}, "project mix", "mix.xml"},
	} {
		project := with(readBase(t, "canonical"),
			"behaviors/mix.xml", "project mix", "own.xml", "project own", "both.xml", "project both",
			"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: '"+test.ref+"', behavior_tree_path: gone.xml}\n")
		got := entriesOf(t, project, test.opts)
		if text := got["runtime/behaviors/"+test.base]; text != test.want {
			t.Errorf("%s: the package has %q, want %q", test.name, text, test.want)
		}
		const rest = "providers:\n- id: sim0\n  args:\n  - --config\n  - providers/sim0.yaml\nautomation:\n  behavior_tree: runtime/behaviors/"
		if config := got["runtime/anolis-runtime.yaml"]; config != rest+test.base+"\n" {
			t.Errorf("%s: config is\n%s", test.name, config)
		}
	}
}

// TestBehaviorShared: one file by three names is no conflict.
func TestBehaviorShared(t *testing.T) {
	project := with(readBase(t, "variants"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/mix.xml}\n",
		"config/full.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: ../anolis-projects/projects/rig-1/behaviors/mix.xml}\n",
		"config/automation.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: ../../projects/rig-1/behaviors/mix.xml}\n")
	got := entriesOf(t, project, exporter.Options{
		Variants: exporter.AllVariants(), DataRoot: with(nil, "other.xml", "x"), ProjectPath: "projects/rig-1",
	})
	if got["runtime/behaviors/mix.xml"] == "" {
		t.Errorf("no behavior in %v", got)
	}
}

// TestUnreadableBehavior keeps the cause of the file system in the chain.
func TestUnreadableBehavior(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: gone.xml}\n")
	problems, err := refusalOf(t, project, exporter.Options{})
	if len(problems) != 1 || problems[0].Code != validator.CodeReferenceMissing {
		t.Fatalf("problems: %v", problems)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("errors.Is(%v, fs.ErrNotExist) is false", err)
	}
}
