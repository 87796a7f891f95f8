package canonyaml

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// shapes are texts of the worst kinds, of a size that is proportional to n.
var shapes = map[string]func(n int) string{
	"block scalars with explicit indentation": func(n int) string { return strings.Repeat("- |1\n  a\n", n) },
	"block scalars in place":                  func(n int) string { return strings.Repeat("- !!str |9-\n"+strings.Repeat(" ", 11)+"a\n", n) },
	"empty block scalars":                     func(n int) string { return strings.Repeat("- |+2\n\n\n", n) },
	"alias of a long text as key": func(n int) string {
		return "- ? &k " + strings.Repeat("long ", 20*n) + "\n" + strings.Repeat("- {*k : 1}\n", n)
	},
	"alias of a long number as key": func(n int) string {
		return "- ? &k 1." + strings.Repeat("0", 20*n) + "\n" + strings.Repeat("- *k : 1\n", n)
	},
	"aliases of a long text": func(n int) string {
		return "- &k '" + strings.Repeat("lo''ng ", 20*n) + "'\n" + strings.Repeat("- *k\n", n)
	},
	"aliases of a list": func(n int) string { return "- &k [a, b, c]\n" + strings.Repeat("- [*k, *k]\n", n) },
	"merge keys":        func(n int) string { return "- &k {a: 1, b: 2, c: 3}\n" + strings.Repeat("- {<<: *k, d: 4}\n", n) },
	"merge lists":       func(n int) string { return "- &k {a: 1}\n- <<: [" + strings.Repeat("*k, ", n) + "]\n" },
	"merge keys twice":  func(n int) string { return "- &k {a: 1}\n- {" + strings.Repeat("<<: *k, ", n) + "}\n" },
	"anchors": func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "- &a%d x\n- *a%d\n", i, i)
		}
		return b.String()
	},
	"keys": func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "key-%d: %d\n", i, i)
		}
		return b.String()
	},
	"one key":               func(n int) string { return strings.Repeat("a: 1\n", n) },
	"one wide line":         func(n int) string { return "[" + strings.Repeat("a, ", n) + "]" },
	"one long plain text":   func(n int) string { return strings.Repeat("word ", n) },
	"plain lines":           func(n int) string { return strings.Repeat("word word\n", n) },
	"plain empty lines":     func(n int) string { return "a" + strings.Repeat("\n", 20*n) + "b" },
	"quoted lines":          func(n int) string { return "\"" + strings.Repeat("word\n", n) + "\"" },
	"quoted separators":     func(n int) string { return "\"" + strings.Repeat("\u2028\n ", n) + "\"" },
	"quoted escapes":        func(n int) string { return "\"" + strings.Repeat("\\x41\\\n ", n) + "\"" },
	"quotes that stay open": func(n int) string { return strings.Repeat("- \"a\n", n) },
	"folded lines":          func(n int) string { return ">\n" + strings.Repeat(" a\n\n  b\n", n) },
	"comments":              func(n int) string { return strings.Repeat("# comment\n", n) },
	"spaces":                func(n int) string { return strings.Repeat(strings.Repeat(" ", 40)+"\n", n) },
	"deep brackets": func(n int) string {
		return strings.Repeat("- "+strings.Repeat("[", 150)+strings.Repeat("]", 150)+"\n", n/50)
	},
	"deep lists": func(n int) string { return strings.Repeat("- "+strings.Repeat("- ", 150)+"a\n", n/50) },
	"deep mappings in one line": func(n int) string {
		return strings.Repeat("- "+strings.Repeat("{a: ", 150)+strings.Repeat("}", 150)+"\n", n/50)
	},
	"deep mappings": func(n int) string {
		var b strings.Builder
		for i := range 150 {
			fmt.Fprintf(&b, "%*sk:\n", i, "")
		}
		return strings.Repeat(strings.ReplaceAll("\n"+b.String(), "\n", "\n ")+"\n- ", n/2000+1)
	},
	"brackets without end": func(n int) string { return strings.Repeat("[", n) },
	"keys that could be":   func(n int) string { return strings.Repeat("[a, ", 100) + strings.Repeat("\"b\" : c, ", n) },
	"tags":                 func(n int) string { return strings.Repeat("- !!str a\n- !<tag:yaml.org,2002:int> 1\n- !%41%42 x\n", n) },
	"tag directives": func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%%TAG !h%d! tag:x\n", i)
		}
		return b.String() + "--- a"
	},
	"faults":        func(n int) string { return strings.Repeat("- !!int x\n", n) },
	"binary":        func(n int) string { return "- !!binary " + strings.Repeat("AAAA", n) + "\n" },
	"hexadecimal":   func(n int) string { return "- 0x" + strings.Repeat("f", 4*n) + "\n" },
	"sexagesimal":   func(n int) string { return "- 1" + strings.Repeat(":1", n) + "\n" },
	"sets":          func(n int) string { return "!!set {" + strings.Repeat("a, ", n) + "}" },
	"pairs":         func(n int) string { return "!!omap [" + strings.Repeat("a: 1, ", n) + "]" },
	"explicit keys": func(n int) string { return strings.Repeat("- ? a\n  : b\n", n) },
	"documents":     func(n int) string { return strings.Repeat("---\na\n", n) },
	"marks of Git":  func(n int) string { return strings.Repeat("# x\n", n) + "<<<<<<< HEAD\na: b: c\n" },
}

// cost is what one text takes, whatever the answer.
type cost struct{ size, steps, allocs, bytes int }

func costOf(text string) cost {
	data := []byte(text)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	root, steps, err := read(context.Background(), data)
	if err == nil {
		AppendMost(nil, root, int64(len(text)))
	}
	Differences(context.Background(), data)
	runtime.ReadMemStats(&after)
	return cost{len(text), steps, int(after.Mallocs - before.Mallocs), int(after.TotalAlloc - before.TotalAlloc)}
}

// TestCost: twice the text takes twice the steps and the memory, and no text takes
// many steps a byte.
func TestCost(t *testing.T) {
	for name, shape := range shapes {
		const n = 1000
		costs := [3]cost{costOf(shape(n)), costOf(shape(2 * n)), costOf(shape(4 * n))}
		for i, c := range costs {
			if c.steps > 12*c.size+1000 {
				t.Errorf("%s: %d bytes take %d steps", name, c.size, c.steps)
			}
			if c.bytes > 1000*c.size+1<<20 {
				t.Errorf("%s: %d bytes take %d bytes of memory", name, c.size, c.bytes)
			}
			if i == 0 {
				continue
			}
			grown := float64(c.size) / float64(costs[0].size)
			for what, pair := range map[string][2]int{"steps": {costs[0].steps, c.steps}, "allocations": {costs[0].allocs, c.allocs}, "bytes": {costs[0].bytes, c.bytes}} {
				if float64(pair[1]) > 1.5*grown*float64(pair[0])+10_000 {
					t.Errorf("%s: %.1f times the text takes %s %d instead of %d", name, grown, what, pair[1], pair[0])
				}
			}
		}
	}
}

// TestMergeLimit: merge keys must not make more entries than a document may have.
func TestMergeLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString("- &k\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  k%d: 1\n", i)
	}
	b.WriteString(strings.Repeat("- <<: *k\n", 2000))
	_, steps, err := read(t.Context(), []byte(b.String()))
	if !errors.Is(err, ErrLimit) || steps > 2*MaxNodes {
		t.Errorf("%d steps, %v", steps, err)
	}
}

// TestStepLimit: the budget itself, which no text reaches.
func TestStepLimit(t *testing.T) {
	s := newScanner(t.Context(), strings.Repeat("- a\n", 50_000))
	s.limit = 10
	for s.take().kind != streamEnd {
	}
	if !errors.Is(s.err, ErrLimit) || s.i > 2*checkEvery {
		t.Errorf("at %d: %v", s.i, s.err)
	}
}

// countdown is a context that is done after its error was asked for some times.
type countdown struct{ left, asked int }

func (c *countdown) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c *countdown) Done() <-chan struct{}       { return nil }
func (c *countdown) Value(any) any               { return nil }
func (c *countdown) Err() error {
	c.asked++
	if c.asked > c.left {
		return context.Canceled
	}
	return nil
}

// TestCancel stops each stage in its middle: the context is asked often, and once
// it is done nothing goes on.
func TestCancel(t *testing.T) {
	for name, shape := range shapes {
		text := shape(10_000)
		scan := &countdown{left: 1 << 30}
		_, p, _ := parse(scan, text)
		if want := p.spent()/(2*checkEvery) - 1; scan.asked < want {
			t.Errorf("%s: %d steps with %d looks at the context, want %d", name, p.spent(), scan.asked, want)
		}
		all := &countdown{left: 1 << 30}
		read(all, []byte(text))
		for _, left := range []int{0, all.asked / 2, all.asked - 1} {
			c := &countdown{left: left}
			if root, _, err := read(c, []byte(text)); root != nil || !errors.Is(err, context.Canceled) || c.asked != left+1 {
				t.Errorf("%s: stopped at look %d of %d, but %d followed: %v", name, left, all.asked, c.asked-left-1, err)
			}
		}
		if _, err := Differences(&countdown{}, []byte(text)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Differences does not stop: %v", name, err)
		}
	}
}

// FuzzCost: no text takes more steps than its size allows, and reading it in the
// other ways does not panic.
func FuzzCost(f *testing.F) {
	for _, shape := range shapes {
		f.Add(shape(3))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		root, steps, err := read(t.Context(), []byte(text))
		size := 0
		if err == nil {
			size = doc.Count(root, MaxNodes)
		}
		if steps > 12*len(text)+12*size+1000 {
			t.Errorf("%d bytes and %d values take %d steps", len(text), size, steps)
		}
		if _, err := Differences(t.Context(), []byte(text)); err != nil {
			t.Error(err)
		}
	})
}
