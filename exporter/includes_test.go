package exporter_test

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

func tree(includes ...string) string {
	text := "<root BTCPP_format=\"4\">\n"
	for _, name := range includes {
		text += "  <include path=\"" + name + "\"/>\n"
	}
	return text + "</root>\n"
}

// TestWithIncludes packs what behaviors include, each file once and at its relative
// path, and nothing without being asked.
func TestWithIncludes(t *testing.T) {
	project := with(readBase(t, "variants"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: trees/main.xml}\n",
		"config/telemetry.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: trees/other.xml}\n",
		"config/automation.yaml", "providers: [{id: sim0}]\n",
		"config/full.yaml", "providers: [{id: sim0}]\n",
		"trees/main.xml", tree("sub/a.xml", "./sub//b.xml", "other.xml", "main.xml"),
		"trees/sub/a.xml", tree("b.xml", "../main.xml", "deep/c.xml"),
		"trees/sub/b.xml", tree("a.xml"),
		"trees/sub/deep/c.xml", tree(),
		"trees/other.xml", tree(),
	)
	opts := exporter.Options{Variants: exporter.SomeVariants("telemetry")}
	behaviors := func(opts exporter.Options) (names []string, profile string) {
		entries := entriesOf(t, project, opts)
		for name, text := range entries {
			if inside, ok := strings.CutPrefix(name, "runtime/behaviors/"); ok {
				names = append(names, inside)
				if source := string(project["trees/"+inside].Data); text != source {
					t.Errorf("%s is %q, want %q", name, text, source)
				}
			}
		}
		return names, entries["machine-profile.yaml"]
	}
	sorted := cmp.Transformer("sort", func(list []string) map[string]bool {
		set := map[string]bool{}
		for _, s := range list {
			set[s] = true
		}
		return set
	})
	names, without := behaviors(opts)
	if diff := cmp.Diff([]string{"main.xml", "other.xml"}, names, sorted); diff != "" {
		t.Errorf("without includes: want -, got +\n%s", diff)
	}
	opts.WithIncludes = true
	names, profile := behaviors(opts)
	if diff := cmp.Diff([]string{"main.xml", "other.xml", "sub/a.xml", "sub/b.xml", "sub/deep/c.xml"}, names, sorted); diff != "" {
		t.Errorf("with includes: want -, got +\n%s", diff)
	}
	// The manifest lists what runtime configs use.
	if diff := cmp.Diff(without, profile); diff != "" {
		t.Errorf("machine profile without includes -, with +\n%s", diff)
	}
	for _, n := range build(t, project, opts).Notes() {
		if n.Code == validator.CodeIncludeNotPacked {
			t.Errorf("note on what is packed: %v", n)
		}
	}
}

// TestIncludesFromDataRoot looks beside the tree, wherever that is.
func TestIncludesFromDataRoot(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: shared/main.xml}\n",
		"shared/sub.xml", "of the project")
	data := with(nil, "shared/main.xml", tree("sub.xml"), "shared/sub.xml", "of the data root")
	got := entriesOf(t, project, exporter.Options{DataRoot: data, WithIncludes: true})
	if text := got["runtime/behaviors/sub.xml"]; text != "of the data root" {
		t.Errorf("the package has %q", text)
	}
}

// TestIncludeConflict: two trees that include two files by one relative path.
func TestIncludeConflict(t *testing.T) {
	project := with(readBase(t, "variants"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: a/one.xml}\n",
		"config/full.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: b/two.xml}\n",
		"a/one.xml", tree("sub.xml"), "a/sub.xml", "a",
		"b/two.xml", tree("sub.xml"), "b/sub.xml", "b")
	opts := exporter.Options{Variants: exporter.SomeVariants("full"), WithIncludes: true}
	problems := problemsOf(t, project, opts)
	want := `b/two.xml:2:3: error: two behavior trees are called "sub.xml": a/sub.xml and b/sub.xml [conflict]`
	if len(problems) != 1 || problems[0].Error() != want {
		t.Errorf("problems %v, want %s", problems, want)
	}
	opts.WithIncludes = false
	build(t, project, opts)
}

// TestManyIncludes bounds what a chain of includes can make an export do.
func TestManyIncludes(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: t/0.xml}\n")
	for i := range 1500 {
		project[fmt.Sprintf("t/%d.xml", i)] = &fstest.MapFile{Data: []byte(tree(fmt.Sprintf("%d.xml", i+1)))}
	}
	problems := problemsOf(t, project, exporter.Options{WithIncludes: true})
	if len(problems) != 1 || problems[0].Code != validator.CodeDocumentLimit || problems[0].File != "t/1000.xml" {
		t.Errorf("problems %v", problems)
	}
}

// TestCases holds small projects that were judged wrongly once.
func TestCases(t *testing.T) {
	for name, want := range map[string]string{
		"06-include":             "note include-not-packed behaviors/fed_batch.xml",
		"09-unused-provider":     "note unused-provider machine-profile.yaml",
		"variant-syntax":         "error yaml-syntax config/f.yaml",
		"unused-provider-syntax": "error yaml-syntax config/p2.yaml",
	} {
		dir := path.Join("testdata/cases", name)
		if _, err := os.Stat(dir + "/rig"); err == nil {
			dir += "/rig"
		}
		draft, err := exporter.NewDraft(t.Context(), os.DirFS(dir), exporter.Options{Name: "p", Variants: exporter.AllVariants()})
		if strings.HasSuffix(want, "config/f.yaml") { // not packaged
			draft, err = exporter.NewDraft(t.Context(), os.DirFS(dir), exporter.Options{Name: "p"})
		}
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, p := range draft.Problems() {
			found = found || fmt.Sprintf("%s %s %s", p.Severity, p.Code, p.File) == want
		}
		if !found || (draft.FS() == nil) != strings.HasPrefix(want, "error") {
			t.Errorf("%s: no %s in %v", name, want, draft.Problems())
		}
	}
	got := entriesOf(t, os.DirFS("testdata/cases/06-include"), exporter.Options{Name: "p", Variants: exporter.AllVariants(), WithIncludes: true})
	if got["runtime/behaviors/sub.xml"] == "" {
		t.Error("06-include: sub.xml is not packed")
	}
}
