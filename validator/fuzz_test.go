package validator_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}

// FuzzArchive validates any bytes. A valid package is what other readers see,
// and its checksums hold; a canonical one is what the writer makes of it.
func FuzzArchive(f *testing.F) {
	data := sound(f).archive(f)
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Add(smallest(f))
	f.Add([]byte{})
	for _, edit := range []func(content){
		func(c content) { c.add("providers/thermal0.yaml", "a: [yes, 012]\ntoken: x\n") },
		func(c content) { c[profileYAML] = "[" },
		func(c content) { c[behaviorXML] = "<a>&b;</a>" },
		func(c content) { c["NUL"] = "x" },
	} {
		c := sound(f)
		edit(c)
		c.sum()
		f.Add(c.archive(f))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &counting{ReaderAt: bytes.NewReader(data)}
		report, err := validator.Archive(t.Context(), r, int64(len(data)), validator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// The digest, the archive, and each file by each check that reads files.
		if most := 7*int64(len(data)) + 1<<17; r.n.Load() > most {
			t.Errorf("read %d of %d bytes", r.n.Load(), len(data))
		}
		checkReport(t, report)
		if report.Valid {
			checkValid(t, report, data)
		}
	})
}

// checkReport checks what holds for every report.
func checkReport(t *testing.T, r *validator.Report) {
	t.Helper()
	for _, p := range r.Problems {
		if info, known := validator.Info(p.Code); !known || p.Message == "" || p.Line < 0 || p.Column < 0 || r.Valid && p.Severity == validator.Error {
			t.Errorf("problem %+v of %+v", p, info)
		}
	}
	if len(r.Checks)+len(r.Skipped) != 17 {
		t.Errorf("%d checks and %d skipped", len(r.Checks), len(r.Skipped))
	}
	if r.Canonical && strings.Contains(verdict(r), "not-canonical") {
		t.Error("canonical and not")
	}
	outputs(t, r)
}

// checkValid holds a valid archive against archive/zip, package checksum and the
// writer.
func checkValid(t *testing.T, report *validator.Report, data []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := content{}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		c[f.Name] = string(text)
	}
	var names []string
	for _, f := range report.Files {
		names = append(names, f.Path)
		if want := zipfile.FromBytes(f.Path, []byte(c[f.Path])); f.Size != want.Size {
			t.Errorf("%s has %d bytes, not %d", f.Path, f.Size, want.Size)
		}
	}
	if diff := cmp.Diff(c.names(), names); diff != "" {
		t.Fatalf("files (-archive/zip +report):\n%s", diff)
	}
	manifest, _, err := checksum.ParseLenient(strings.NewReader(c[checksumsText]))
	if err != nil {
		t.Fatal(err)
	}
	if err := manifest.Verify(t.Context(), c.fs(), checksumsText); err != nil {
		t.Error(err)
	}
	if again := c.archive(t); bytes.Equal(again, data) != report.Canonical {
		t.Errorf("canonical is %v", report.Canonical)
	}
	if fromFS := ofFS(t, c.fs(), validator.Options{}); !fromFS.Valid {
		t.Errorf("not valid as files: %v", fromFS.Err())
	}
}

// FuzzFS validates the files that a text describes: the first line says what to
// do to a sound package, the rest are its files as in a txtar archive.
func FuzzFS(f *testing.F) {
	whole := sound(f)
	for _, seed := range []string{
		"sum\n",
		"\n-- machine-profile.yaml --\nschema_version: 1\n",
		"sum\n-- machine-profile.yaml --\nruntime_profiles: {manual: a.yaml, b: ../c}\nproviders: {a: {config: x}}\nbehaviors: [1, a, [b]]\n-- a.yaml --\nproviders: [{id: a, args: [--config, x]}, 5]\nautomation: {enabled: on, behavior_tree: y}\n",
		"sum\n-- runtime/anolis-runtime.yaml --\n<<: {providers: *a}\n",
		"sum\n-- runtime/behaviors/a.xml --\n<!DOCTYPE a><a>\n-- NUL/x. --\n-- a:b --\n",
		"sum\n-- meta/provenance.json --\n{\"a\": 1, \"a\": 2}\n",
		"-\n-- meta/checksums.sha256 --\nhello\n",
		"sum\n-- A --\n-- a --\n-- a/b --\n-- providers/x.json --\n[{\"token\": \"x\"}]\n",
		"sum\n-- ../x --\n-- /x --\n-- a//b --\n-- \xff --\n-- \x1b[0m --\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		c := packageTest{edit: func(c content) { described(c, string(data)) }}.changed(whole)
		if !bytes.HasPrefix(data, []byte("sum")) {
			c = packageTest{tear: func(c content) { described(c, string(data)) }}.changed(whole)
		}
		report, err := validator.FS(t.Context(), flat{c}, validator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, report)
		if report.Canonical {
			t.Error("a file system is canonical")
		}
		if !report.Valid {
			return
		}
		delete(c, ".")
		if fromArchive := ofArchive(t, c.archive(t), validator.Options{}); !fromArchive.Valid || !fromArchive.Canonical {
			t.Errorf("from an archive: canonical %v, %v", fromArchive.Canonical, fromArchive.Err())
		}
	})
}

// described reads the files of a text.
func described(c content, text string) {
	name := ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- "); ok && strings.HasSuffix(title, " --") {
			name = strings.TrimSuffix(title, " --")
			c[name] = ""
		} else if name != "" {
			c[name] += line
		}
	}
}

// flat is a file system with any names: it lists all its files in one folder, as
// no sound one would.
type flat struct{ files content }

func (f flat) Open(name string) (fs.File, error) {
	if text, ok := f.files[name]; ok && name != "." {
		return fstest.MapFS{"x": {Data: []byte(text), Mode: 0o644}}.Open("x")
	}
	return f.files.fs().Open(name)
}

func (f flat) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, nil
	}
	var list []fs.DirEntry
	for _, name := range f.files.names() {
		info, err := fs.Stat(fstest.MapFS{"x": {Data: []byte(f.files[name]), Mode: 0o644}}, "x")
		if err != nil {
			return nil, err
		}
		list = append(list, named{fs.FileInfoToDirEntry(info), name})
	}
	return list, nil
}

type named struct {
	fs.DirEntry
	name string
}

func (n named) Name() string { return n.name }

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
