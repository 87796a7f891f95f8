package diff_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// edit is an edit of a project and what a comparison says about it.
type edit struct {
	name string
	// replace has texts and their replacements, by a pattern of files: * is any
	// text. Every replacement is made in each file that has the text.
	files   string
	replace []string
	more    []edit // of further files
	add     map[string]string
	remove  []string
	opts    func(*exporter.Options)
	// want has a line "risk kind file path" for each change.
	want []string
}

func (e *edit) apply(t testing.TB, project fstest.MapFS) {
	t.Helper()
	found := make([]bool, len(e.replace)/2)
	for name, f := range project {
		if ok, err := path.Match(e.files, name); err != nil || !ok {
			continue
		}
		text := string(f.Data)
		for i := range found {
			if strings.Contains(text, e.replace[2*i]) {
				found[i] = true
				text = strings.ReplaceAll(text, e.replace[2*i], e.replace[2*i+1])
			}
		}
		project[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for i, ok := range found {
		if !ok {
			t.Fatalf("no file %s has %q", e.files, e.replace[2*i])
		}
	}
	for name, text := range e.add {
		project[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, name := range e.remove {
		if project[name] == nil {
			t.Fatalf("there is no file %s", name)
		}
		delete(project, name)
	}
	for _, more := range e.more {
		more.apply(t, project)
	}
}

// exported is the package of a project with all its variants.
func exported(t testing.TB, project fs.FS, name string, change func(*exporter.Options)) *handoff.Package {
	t.Helper()
	opts := handoff.ExportOptions{
		Options: exporter.Options{Name: name, Variants: exporter.AllVariants()},
		// One that listens on every address without a token: an edit is an address alone.
		Validation: validator.Options{RuntimeVersion: "0.1.21"},
	}
	if change != nil {
		change(&opts.Options)
	}
	p, err := handoff.OpenProject(t.Context(), project, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func diffed(t testing.TB, old, new *handoff.Package) *diff.Report {
	t.Helper()
	c, err := diff.Packages(t.Context(), old, new)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDiffEdits makes one edit after the other to a project, and expects that it
// is found, named and ranked, most often as exactly one change.
func TestDiffEdits(t *testing.T) {
	for project, edits := range map[string][]edit{"bioreactor-bench": bioreactorEdits(), "mixer-system": mixerEdits()} {
		dir := handofftest.Projects() + "/" + project
		if project == "bioreactor-bench" {
			dir = handofftest.Bench()
		}
		before := handofftest.Memory(t, os.DirFS(dir))
		old := exported(t, before, project, nil)
		names := map[string]bool{}
		for _, e := range edits {
			if names[e.name] {
				t.Errorf("two edits are called %q", e.name)
			}
			names[e.name] = true
			t.Run(project+"/"+e.name, func(t *testing.T) {
				after := maps.Clone(before)
				e.apply(t, after)
				checkEdit(t, e, old, exported(t, after, project, e.opts))
			})
		}
	}
}

// checkComparison checks what holds for every comparison.
func checkComparison(t *testing.T, c *diff.Report) {
	t.Helper()
	if c.Identical != (len(c.Changes) == 0) || c.Identical != (c.Old.Digest == c.New.Digest) {
		t.Errorf("identical: %v, with %d changes", c.Identical, len(c.Changes))
	}
	known := map[diff.Kind]diff.Risk{}
	for _, info := range diff.Kinds() {
		known[info.Kind] = info.Risk
	}
	seen := map[string]bool{}
	for _, x := range c.Changes {
		if x.Risk == "" || known[x.Kind] != x.Risk {
			t.Errorf("%s has risk %q", x.Kind, x.Risk)
		}
		if !strings.HasSuffix(x.Message, ".") || strings.ContainsAny(x.Message, "\n\x1b") {
			t.Errorf("message %q", x.Message)
		}
		if x.File == "" || x.File == "meta/checksums.sha256" && len(c.Changes) > 1 {
			t.Errorf("file %q", x.File)
		}
		key := fmt.Sprint(x.Kind, " ", x.File, " ", x.Path, " ", x.Providers)
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
	}
	if !slices.IsSortedFunc(c.Changes, func(a, b diff.Change) int { return rank(a.Risk) - rank(b.Risk) }) {
		t.Error("the changes are not sorted by risk")
	}
}

func rank(r diff.Risk) int {
	return slices.Index([]diff.Risk{diff.High, diff.Medium, diff.Low}, r)
}

// checkMirror checks that one comparison is the other one the other way round.
func checkMirror(t *testing.T, there, back *diff.Report) {
	t.Helper()
	if there.Identical != back.Identical || there.Old != back.New || there.New != back.Old {
		t.Errorf("identity: %+v %+v", there, back)
	}
	places := func(c *diff.Report, mirror bool) []string {
		var list []string
		for _, x := range c.Changes {
			if mirror {
				x.Kind = mirrored(x.Kind)
				x.Old, x.New = x.New, x.Old
				if x.OldFile != "" {
					for i, p := range x.Also {
						if p.File == x.File {
							x.Also[i].File = x.OldFile
						}
					}
					x.File, x.OldFile = x.OldFile, x.File
				}
			}
			line := fmt.Sprint(x.Kind, " ", x.File, " ", x.OldFile, " ", x.Path, " ", x.Profiles, x.Providers)
			for _, v := range []*diff.Value{x.Old, x.New} {
				if v == nil {
					line += " none"
				} else {
					line += fmt.Sprintf(" %+v", *v)
				}
			}
			for _, p := range x.Also {
				line += fmt.Sprint(" also ", p.File, " ", p.Path)
			}
			list = append(list, line)
		}
		slices.Sort(list)
		return list
	}
	if d := cmp.Diff(places(there, false), places(back, true)); d != "" {
		t.Errorf("the other way round (-there +back):\n%s", d)
	}
}

// mirrored is the kind of a change seen from the other side.
func mirrored(k diff.Kind) diff.Kind {
	pairs := []diff.Kind{
		diff.ProviderAdded, diff.ProviderRemoved,
		diff.DeviceAdded, diff.DeviceRemoved,
		diff.ParameterAdded, diff.ParameterRemoved,
		diff.AutomationOn, diff.AutomationOff,
		diff.TelemetryOn, diff.TelemetryOff,
		diff.HTTPWidened, diff.HTTPNarrowed,
		diff.AuthenticationOn, diff.AuthenticationOff,
		diff.InsecureBindAllowed, diff.InsecureBindRefused,
		diff.EncryptionOn, diff.EncryptionOff,
		diff.ProfileAdded, diff.ProfileRemoved,
		diff.VersionUpgraded, diff.VersionDowngraded,
		diff.BehaviorAdded, diff.BehaviorRemoved,
		diff.FileAdded, diff.FileRemoved,
		diff.CallAdded, diff.CallRemoved,
		diff.NodeAdded, diff.NodeRemoved,
	}
	if i := slices.Index(pairs, k); i >= 0 {
		return pairs[i^1]
	}
	return k
}
