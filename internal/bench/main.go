// Command bench measures how long exports, checks, validations and comparisons take
// and how much memory they need, beside what other programs need for the same bytes
// in the same run, and writes docs/performance.md:
//
//	go run ./internal/bench -write docs/performance.md
//
// It needs about 4 GiB of room for temporary files, and some minutes. -small makes
// everything 64 times smaller, to see whether it works; -case takes single cases.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.write, "write", "", "put the tables into the `FILE`, between its marks, instead of printing them")
	flag.StringVar(&b.only, "case", "", "measure the cases whose names contain `TEXT`")
	small := flag.Bool("small", false, "make everything 64 times smaller")
	task := flag.String("task", "", "measure one task, given as JSON: what the program runs itself for")
	flag.Parse()
	b.divide = 1
	if *small {
		b.divide = 64
	}
	err := b.run(context.Background(), *task)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	write, only string
	divide      int
	dir         string // of everything that is made
}

func (b *bench) run(ctx context.Context, one string) error {
	if one != "" {
		var t task
		if err := json.Unmarshal([]byte(one), &t); err != nil {
			return err
		}
		result, err := t.measure(ctx)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	text, err := b.tables(ctx)
	if err != nil {
		return err
	}
	if b.write == "" {
		fmt.Print(text)
		return nil
	}
	return put(b.write, text)
}

// The marks in a document around the tables.
const (
	begin = "<!-- begin: go run ./internal/bench -->\n"
	end   = "<!-- end -->\n"
)

func put(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return fmt.Errorf("%s has no %s", file, strings.TrimSpace(begin))
	}
	return os.WriteFile(file, []byte(before+begin+text+end+after), 0o644)
}

func (b *bench) tables(ctx context.Context) (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s %s/%s, %d cores%s.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor())
	out.WriteString("| case | task | time | SHA-256 | yaml.v3 | io.Copy | of SHA-256 | times yaml.v3 | memory |\n")
	out.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, c := range b.cases() {
		if !strings.Contains(c.name, b.only) {
			continue
		}
		tasks, err := c.tasks()
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		for _, t := range tasks {
			r, err := t.inChild(ctx)
			if err != nil {
				return "", fmt.Errorf("%s: %s: %w", c.name, t.Kind, err)
			}
			row := r.row(c.name, t.Kind)
			fmt.Fprint(os.Stderr, row)
			out.WriteString(row)
		}
		if err := os.RemoveAll(filepath.Join(b.dir, c.name)); err != nil {
			return "", err
		}
	}
	if !strings.Contains("processes", b.only) {
		return out.String(), nil
	}
	text, err := b.processes(ctx)
	return out.String() + text, err
}

// inChild measures a task in a process of its own, so that its memory is its own.
func (t task) inChild(ctx context.Context) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, self, "-task", string(text))
	var said bytes.Buffer
	cmd.Stderr = &said
	data, err := cmd.Output()
	if err != nil {
		return result{}, errors.Join(err, errors.New(said.String()))
	}
	var r result
	return r, json.Unmarshal(data, &r)
}

// result is what a task took.
type result struct {
	Time, Hash, Parse, Copy time.Duration
	Memory                  uint64 // bytes from the system beyond what an empty program has
}

func (r result) row(name, kind string) string {
	ratio := func(a, b time.Duration) string {
		if a == 0 || b == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f", float64(a)/float64(b))
	}
	ofHash, timesParse := "", ratio(r.Time, r.Parse) // where documents are most of the work
	if r.Hash > r.Parse {
		ofHash, timesParse = ratio(r.Hash, r.Time), ""
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %.0f MiB |\n", name, kind, short(r.Time), short(r.Hash), short(r.Parse), short(r.Copy),
		ofHash, timesParse, float64(r.Memory)/(1<<20))
}

// short rounds to three digits.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.2f ms", d.Seconds()*1e3)
}

// processor names the processor where the system tells.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, rest, ok := strings.Cut(string(data), "model name\t: ")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "\n")
	return ", " + name
}
