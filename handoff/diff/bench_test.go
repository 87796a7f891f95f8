package diff_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// bigMachine is the content of a package whose provider has n devices, each with
// an address from first on. It is not valid, as it has no checksums.
func bigMachine(n, first int) fstest.MapFS {
	var b strings.Builder
	b.WriteString("devices:\n")
	for i := range n {
		fmt.Fprintf(&b, "- {id: d%d, address: %d}\n", i, first+i)
	}
	return fstest.MapFS{
		"machine-profile.yaml":        {Data: []byte("machine_id: big\nruntime_profiles: {manual: runtime/anolis-runtime.yaml}\nproviders: {a: {config: providers/a.yaml}}\n")},
		"runtime/anolis-runtime.yaml": {Data: []byte("providers: [{id: a, command: a, args: [--config, providers/a.yaml]}]\n")},
		"providers/a.yaml":            {Data: []byte(b.String())},
	}
}

// openContent opens the content of a package, valid or not.
func openContent(t testing.TB, content fstest.MapFS) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenFS(t.Context(), content, handoff.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDiffMany compares packages in which every one of many devices moved: all
// are found.
func TestDiffMany(t *testing.T) {
	const n = 9_900 // of 5 values each, just within the limit of a document
	c := diffed(t, openContent(t, bigMachine(n, 0)), openContent(t, bigMachine(n, 1)))
	if len(c.Changes) != n || c.Count(diff.High) != n {
		t.Errorf("%d changes, %d of high risk", len(c.Changes), c.Count(diff.High))
	}
	checkComparison(t, c)
}

func BenchmarkDiff(b *testing.B) {
	typical := handofftest.Memory(b, os.DirFS(handofftest.Bench()))
	edited := handofftest.Memory(b, os.DirFS(handofftest.Bench()))
	e := bioreactorEdits()[20]
	for name, f := range edited {
		for i := 0; i+1 < len(e.replace); i += 2 {
			edited[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(f.Data), e.replace[i], e.replace[i+1]))}
		}
	}
	for _, c := range []struct {
		name     string
		old, new *handoff.Package
	}{
		{"typical", exported(b, typical, "bench", nil), exported(b, edited, "bench", nil)},
		{"large-one-change", openContent(b, bigMachine(9_900, 0)), openContent(b, func() fstest.MapFS {
			m := bigMachine(9_900, 0)
			m["providers/a.yaml"].Data = append(m["providers/a.yaml"].Data, "- {id: last, address: 1}\n"...)
			return m
		}())},
		{"large-all-changed", openContent(b, bigMachine(9_900, 0)), openContent(b, bigMachine(9_900, 1))},
	} {
		b.Run(c.name+"/diff", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				diffed(b, c.old, c.new)
			}
		})
		// What reading both packages costs by itself.
		b.Run(c.name+"/parse", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range []*handoff.Package{c.old, c.new} {
					for _, f := range p.Report().Files {
						kind := docfile.KindOf(f.Path)
						if kind == docfile.None {
							continue
						}
						data, err := fs.ReadFile(p.FS(), f.Path)
						if err != nil {
							b.Fatal(err)
						}
						if _, err := kind.Parse(data); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}

// ownKeys is the content of a package whose provider has n keys of its own, all
// with that beginning.
func ownKeys(n int, beginning string) fstest.MapFS {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d: %d\n", beginning, i, i)
	}
	return fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("machine_id: big\nproviders: {a: {config: providers/a.yaml}}\n")},
		"providers/a.yaml":     {Data: []byte(b.String())},
	}
}

// TestDiffMemory wants four times as many keys to take four times the memory, and no
// more than a few kB each.
func TestDiffMemory(t *testing.T) {
	taken := func(n int) uint64 {
		old, new := openContent(t, ownKeys(n, "a")), openContent(t, ownKeys(n, "b"))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := diffed(t, old, new)
		runtime.ReadMemStats(&after)
		if len(c.Changes) != 2*n {
			t.Errorf("%d changes", len(c.Changes))
		}
		return (after.TotalAlloc - before.TotalAlloc) / uint64(n)
	}
	few, many := taken(5_000), taken(20_000)
	if many > few+few/4 || many > 20<<10 {
		t.Errorf("%d bytes for a key of few, %d for one of many", few, many)
	}
}

// impatient is a context that is done when it was asked so often.
type impatient struct {
	context.Context
	left int
}

func (c *impatient) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestDiffCanceled stops wherever it is, and is asked often enough.
func TestDiffCanceled(t *testing.T) {
	old, new := openContent(t, ownKeys(3_000, "a")), openContent(t, ownKeys(3_000, "b"))
	for n := 0; ; n++ {
		c, err := diff.Packages(&impatient{t.Context(), n}, old, new)
		if err == nil {
			if n < 15 {
				t.Errorf("the context was looked at %d times", n)
			}
			return
		}
		if c != nil || !errors.Is(err, context.Canceled) {
			t.Fatalf("at %d: %v, %v", n, c, err)
		}
	}
}
