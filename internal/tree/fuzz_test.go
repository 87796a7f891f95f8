package tree

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// print writes what was read of a tree, without its models.
func (t *Tree) print() string {
	var b strings.Builder
	var write func(n *Node)
	attribute := func(name, value string) {
		fmt.Fprintf(&b, ` %s="`, name)
		for i := range len(value) {
			fmt.Fprintf(&b, "&#%d;", value[i]) // one byte each, as the loader decodes them
		}
		b.WriteByte('"')
	}
	write = func(n *Node) {
		if n.second {
			b.WriteString("<Action")
		} else {
			b.WriteString("<" + n.Name)
		}
		for _, a := range n.Attrs {
			attribute(a.Name, a.Value)
		}
		b.WriteString(">")
		for _, c := range n.Children {
			write(c)
		}
		if n.second {
			b.WriteString("</Action>\n")
		} else {
			b.WriteString("</" + n.Name + ">\n")
		}
	}
	b.WriteString("<root")
	attribute("main_tree_to_execute", t.Main.ID)
	b.WriteString(">\n")
	for _, d := range t.Definitions {
		b.WriteString("<BehaviorTree")
		attribute("ID", d.ID)
		b.WriteString(">\n")
		write(d.Root)
		b.WriteString("</BehaviorTree>\n")
	}
	b.WriteString("</root>\n")
	return b.String()
}

// shape is what two readings of one tree have in common.
func (t *Tree) shape() string {
	var b strings.Builder
	for _, n := range t.Made {
		fmt.Fprintf(&b, "%s %d", n.Name, len(n.Children))
		for _, a := range n.Attrs {
			fmt.Fprintf(&b, " %s=%q", a.Name, a.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// FuzzTree reads anything. What loads is the same tree when it is printed and read
// again, and what is found stands in the file.
func FuzzTree(f *testing.F) {
	for i, c := range conformance.TreeCases(f) {
		if i%7 == 0 {
			f.Add(c.Files["main.xml"])
		}
	}
	f.Add(`<root main_tree_to_execute="A"><BehaviorTree ID="A"><SubTree ID="B" x="{y}" _autoremap="1"/></BehaviorTree><BehaviorTree ID="B"><Script code="x:=1"/></BehaviorTree></root>`)
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) *Tree {
			got, err := Read(context.Background(), fstest.MapFS{"t.xml": {Data: []byte(text)}}, "t.xml", machine.ParseVersion(machine.NewestRuntime))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		first := read(text)
		lines := strings.Count(text, "\n") + 1
		for _, finding := range first.Findings {
			if finding.Message == "" || finding.File != "t.xml" || finding.Line < 1 || finding.Line > lines {
				t.Errorf("finding %+v", finding)
			}
		}
		if !first.Loads() {
			if len(first.Made) > 0 {
				t.Errorf("%d nodes of a tree that is refused", len(first.Made))
			}
			return
		}
		if first.Main == nil || first.Main.ID == "" || len(first.Made) == 0 || len(first.Findings) > 0 || strings.Contains(text, "TreeNodesModel") {
			return
		}
		ids := map[string]bool{}
		for _, d := range first.Definitions {
			if ids[d.ID] || d.ID == "" {
				return // of two with one ID only the last one counts
			}
			ids[d.ID] = true
		}
		second := read(first.print())
		if diff := cmp.Diff(first.shape(), second.shape()); diff != "" || !second.Loads() {
			t.Errorf("printed and read again (-first +second):\n%s\n%s%+v", diff, first.print(), second.Findings)
		}
	})
}

// FuzzScript parses anything. What parses does so with other white space, and in
// parentheses.
func FuzzScript(f *testing.F) {
	for _, text := range []string{"", " ", "a := 1", "a=1;b=2", "a ? b : c", "'x' .. \"y\"", "-~!a * (b + 0x1F) / 1.5e-3", "a == 1 && b || !c", "a += 1 b", "1e999", "@a:=b:=3;", "é := 1", "a++", "((((a", "1..2", "12345678901234567890"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := parseScript(text)
		if s.fault != "" {
			return
		}
		if spaced := parseScript("\t" + text + "\n "); spaced.fault != "" || spaced.doubtful != s.doubtful {
			t.Errorf("%q: %+v, with white space around it %+v", text, s, spaced)
		}
		if s.doubtful == "" && !strings.Contains(text, ";") {
			if inside := parseScript("(" + text + ")"); inside.fault != "" {
				t.Errorf("%q: in parentheses %+v", text, inside)
			}
		}
	})
}

// TestScriptSteps holds that a script costs as much as it is long.
func TestScriptSteps(t *testing.T) {
	for name, make := range map[string]func(n int) string{
		"operators":   func(n int) string { return strings.Repeat("a+", n) + "a" },
		"parentheses": func(n int) string { return strings.Repeat("(", n) },
		"unary":       func(n int) string { return strings.Repeat("-", n) + "a" },
		"statements":  func(n int) string { return strings.Repeat("a:=1;", n) },
		"ternary":     func(n int) string { return strings.Repeat("a?b:", n) + "c" },
		"then":        func(n int) string { return strings.Repeat("a?", n) },
		"assignments": func(n int) string { return strings.Repeat("a:=", n) + "1" },
		"text":        func(n int) string { return "'" + strings.Repeat("x", n) },
	} {
		allocs := func(n int) float64 {
			text := make(n)
			return testing.AllocsPerRun(3, func() { parseScript(text) })
		}
		if small, large := allocs(1000), allocs(4000); large > 4*small+50 {
			t.Errorf("%s: %v allocations, and %v for four times as much", name, small, large)
		}
	}
}
