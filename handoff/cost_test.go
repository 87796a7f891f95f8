package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// repeat joins n texts with numbers in them.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, strings.ReplaceAll(format, "#", "%[1]d"), i)
	}
	return b.String()
}

// costShapes are packages of the worst kinds that came to mind: each grows with n in
// one way. They are edits of a small package.
var costShapes = map[string]func(files fstest.MapFS, n int){
	"files":        func(files fstest.MapFS, n int) { addFiles(files, n, "providers/f%d.yaml", "a: 1\n") },
	"trees":        func(files fstest.MapFS, n int) { addFiles(files, n, "runtime/behaviors/f%d.xml", "<root/>") },
	"deep names":   func(files fstest.MapFS, n int) { addFiles(files, n, "x/y/z/%d/a/b/c.txt", "text") },
	"lines":        text("notes.txt", "a line of text that says nothing #\n"),
	"near secrets": text("notes.txt", "password policy token_count=# secretary AKIA# eyJ# ghp_# -----BEGIN # xoxb-# https://u@h/#\n"),
	"secrets":      text("notes.txt", "password: hunter2x#\n"),
	"one line":     text("notes.txt", "word # "),
	"keys":         text("providers/bench-sim.yaml", "key#: value\n"),
	"list":         text("providers/bench-sim.yaml", "- item #\n"),
	"one key":      text("providers/bench-sim.yaml", "key: #\n"),
	"devices": func(files fstest.MapFS, n int) {
		setFile(files, "providers/bench-sim.yaml", "provider: {name: s}\nsimulation: {mode: inert}\ndevices:\n"+repeat(n, "- {id: d#, type: tempctl}\n"))
	},
	"faulty devices": func(files fstest.MapFS, n int) {
		setFile(files, "providers/bench-sim.yaml", "devices:\n"+repeat(n, "- {id: same, type: 1, more#: x}\n"))
	},
	"aliases of a long text": func(files fstest.MapFS, n int) {
		setFile(files, "providers/bench-sim.yaml", "a: &a "+strings.Repeat("long ", 10*n)+"\nb:\n"+strings.Repeat("- *a\n", n))
	},
	"references": func(files fstest.MapFS, n int) {
		appendTo(files, "machine-profile.yaml", "\nbehaviors:\n"+repeat(n, "- runtime/behaviors/gone#.xml\n"))
	},
	"profiles": func(files fstest.MapFS, n int) {
		edit(files, "machine-profile.yaml", "runtime_profiles:\n", "runtime_profiles:\n"+repeat(n, "  p#: runtime/anolis-runtime.yaml\n"))
	},
	"unknown keys": func(files fstest.MapFS, n int) { appendTo(files, config, repeat(n, "key#: 1\n")) },
	"provenance": func(files fstest.MapFS, n int) {
		edit(files, "meta/provenance.json", "{", "{"+repeat(n, `"key#": "value", `))
	},
	"processes": func(files fstest.MapFS, n int) {
		edit(files, config, "providers:\n", "providers:\n"+repeat(n, "- {id: p#, command: ./x, args: [--config, providers/bench-sim.yaml]}\n"))
	},
	"nodes":          tree(`<CallDevice device_handle="bench-sim/d#" function_name="f" args="{a}"/>`),
	"attributes":     tree(`<AlwaysSuccess/><AlwaysSuccess name="#" _skipIf="a == #"/>`),
	"keys of a tree": tree(`<GetParameter param="p" value="{k#}"/>`),
	"subtrees":       tree(`<SubTree ID="S" a#="{b#}"/>`),
	"one tag":        func(files fstest.MapFS, n int) { behavior(files, `<AlwaysSuccess `+repeat(n, `_a#="b" `)+`/>`) },
	"script":         func(files fstest.MapFS, n int) { behavior(files, `<Script code="`+repeat(n, "a# := b# + 1; ")+`"/>`) },
	"parameters": func(files fstest.MapFS, n int) {
		behavior(files, `<AlwaysSuccess/>`)
		edit(files, config, "automation:\n", "automation:\n  parameters:\n"+repeat(n, "  - {name: p#, type: double, default: 1.0}\n"))
	},
	"hooks": func(files fstest.MapFS, n int) {
		behavior(files, `<AlwaysSuccess/>`)
		edit(files, config, "automation:\n", "automation:\n  mode_transition_hooks:\n    before_transition:\n"+
			repeat(n, "    - {from: AUTO, to: FAULT, calls: [{device_handle: a/b#, function_name: f, args: {x: 1}}]}\n"))
	},
}

func text(name, format string) func(fstest.MapFS, int) {
	return func(files fstest.MapFS, n int) { setFile(files, name, repeat(n, format)) }
}

func tree(format string) func(fstest.MapFS, int) {
	return func(files fstest.MapFS, n int) { behavior(files, repeat(n, format)) }
}

func behavior(files fstest.MapFS, nodes string) {
	setFile(files, "runtime/behaviors/t.xml", `<root main_tree_to_execute="M"><BehaviorTree ID="M"><Sequence>`+nodes+
		`</Sequence></BehaviorTree><BehaviorTree ID="S"><AlwaysSuccess/></BehaviorTree></root>`)
	edit(files, config, "automation:\n  enabled: false", "automation:\n  behavior_tree: runtime/behaviors/t.xml\n  enabled: true")
}

func setFile(files fstest.MapFS, name, text string) {
	files[name] = &fstest.MapFile{Data: []byte(text)}
}

func appendTo(files fstest.MapFS, name, text string) {
	setFile(files, name, string(files[name].Data)+text)
}

func edit(files fstest.MapFS, name, old, new string) {
	before := string(files[name].Data)
	if !strings.Contains(before, old) {
		panic(name + " has no " + old)
	}
	setFile(files, name, strings.Replace(before, old, new, 1))
}

func addFiles(files fstest.MapFS, n int, name, text string) {
	for i := range n {
		setFile(files, fmt.Sprintf(name, i), text)
	}
}

// stages is all that is done with a package, each a step of its own. A package that
// cannot be opened ends it.
func stages(ctx context.Context, files, other fstest.MapFS) error {
	opts := handoff.OpenOptions{AllowInvalid: true}
	p, err := handoff.OpenFS(ctx, files, opts)
	if err != nil {
		return err
	}
	q, err := handoff.OpenFS(ctx, other, opts)
	if err != nil {
		return err
	}
	if err := errors.Join(p.Report().WriteJSON(io.Discard), p.Report().WriteText(io.Discard, true),
		validator.WriteSARIF(io.Discard, p.Report())); err != nil {
		return err
	}
	summary, err := handoff.Inspect(ctx, p)
	if err != nil {
		return err
	}
	changes, err := handoff.Diff(ctx, p, q)
	if err != nil {
		return err
	}
	ready, err := handoff.Preflight(ctx, p, preflight.Target{}, preflight.Options{})
	if err != nil {
		return err
	}
	return errors.Join(summary.WriteText(io.Discard, true), summary.WriteJSON(io.Discard), changes.WriteText(io.Discard, true),
		changes.WriteMarkdown(io.Discard), ready.WriteText(io.Discard, true))
}

func shaped(t *testing.T, shape func(fstest.MapFS, int), n int) (files, other fstest.MapFS) {
	make := func(n int) fstest.MapFS {
		files := handofftest.ExampleFiles(t, "sim-quickstart")
		shape(files, n)
		return handofftest.WithChecksums(t, files)
	}
	return make(n), make(n + 1)
}

// TestCost holds that everything that is done with a package costs as much as it is
// large: four times as much of the worst needs little more than four times the memory,
// and asks little more than four times as often whether it shall stop.
func TestCost(t *testing.T) {
	for name, shape := range costShapes {
		t.Run(name, func(t *testing.T) {
			measure := func(n int) (allocated, polls float64) {
				files, other := shaped(t, shape, n)
				ctx := &countdown{Context: t.Context(), left: 1 << 60}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if err := stages(ctx, files, other); err != nil {
					var invalid *handoff.InvalidError
					if !errors.As(err, &invalid) {
						t.Fatal(err)
					}
				}
				runtime.ReadMemStats(&after)
				return float64(after.TotalAlloc - before.TotalAlloc), float64(ctx.polls)
			}
			const n = 400
			measure(n) // what is made once is made now
			memory, polls := measure(n)
			memory4, polls4 := measure(4 * n)
			if memory4 > 5.5*memory+4<<20 || polls4 > 5.5*polls+1000 {
				t.Errorf("%.1f MiB and %.0f questions, for four times as much %.1f MiB and %.0f", memory/(1<<20), polls, memory4/(1<<20), polls4)
			}
		})
	}
}

// TestCancelStages cancels all that is done with a package at many moments: it ends
// at once, without asking many times more.
func TestCancelStages(t *testing.T) {
	for name, shape := range costShapes {
		files, other := shaped(t, shape, 300)
		whole := &countdown{Context: t.Context(), left: 1 << 60}
		if err := stages(whole, files, other); err != nil {
			var invalid *handoff.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatal(err)
			}
		}
		for part := range 8 {
			ctx := &countdown{Context: t.Context(), left: whole.polls * int64(part) / 8}
			err := stages(ctx, files, other)
			if late := ctx.polls - whole.polls*int64(part)/8; !errors.Is(err, context.Canceled) || late > 60 {
				t.Errorf("%s: cancelled after %d of %d questions: %v, and %d more", name, whole.polls*int64(part)/8, whole.polls, err, late)
			}
		}
	}
}

// countdown is a context that is done after it was asked a number of times.
type countdown struct {
	context.Context
	mu          sync.Mutex
	left, polls int64
}

func (c *countdown) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.polls++
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func (c *countdown) Done() <-chan struct{} { return nil }

func (c *countdown) Deadline() (time.Time, bool) { return time.Time{}, false }

// projectShapes are projects of the worst kinds, as costShapes are packages.
var projectShapes = map[string]func(files fstest.MapFS, n int){
	"keys": func(files fstest.MapFS, n int) {
		appendTo(files, "config/provider-sim.yaml", "\n"+repeat(n, "key#: value\n"))
	},
	"secrets": func(files fstest.MapFS, n int) {
		appendTo(files, "config/provider-sim.yaml", "\n"+repeat(n, "password#: hunter2x\n"))
	},
	"aliases of a long text": func(files fstest.MapFS, n int) {
		appendTo(files, "config/provider-sim.yaml", "\na: &a "+strings.Repeat("long ", 600)+"\nb:\n"+strings.Repeat("- *a\n", n/10))
	},
	"arguments": func(files fstest.MapFS, n int) {
		edit(files, manualConfig, "polling:", "x: &a /"+strings.Repeat("long/", 600)+"\ny: &b\n"+repeat(n/10, "- {id: p#, command: *a, args: [*a, --config, *a]}\n")+"polling:")
		edit(files, manualConfig, "providers:\n", "providers:\n"+repeat(n/10, "  - {id: q#, command: x, args: [--config, \"../../very/long/path/#\"]}\n"))
	},
	"behaviors": func(files fstest.MapFS, n int) {
		appendTo(files, "machine-profile.yaml", "\nbehaviors:\n- &a behaviors/"+strings.Repeat("long/", 2*n)+"x.xml\n"+strings.Repeat("- *a\n", n/10)+repeat(n, "- behaviors/gone#.xml\n"))
	},
	"variants": func(files fstest.MapFS, n int) {
		edit(files, "machine-profile.yaml", "runtime_profiles:\n", "runtime_profiles:\n"+repeat(n, "  p#: config/anolis-runtime.manual.yaml\n"))
	},
	"faults": func(files fstest.MapFS, n int) { appendTo(files, manualConfig, "\n"+repeat(n, "key#: {a: 1, a: 2}\n")) },
}

const manualConfig = "config/anolis-runtime.manual.yaml"

// TestCostOfProjects holds for the export and the check of a project what TestCost
// does for packages.
func TestCostOfProjects(t *testing.T) {
	for name, shape := range projectShapes {
		t.Run(name, func(t *testing.T) {
			check := func(ctx context.Context, n int) error {
				files := handofftest.Memory(t, os.DirFS(handofftest.Projects()+"/sim-quickstart"))
				shape(files, n)
				opts := handoff.ExportOptions{Options: exporter.Options{Name: "p", Variants: exporter.AllVariants()}, AllowInvalid: true}
				report, err := handoff.Check(ctx, files, opts)
				if err != nil {
					return err
				}
				_, err = handoff.Export(ctx, io.Discard, files, opts)
				var problems validator.ProblemList
				if errors.As(err, &problems) {
					err = nil
				}
				return errors.Join(err, report.WriteText(io.Discard, false))
			}
			measure := func(n int) (allocated, polls float64) {
				ctx := &countdown{Context: t.Context(), left: 1 << 60}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if err := check(ctx, n); err != nil {
					t.Fatal(err)
				}
				runtime.ReadMemStats(&after)
				return float64(after.TotalAlloc - before.TotalAlloc), float64(ctx.polls)
			}
			const n = 300
			measure(n)
			memory, polls := measure(n)
			memory4, polls4 := measure(4 * n)
			if memory4 > 5.5*memory+4<<20 || polls4 > 5.5*polls+1000 {
				t.Errorf("%.1f MiB and %.0f questions, for four times as much %.1f MiB and %.0f", memory/(1<<20), polls, memory4/(1<<20), polls4)
			}
			for part := range 5 {
				ctx := &countdown{Context: t.Context(), left: int64(polls) * int64(part) / 5}
				if err := check(ctx, n); !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled after %d of %.0f questions: %v", int64(polls)*int64(part)/5, polls, err)
				}
			}
		})
	}
}
