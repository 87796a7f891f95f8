package validator_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/validator"
)

// chooser takes decisions from the bytes of a fuzzer; without bytes it takes the
// first choice.
type chooser []byte

func (c *chooser) number(below int) int {
	if len(*c) == 0 {
		return 0
	}
	n := int((*c)[0]) % below
	*c = (*c)[1:]
	return n
}

func choose[T any](c *chooser, list ...T) T { return list[c.number(len(list))] }

// anyMachine is a package whose documents have any names, in any number of runtime
// profiles, with every way to name a behavior tree. Its checksums are made.
func anyMachine(c *chooser) content {
	files := content{provenanceJSON: `{"exported_at": "1970-01-01T00:00:00Z", "package_format_version": 1, "redaction_policy": {"deploy_time_env_var": "INFLUXDB_TOKEN", "telemetry_influxdb_token_removed": false}}`}
	configs := []string{runtimeYAML, "runtime/rt.conf", "etc/config", "runtime/b.xml", "runtime/c.YML", "x", "runtime/behaviors/rt", "providers/rt"}
	providers := []string{"providers/p.yaml", "providers/p.cfg", "providers/p", "providers/sub/p.txt", "providers/p.xml", "providers/p.yml", "meta/p"}
	trees := []string{"runtime/behaviors/t.xml", "runtime/behaviors/t", "runtime/behaviors/sub/t.bt", "runtime/behaviors/t.txt", "tree.xml"}
	const tree = "<root BTCPP_format=\"4\"><BehaviorTree ID=\"a\"><AlwaysSuccess/></BehaviorTree></root>"

	var manifest, list strings.Builder
	manifest.WriteString("schema_version: 1\nmachine_id: rig\ndisplay_name: Rig\n")
	var ids []string
	for i := range 1 + c.number(3) {
		id := fmt.Sprintf("p%d", i)
		config := choose(c, providers...)
		ids = append(ids, id)
		fmt.Fprintf(&list, "- id: %s\n  command: ./%s\n  args: [%s%s]\n", id, choose(c, "run", "anolis-provider-sim"), choose(c, "--config, ", "-v, --config, "), choose(c, config, "./"+config))
		fmt.Fprintf(&manifest, "%s  %s: {config: %s}\n", map[bool]string{true: "providers:\n"}[i == 0], id, config)
		files[config] = "name: " + id + "\n"
	}
	manifest.WriteString("runtime_profiles:\n")
	for i := range 1 + c.number(3) {
		config := choose(c, configs...)
		fmt.Fprintf(&manifest, "  %s: %s\n", []string{"manual", "night", "full"}[i], config)
		named := choose(c, trees...)
		files[named] = tree
		files[config] = fmt.Sprintf("http: {enabled: false}\nproviders:\n%stelemetry: {enabled: false}\nautomation: {enabled: %s, %s}\n", list.String(),
			choose(c, "false", "true"), choose(c, "behavior_tree: "+named, "behavior_tree: '', behavior_tree_path: "+named, "behavior_tree_path: "+named, "behavior_tree: ' '", "tick_rate_hz: 5"))
		files[runtimeYAML] = files[config]
	}
	listed := choose(c, trees...)
	files[listed] = tree
	fmt.Fprintf(&manifest, "behaviors: [%s]\n", listed)
	manifest.WriteString("validation: {expected_providers: [" + strings.Join(ids, ", ") + "]}\ncompatibility: {runtime: {config_contract: a, http_contract: b}, providers: {p0: {strategy: local-build, version: '1'}}}\n")
	files[profileYAML] = manifest.String()
	return files
}

// fault spoils one file of a package in a way that whoever has to read it notices,
// and only they.
func fault(c *chooser, files content) (name string) {
	names := files.names()
	name = names[c.number(len(names))]
	switch c.number(3) {
	case 0:
		files[name] += "\n}<\x01"
	case 1:
		files[name] += "\nsome_token: not-a-real-one\n"
	case 2:
		files[name] = "\x00"
	}
	return name
}

// stages are what must be done with each file of a valid package, found out without
// the model that the validator has.
func stages(files content) map[string][]string {
	all := map[string][]string{
		profileYAML:    {"parsed", "held against a schema", "searched"},
		provenanceJSON: {"parsed", "held against a schema", "searched"},
		checksumsText:  {"searched"},
	}
	read := func(name string) *doc.Node {
		root, err := canonyaml.Read([]byte(files[name]))
		if err != nil {
			return nil
		}
		return root
	}
	config := []string{"parsed", "held against a schema", "held against the rules", "searched"}
	provider, tree := []string{"parsed", "searched"}, []string{"read as a tree", "searched"}
	manifest := read(profileYAML)
	for _, e := range manifest.Get("providers").Entries {
		all[path.Clean(e.Value.Get("config").Text)] = provider
	}
	if list := manifest.Get("behaviors"); list != nil {
		for _, item := range list.Items {
			all[path.Clean(item.Text)] = tree
		}
	}
	for _, e := range manifest.Get("runtime_profiles").Entries {
		name := path.Clean(e.Value.Text)
		all[name] = config
		root := read(name)
		for _, p := range root.Get("providers").Items {
			args := p.Get("args").Items
			if i := slices.IndexFunc(args, func(n *doc.Node) bool { return n.Text == "--config" }); i >= 0 {
				all[path.Clean(args[i+1].Text)] = provider
			}
		}
		named := ""
		for _, key := range []string{"behavior_tree", "behavior_tree_path"} {
			if n := root.Get("automation").Get(key); n.IsString() && named == "" {
				named = n.Text
			}
		}
		if strings.TrimSpace(named) != "" {
			all[path.Clean(named)] = tree
		}
	}
	return all
}

// FuzzRoles demands that a package is valid only if each document with a role was
// parsed, held against its schema and the runtime's rules, and searched, which it
// counts; and that a fault in such a document is found under any name.
func FuzzRoles(f *testing.F) {
	for _, seed := range []string{
		"", "\x00\x00\x01", "\x02\x01\x00\x01\x02\x03\x00\x01\x03\x02\x01\x00\x05", "\x00\x01\x00\x00\x00\x01\x01\x01\x01\x01\x01\x00",
		"\x01\x03\x01\x01\x01\x02\x00\x00\x00\x02\x02\x02\x02\x01\x01\x01\x03\x03\x00\x02\x00\x07\x02\x02\x01\x00\x00\x01\x05\x01",
		"\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00", "\x00\x04\x00\x00\x00\x00\x03\x01\x01\x02\x02\x01\x06\x02",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := chooser(data)
		files := anyMachine(&c)
		spoiled := ""
		whole := content{}
		for name, text := range files {
			whole[name] = text
		}
		if c.number(2) == 1 {
			spoiled = fault(&c, files)
		}
		files.sum()
		visits := map[string]map[string]int{}
		report := ofFS(t, files.fs(), validator.Options{}.Visiting(func(stage, file string) {
			if visits[file] == nil {
				visits[file] = map[string]int{}
			}
			visits[file][stage]++
		}))
		for file, stages := range visits {
			for stage, n := range stages {
				if n > 1 {
					t.Errorf("%s was %s %d times", file, stage, n)
				}
			}
		}
		if !report.Valid {
			return
		}
		for file, stages := range stages(files) {
			for _, stage := range stages {
				if visits[file][stage] != 1 {
					t.Errorf("valid, and %s was not %s: %v", file, stage, visits[file])
				}
			}
		}
		if _, has := stages(whole)[spoiled]; has {
			t.Errorf("valid with a fault in %s:\n%s", spoiled, files[spoiled])
		}
	})
}

// TestAnyMachineIsOftenValid keeps FuzzRoles from proving something about nothing.
func TestAnyMachineIsOftenValid(t *testing.T) {
	valid, roles := 0, map[string]bool{}
	for i := range 512 {
		data := make(chooser, 32)
		for j := range data {
			data[j] = byte(i * (j + 3) / 5 * 7 >> (j % 3))
		}
		files := anyMachine(&data)
		files.sum()
		if report := ofFS(t, files.fs(), validator.Options{}); report.Valid {
			valid++
			for name, list := range stages(files) {
				roles[list[0]+path.Ext(name)] = true
			}
		}
	}
	if valid < 100 || len(roles) < 8 {
		t.Errorf("%d of 512 are valid, with %d sorts of documents: %v", valid, len(roles), roles)
	}
}
