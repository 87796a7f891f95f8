package sheet_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// written is the sheet of a package, which is well-formed XML too.
func written(t testing.TB, p *handoff.Package, opts sheet.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := sheet.Write(t.Context(), &b, p, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements are the elements of a sheet in their order, and its text. What breaks a long
// word is left out.
func elements(t testing.TB, text string) (list []string, said string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	var b strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return list, b.String()
		}
		if err != nil {
			t.Fatalf("the sheet is not well-formed: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if x.Name.Local == "wbr" {
				continue
			}
			line := x.Name.Local
			for _, a := range x.Attr {
				line += " " + a.Name.Local
			}
			list = append(list, line)
		case xml.CharData:
			b.Write(x)
		}
	}
}

func example(t testing.TB, name string) *handoff.Package {
	t.Helper()
	return handofftest.OpenExample(t, name)
}

// projectFiles are the files of an example with changes of (file, from, to).
func projectFiles(t testing.TB, name string, changes ...[3]string) fstest.MapFS {
	t.Helper()
	files := handofftest.Memory(t, os.DirFS(filepath.Join(handofftest.Projects(), name)))
	for _, c := range changes {
		if !bytes.Contains(files[c[0]].Data, []byte(c[1])) {
			t.Fatalf("%s does not have %q", c[0], c[1])
		}
		files[c[0]] = &fstest.MapFile{Data: bytes.ReplaceAll(files[c[0]].Data, []byte(c[1]), []byte(c[2])), Mode: 0o644}
	}
	return files
}

// ofFiles is the package of example files with changes of (file, from, to).
func ofFiles(t testing.TB, name string, changes ...[3]string) *handoff.Package {
	t.Helper()
	return handofftest.OpenVariants(t, projectFiles(t, name, changes...), name)
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"bioreactor-bench", "mixer-system", "sim-quickstart", "legacy-mixer"} {
		t.Run(name, func(t *testing.T) {
			text := written(t, example(t, name), sheet.Options{})
			elements(t, text)
			handofftest.Golden(t, name+".html", text)
		})
	}
	broken := handofftest.OpenVariants(t, os.DirFS(handofftest.Bench()), "bioreactor-bench")
	handofftest.Golden(t, "broken.html", written(t, broken, sheet.Options{Previous: example(t, "bioreactor-bench")}))
}

// TestName checks that the name of the package is not in the sheet.
func TestName(t *testing.T) {
	data, _ := handofftest.BenchPackage(t)
	var texts []string
	for _, name := range []string{"a.anpkg", "b.anpkg"} {
		path := filepath.Join(t.TempDir(), name)
		handofftest.WriteFile(t, path, data)
		p, err := handoff.OpenPath(t.Context(), path, handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		texts = append(texts, written(t, p, sheet.Options{}))
	}
	if texts[0] != texts[1] {
		t.Error("two names give two sheets")
	}
}

// changedLines are the lines that only one of two texts has, without what differs for
// every package: digests, sizes, and the style that names the digest.
func changedLines(a, b string) (gone, came []string) {
	keep := func(text string) []string {
		return slices.DeleteFunc(strings.Split(strings.ReplaceAll(text, "<wbr/>", ""), "\n"), func(line string) bool {
			return strings.Contains(line, "<html") || strings.HasPrefix(line, "@page") || strings.Contains(line, "</style>") ||
				strings.Contains(line, `class="mono"><span>`) || strings.Contains(line, ">Content</dt>") || strings.Contains(line, ">Archive</dt>") ||
				strings.Contains(line, "checksums.sha256")
		})
	}
	x, y := keep(a), keep(b)
	without := func(list, other []string) (left []string) {
		for _, line := range list {
			if !slices.Contains(other, line) {
				left = append(left, line)
			}
		}
		return left
	}
	return without(x, y), without(y, x)
}

// TestOneChange changes one thing, and says which lines of the sheet that moves.
func TestOneChange(t *testing.T) {
	before := written(t, example(t, "bioreactor-bench"), sheet.Options{})
	for _, c := range []struct {
		name   string
		change [3]string
		// what each line that came has in it, in their order
		want []string
	}{
		{"address", [3]string{"config/provider-drives.yaml", "address: 0x22", "address: 0x23"},
			[]string{"harvest_base at 0x23", ">0x23<", ">0x23<", "providers/drives0.yaml"}},
		{"device", [3]string{"config/provider-drives.yaml", "Harvest and Base", "Harvest and Acid"},
			[]string{"Harvest and Acid", "Harvest and Acid", "providers/drives0.yaml"}},
		{"node", [3]string{"behaviors/fed_batch.xml", `<CheckBool value="{feeding}" expected="true"/>`, `<CheckBool value="{feeding}" expected="false"/>`},
			[]string{"expected=false", "runtime/behaviors/"}},
		{"time", [3]string{"config/anolis-runtime.manual.yaml", "interval_ms: 3000", "interval_ms: 3100"},
			[]string{"every 3100 ms", "runtime/anolis-runtime.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, came := changedLines(before, written(t, ofFiles(t, "bioreactor-bench", c.change), sheet.Options{}))
			if len(came) != len(c.want) {
				t.Fatalf("came:\n%s", strings.Join(came, "\n"))
			}
			for i, want := range c.want {
				if !strings.Contains(came[i], want) {
					t.Errorf("%q is not in %s", want, came[i])
				}
			}
		})
	}
}

// TestMarks checks that pictures mark what problems and changes are about.
func TestMarks(t *testing.T) {
	p := ofFiles(t, "bioreactor-bench",
		[3]string{"behaviors/fed_batch.xml", `"drives0/stir_feed"`, `"drives0/stir_fed"`},
		[3]string{"config/provider-drives.yaml", "0x20", "0x1C"})
	text := written(t, p, sheet.Options{Previous: example(t, "bioreactor-bench")})
	for _, want := range []string{
		"valid, but it will not start: 2 faults",
		`aria-label="Provider thermal0. Devices: jacket at 0x1C."`,
		`Devices: stir_feed at 0x1C, harvest_base at 0x22, stir_fed (missing)."`,
		"is called, and is not there",
		"3 changes: 3 of high, 0 of medium, 0 of low risk.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	// Both devices with the address, the device that is missing, and the node that
	// names it; the device with another address, its provider, and the node again.
	for mark, want := range map[string]int{">!1</text>": 2, ">!2</text>": 2, ">Δ1</text>": 2, ">Δ2</text>": 1, ">Δ3</text>": 0} {
		if got := strings.Count(text, mark); got != want {
			t.Errorf("%s is there %d times, not %d", mark, got, want)
		}
	}
}

// TestTreeThatDoesNotLoad draws what can be drawn, and says where the fault is.
func TestTreeThatDoesNotLoad(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"node":    {"<AlwaysSuccess/>\n      </Fallback>\n\n", "<Nothing/>\n      </Fallback>\n\n", ">!1</text>"},
		"subtree": {`<SubTree ID="HoldJacket"`, `<SubTree ID="HoldJackets"`, ">!1</text>"},
		"main":    {`main_tree_to_execute="FedBatch"`, `main_tree_to_execute="Fed"`, "Tree FedBatch"},
	} {
		t.Run(name, func(t *testing.T) {
			text := written(t, ofFiles(t, "bioreactor-bench", [3]string{"behaviors/fed_batch.xml", c.from, c.to}), sheet.Options{})
			for _, want := range []string{"It does not load.", "will not start", c.want, "ReactiveSequence"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing", want)
				}
			}
		})
	}
}

// TestHostile puts texts that want to be more than text into every field that reaches
// the sheet. The elements stay those of a sheet with harmless texts: the same, one by
// one, where no text makes a problem, and of the same sorts elsewhere.
func TestHostile(t *testing.T) {
	const runtime, provider, behavior = "config/anolis-runtime.full.yaml", "config/provider-drives.yaml", "behaviors/fed_batch.xml"
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\x07", `\a`, "\x1b", `\e`).Replace(s) + `"`
	}
	attribute := func(s string) string {
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\x07", "?", "\x1b", "?").Replace(s)
	}
	of := func(text string, everywhere bool) string {
		changes := [][3]string{
			{"machine-profile.yaml", `display_name: "Bench Bioreactor, 2 L"`, "display_name: " + quote(text)},
			{"machine-profile.yaml", "notes: Commissioned with the vessel filled with water only.", "notes: " + quote(text)},
			{runtime, "name: bench-full", "name: " + quote(text)},
			{runtime, "org: fermentation-lab", "org: " + quote(text)},
			{provider, "label: Harvest and Base (ch1 harvest, ch2 base)", "label: " + quote(text)},
			{behavior, `name="choose_drive_command"`, `name="` + attribute(text) + `"`},
		}
		if everywhere {
			changes = append(changes, [][3]string{
				{runtime, "http://bench-panel.local", quote(text)},
				{runtime, "yeast", quote(text)},
				{provider, "harvest_base", quote(text)},
				{behavior, `key="{drive_args}"`, `key="` + attribute(text) + `"`},
				{behavior, `device_handle="drives0/stir_feed"`, `device_handle="drives0/` + attribute(text) + `"`},
			}...)
		}
		files := projectFiles(t, "bioreactor-bench", changes...)
		p, err := handoff.OpenProject(t.Context(), files, handoff.ExportOptions{
			Options: exporter.Options{Name: "bioreactor-bench", Variants: exporter.AllVariants()}, AllowInvalid: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return written(t, p, sheet.Options{})
	}
	want, _ := elements(t, of("harmless", false))
	known := map[string]bool{}
	for _, line := range want {
		known[line] = true
	}
	for name, text := range map[string]string{
		"markup":     `</title></svg></style><script>alert(1)</script><img src=x onerror=alert(1)>`,
		"attribute":  `" onload="alert(1)" x='`,
		"url":        `javascript:alert(1)//<a href="javascript:alert(1)">x</a>`,
		"style":      `}*{display:none}@import url(//evil);<style>*{color:red}</style>`,
		"reference":  `&lt;script&gt;&#60;b&#62;&amp;`,
		"comment":    `<!-- ]]> --> <![CDATA[ x`,
		"directions": "abc\u202edef\u2066ghi",
		"controls":   "abc\x07b\x1b[2Jc",
		"long":       strings.Repeat("wide", 400),
		"wide":       strings.Repeat("漢", 300),
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := elements(t, of(text, false))
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("other elements (-harmless +hostile):\n%s", d)
			}
			html := of(text, true)
			got, said := elements(t, html)
			for _, line := range got {
				if !known[line] {
					t.Errorf("an element %s", line)
				}
			}
			if strings.ContainsAny(html, "\u202e\u2066\x07\x1b") {
				t.Error("a character that acts is in the sheet as it is")
			}
			if !strings.Contains(said, text[:3]) {
				t.Error("the text is not shown at all")
			}
		})
	}
}

// TestSecrets plants a secret in one place after the other, of a package that nobody
// should have made. No sheet and no picture shows it.
func TestSecrets(t *testing.T) {
	const secret = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"
	const runtime, provider, behavior = "runtime/anolis-runtime.full.yaml", "providers/drives0.yaml", "runtime/behaviors/fed_batch.xml"
	for name, change := range map[string][3]string{
		"display name": {"machine-profile.yaml", "display_name: Bench Bioreactor, 2 L", "display_name: " + secret},
		"label":        {provider, "label: Harvest and Base (ch1 harvest, ch2 base)", "label: " + secret},
		"device":       {provider, "id: harvest_base", "id: " + secret},
		"runtime name": {runtime, "name: bench-full", "name: " + secret},
		"address":      {runtime, "url: http://historian.local:8086", "url: http://u:" + secret + "@historian.local:8086"},
		"parameter":    {runtime, "name: culture", "name: " + secret},
		"default":      {runtime, "default: yeast", "default: " + secret},
		"node":         {behavior, `name="choose_drive_command"`, `name="` + secret + `"`},
		"handle":       {behavior, `device_handle="drives0/stir_feed"`, `device_handle="drives0/` + secret + `"`},
		"definition":   {behavior, `<BehaviorTree ID="HoldJacket">`, `<BehaviorTree ID="` + secret + `">`},
	} {
		t.Run(name, func(t *testing.T) {
			p := handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "bioreactor-bench", change), true)
			text := written(t, p, sheet.Options{Previous: example(t, "bioreactor-bench")})
			list, err := sheet.Pictures(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for _, picture := range list {
				text += picture.Title + string(picture.SVG)
			}
			if strings.Contains(strings.ReplaceAll(text, "<wbr/>", ""), secret[:20]) {
				t.Error("the secret shows")
			}
		})
	}
}

// many is a package with n providers of one device, and a tree of n nodes in chains of
// a depth.
func many(t testing.TB, providers, nodes, depth int) *handoff.Package {
	t.Helper()
	files := handofftest.RigFiles()
	var profile, processes, tree strings.Builder
	for i := range providers {
		fmt.Fprintf(&profile, "  p%d: {config: providers/p%d.yaml}\n", i, i)
		fmt.Fprintf(&processes, "- {id: p%d, command: /bin/p, args: [--config, providers/p%d.yaml]}\n", i, i)
		files[fmt.Sprintf("providers/p%d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "devices:\n- {id: d, address: %d}\n", i%100)}
	}
	for i := 0; i < nodes; i += depth {
		tree.WriteString(strings.Repeat("<Inverter>", depth) + "<AlwaysSuccess/>" + strings.Repeat("</Inverter>", depth))
	}
	files["machine-profile.yaml"] = &fstest.MapFile{Data: []byte("machine_id: m\nruntime_profiles:\n  manual: runtime/anolis-runtime.yaml\nproviders:\n" + profile.String())}
	files["runtime/anolis-runtime.yaml"] = &fstest.MapFile{Data: []byte("providers:\n" + processes.String() + "automation: {enabled: true, behavior_tree: runtime/behaviors/t.xml}\n")}
	files["runtime/behaviors/t.xml"] = &fstest.MapFile{Data: []byte(`<root BTCPP_format="4"><BehaviorTree ID="T"><Sequence>` + tree.String() + `</Sequence></BehaviorTree></root>`)}
	return handofftest.OpenFiles(t, handofftest.WithChecksums(t, files), true)
}

// TestBounds has more of everything than a person reads.
func TestBounds(t *testing.T) {
	for name, c := range map[string]struct {
		p    *handoff.Package
		want []string
	}{
		"devices": {many(t, 1000, 10, 1), []string{"940 more parts not shown", "p999/d"}},
		"nodes":   {many(t, 2, 10_000, 1), []string{"19001 more nodes not shown"}},
		"depth":   {many(t, 2, 200, 200), []string{"goes on in part 2", "Part 12, below the Inverter of line 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := written(t, c.p, sheet.Options{})
			elements(t, text)
			if len(text) > 3<<20 {
				t.Errorf("%d bytes", len(text))
			}
			for _, want := range c.want {
				if !strings.Contains(strings.ReplaceAll(text, "<wbr/>", ""), want) {
					t.Errorf("%q is missing", want)
				}
			}
		})
	}
}

// TestCost compares the allocations for n and 4n providers.
func TestCost(t *testing.T) {
	allocations := func(n int) float64 {
		p := many(t, n, 10, 1)
		return testing.AllocsPerRun(1, func() { written(t, p, sheet.Options{}) })
	}
	if few, more := allocations(250), allocations(1000); more > 5*few {
		t.Errorf("%v allocations for 250 providers and %v for 1,000", few, more)
	}
}

func TestErrors(t *testing.T) {
	p := example(t, "sim-quickstart")
	if err := sheet.Write(t.Context(), io.Discard, p, sheet.Options{Language: "de"}); !errors.Is(err, sheet.ErrLanguage) {
		t.Errorf("language: %v", err)
	}
	if err := sheet.Write(t.Context(), io.Discard, &validator.Package{}, sheet.Options{}); !errors.Is(err, validator.ErrNoPackage) {
		t.Errorf("zero package: %v", err)
	}
	if err := sheet.Write(t.Context(), io.Discard, p, sheet.Options{Previous: &validator.Package{}}); !errors.Is(err, validator.ErrNoPackage) {
		t.Errorf("zero package before: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sheet.Write(ctx, io.Discard, p, sheet.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	full := &handofftest.Limited{Err: errors.New("is full")}
	if err := sheet.Write(t.Context(), full, p, sheet.Options{}); err == nil {
		t.Error("a full disk is no error")
	}
}

// TestPictures checks that a picture is a document of its own.
func TestPictures(t *testing.T) {
	list, err := sheet.Pictures(t.Context(), example(t, "bioreactor-bench"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Title != "The machine" || list[1].Title != "Behavior tree runtime/behaviors/fed_batch.xml: Tree FedBatch" {
		t.Errorf("%d pictures, the first is %q", len(list), list[0].Title)
	}
	handofftest.Golden(t, "../../../docs/bioreactor-bench.svg", string(list[0].SVG))
	for _, p := range list {
		if tags, _ := elements(t, string(p.SVG)); !strings.HasPrefix(tags[0], "svg xmlns") {
			t.Errorf("%s: %s", p.Title, tags[0])
		}
	}
}

func BenchmarkSheet(b *testing.B) {
	for name, p := range map[string]*handoff.Package{"typical": example(b, "bioreactor-bench"), "providers=1000": many(b, 1000, 10, 1)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				written(b, p, sheet.Options{})
			}
		})
	}
}
