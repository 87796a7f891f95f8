package tree_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/tree"
)

const sub = `<BehaviorTree ID="Sub"><GetParameter param="p" value="{v}"/></BehaviorTree>`

// TestAdvice holds what loads and goes wrong later. Each tree stands in line 1 of its
// file, between <root main_tree_to_execute="Main"><BehaviorTree ID="Main"> and
// </BehaviorTree>.
func TestAdvice(t *testing.T) {
	for _, test := range []struct{ name, xml, more, want string }{
		{"nothing", `<AlwaysSuccess/>`, "", ""},
		{"no output key", `<SetBlackboard value="1"/>`, "", "throws: SetBlackboard has no output_key; it throws when it is ticked"},
		{"switch", `<Switch2 variable="{x}" case_1="a" case_2="b"><AlwaysSuccess/></Switch2>`, "", "throws: Switch2 has 1 nodes inside; it throws when it is ticked unless there are 3"},
		{"while", `<WhileDoElse><AlwaysSuccess/></WhileDoElse>`, "", "throws: WhileDoElse has 1 nodes inside; it throws when it is ticked unless there are 2 or 3"},
		{"if", `<IfThenElse><AlwaysSuccess/><AlwaysSuccess/></IfThenElse>`, "", ""},
		{"unknown key", `<ScriptCondition code="speed &lt; 3"/>`, "", "throws: the script of ScriptCondition reads speed, which nothing sets; it throws when it is ticked"},
		{"key of a script", `<Sequence><Script code="speed := 1"/><ScriptCondition code="speed &lt; 3"/></Sequence>`, "", ""},
		{"key of a port", `<Sequence><GetParameter param="p" value="{speed}"/><ScriptCondition code="@speed &lt; 3"/></Sequence>`, "", ""},
		{"key of a subtree", `<SubTree ID="Sub" speed="1"/>`, `<BehaviorTree ID="Sub"><ScriptCondition code="speed &lt; 3"/></BehaviorTree>`, ""},
		{"endless", `<Repeat num_cycles="-1"><AlwaysSuccess/></Repeat>`, "", `endless: Repeat with num_cycles="-1" never pauses: one tick goes on without end, and the machine does not obey a stop`},
		{"endless retry", `<RetryUntilSuccessful num_attempts="-1"><CallDevice/></RetryUntilSuccessful>`, "", `endless: RetryUntilSuccessful with num_attempts="-1" never pauses: one tick goes on without end, and the machine does not obey a stop`},
		{"endless in a subtree", `<SubTree ID="Sub"/>`, `<BehaviorTree ID="Sub"><Inverter><Repeat num_cycles="-1"><Fallback><AlwaysFailure/><SubTree ID="S"/></Fallback></Repeat></Inverter></BehaviorTree><BehaviorTree ID="S"><ForceSuccess><CheckBool/></ForceSuccess></BehaviorTree>`,
			`endless: Repeat with num_cycles="-1" never pauses: one tick goes on without end, and the machine does not obey a stop`},
		{"not endless with a pause", `<Repeat num_cycles="-1"><Sequence><CallDevice/><Sleep msec="10"/></Sequence></Repeat>`, "", ""},
		{"not endless over a failure", `<Repeat num_cycles="-1"><Inverter><AlwaysSuccess/></Inverter></Repeat>`, "", ""},
		{"not endless by a condition", `<Repeat num_cycles="-1"><AlwaysSuccess _skipIf="true"/></Repeat>`, "", ""},
		{"ten times", `<Repeat num_cycles="10"><AlwaysSuccess/></Repeat>`, "", ""},
		{"apart", `<SubTree ID="Sub"/>`, sub, `apart: GetParameter in line 1 always fails, because the SubTree around it has no _autoremap="true"`},
		{"joined and apart", `<SubTree ID="Sub" v="{v}"/>`, sub, `apart: GetParameter in line 1 always fails, because the SubTree around it has no _autoremap="true"`},
		{"not apart", `<SubTree ID="Sub" _autoremap="true"/>`, sub, ""},
		{"not apart without services", `<SubTree ID="Sub"/>`, `<BehaviorTree ID="Sub"><CheckBool value="{b}" expected="1"/></BehaviorTree>`, ""},
		{"apart in between", `<SubTree ID="Between"/>`, sub + `<BehaviorTree ID="Between"><SubTree ID="Sub" _autoremap="1"/></BehaviorTree>`, `apart: GetParameter in line 1 always fails, because the SubTree around it has no _autoremap="true"`},
		{"JSON that is a pointer", `<CallDevice device_handle="a/b" function_name="f" args='{"x":1}'/>`, "", "pointer: args of CallDevice stands in braces, so it is a key of the blackboard and not JSON; the call has no arguments"},
		{"JSON", `<CallDevice device_handle="a/b" function_name="f" args='json:{"x":1}'/>`, "", ""},
		{"a key", `<CallDevice device_handle="a/b" function_name="f" args='{arguments}'/>`, "", ""},
		{"in a tree that nothing reaches", `<AlwaysSuccess/>`, `<BehaviorTree ID="Else"><SetBlackboard/></BehaviorTree>`, ""},
		{"a port of a newer runtime", `<CallDevice reason="r"/>`, "", "doubtful: CallDevice has the port reason only from runtime 0.1.36 on, and no such version is pinned"},
	} {
		files := conformance.Files{"t.xml": `<root main_tree_to_execute="Main"><BehaviorTree ID="Main">` + test.xml + `</BehaviorTree>` + test.more + `</root>`}
		got, err := tree.Read(context.Background(), files.FS(), "t.xml", machine.Version{})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, f := range got.Findings {
			lines = append(lines, [...]string{"refused", "doubtful", "throws", "endless", "apart", "pointer"}[f.Rule]+": "+f.Message)
			if f.Line != 1 || f.Hint == "" {
				t.Errorf("%s: in line %d, with the hint %q", test.name, f.Line, f.Hint)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestVersion asks for a port that came with a runtime.
func TestVersion(t *testing.T) {
	files := conformance.Files{"t.xml": `<root><BehaviorTree ID="Main"><CallDevice reason="r"/></BehaviorTree></root>`}
	for version, want := range map[string]string{
		"0.1.35": "CallDevice has the port reason only from runtime 0.1.36 on",
		"0.1.36": "",
	} {
		got, err := tree.Read(context.Background(), files.FS(), "t.xml", machine.ParseVersion(version))
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		if len(got.Findings) > 0 {
			text = got.Findings[0].Message
		}
		if text != want || got.Loads() != (want == "") {
			t.Errorf("%s: %q, loads %v", version, text, got.Loads())
		}
	}
}

// TestBounds makes trees that would take for ever, or all memory, if they were made.
func TestBounds(t *testing.T) {
	var twice, chain, deep strings.Builder
	twice.WriteString(`<root main_tree_to_execute="T0">`)
	chain.WriteString(`<root main_tree_to_execute="T0">`)
	for i := range 40 {
		fmt.Fprintf(&twice, `<BehaviorTree ID="T%d"><Sequence><SubTree ID="T%d"/><SubTree ID="T%d"/></Sequence></BehaviorTree>`, i, i+1, i+1)
	}
	twice.WriteString(`<BehaviorTree ID="T40"><AlwaysSuccess/></BehaviorTree></root>`)
	for i := range 10_000 {
		fmt.Fprintf(&chain, `<BehaviorTree ID="T%d"><SubTree ID="T%d" _autoremap="true"/></BehaviorTree>`, i, i+1)
	}
	chain.WriteString(`<BehaviorTree ID="T10000"><AlwaysSuccess/></BehaviorTree></root>`)
	deep.WriteString(`<root><BehaviorTree ID="A"><Sequence>` + strings.Repeat(`<AlwaysSuccess/>`, tree.MaxParts) + `</Sequence></BehaviorTree></root>`)
	for name, text := range map[string]string{"twice": twice.String(), "chain": chain.String(), "many": deep.String()} {
		files := conformance.Files{"t.xml": text}
		got := read(t, files, "t.xml")
		if len(got.Findings) != 1 || got.Findings[0].Rule != tree.Doubtful || !strings.HasSuffix(got.Findings[0].Message, "is not rehearsed") {
			t.Errorf("%s: %v", name, got.Findings)
		}
	}
}

// TestCancelled ends the reading.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	files := conformance.Files{"t.xml": `<root><BehaviorTree ID="A"><AlwaysSuccess/></BehaviorTree></root>`}
	if _, err := tree.Read(ctx, files.FS(), "t.xml", machine.Version{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := tree.Read(context.Background(), files.FS(), "u.xml", machine.Version{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestAllocations holds that the nodes of a tree are not allocated one by one.
func TestAllocations(t *testing.T) {
	allocs := func(nodes int) float64 {
		text := `<root><BehaviorTree ID="A"><Sequence>` + strings.Repeat(`<CallDevice device_handle="a/b" function_name="f"/><Sequence><Sleep msec="1"/></Sequence>`, nodes/3) + `</Sequence></BehaviorTree></root>`
		return testing.AllocsPerRun(5, func() {
			f, err := tree.Parse(t.Context(), strings.NewReader(text), "t.xml", true)
			if err != nil || f.Fault != nil {
				t.Fatal(err, f.Fault)
			}
		})
	}
	if small, large := allocs(3000), allocs(30_000); large-small > 27_000/50 {
		t.Errorf("%v allocations for 3000 nodes, and %v for 30000", small, large)
	}
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	text.WriteString(`<root><BehaviorTree ID="A"><Sequence>`)
	for text.Len() < 1<<20 {
		text.WriteString(`<CallDevice device_handle="bread0/dcmt0" function_name="set_open_loop" args="json:{}" success="{ok}"/><ScriptCondition code="ok == true"/>`)
	}
	text.WriteString(`</Sequence></BehaviorTree></root>`)
	small := `<root><BehaviorTree ID="A"><Sequence>` + strings.Repeat(`<GetParameter param="p" value="{v}"/><Fallback><ScriptCondition code="v &lt; 3"/><CallDevice device_handle="a/b" function_name="f"/></Fallback>`, 10) + `</Sequence></BehaviorTree></root>`
	for name, xml := range map[string]string{"1MiB": text.String(), "typical": small} {
		b.Run(name, func(b *testing.B) {
			fsys := conformance.Files{"t.xml": xml}.FS()
			b.SetBytes(int64(len(xml)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tree.Read(context.Background(), fsys, "t.xml", machine.Version{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
