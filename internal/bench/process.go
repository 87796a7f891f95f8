package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// processes measures whole runs of anpkg beside a Go program that does nothing.
func (b *bench) processes(ctx context.Context) (string, error) {
	dir := filepath.Join(b.dir, "processes")
	t := task{Project: typicalProject, Package: filepath.Join(dir, "p.anpkg"), Other: filepath.Join(dir, "q.anpkg")}
	if err := os.MkdirAll(filepath.Join(dir, "nothing"), 0o755); err != nil {
		return "", err
	}
	if err := t.export(); err != nil {
		return "", err
	}
	nothing, anpkg := filepath.Join(dir, "nothing", "nothing"), filepath.Join(dir, "anpkg")
	if err := os.WriteFile(nothing+".go", []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return "", err
	}
	for out, source := range map[string]string{nothing: nothing + ".go", anpkg: "./examples/anpkg"} {
		if said, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", out, source).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w", said, err)
		}
	}
	commands := [][]string{
		{nothing}, {anpkg, "help"}, {anpkg, "version"}, {anpkg, "validate", t.Package}, {anpkg, "check", t.Project},
		{anpkg, "export", t.Project, filepath.Join(dir, "out.anpkg")}, {anpkg, "inspect", t.Package}, {anpkg, "diff", t.Package, t.Other},
	}
	times := make([]time.Duration, len(commands))
	for range 30 {
		for i, command := range commands {
			os.Remove(filepath.Join(dir, "out.anpkg")) // or the export says that it is there
			if _, err := timed(ctx, &times[i], command, nil); err != nil {
				return "", err
			}
		}
	}
	var out strings.Builder
	out.WriteString("\n| process, typical package | time | times a program that does nothing |\n| --- | ---: | ---: |\n")
	for i, command := range commands {
		name := "a Go program that does nothing"
		if i > 0 {
			name = "`anpkg " + command[1] + "`"
		}
		fmt.Fprintf(&out, "| %s | %s | %.1f |\n", name, short(times[i]), float64(times[i])/float64(times[0]))
	}
	many, err := b.manyPackages(ctx, anpkg, t.Package)
	fmt.Fprint(os.Stderr, out.String(), many)
	return out.String() + many, err
}

// timed runs a command and keeps the shortest time. Exit code 1 is a verdict.
func timed(ctx context.Context, to *time.Duration, command, env []string) (*os.ProcessState, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout = io.Discard
	begun := time.Now()
	err := cmd.Run()
	if took := time.Since(begun); *to == 0 || took < *to {
		*to = took
	}
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 {
		err = nil
	}
	return cmd.ProcessState, err
}

// manyPackages validates packages in one process, on one core and on all.
func (b *bench) manyPackages(ctx context.Context, anpkg, source string) (string, error) {
	count := 10_000 / b.divide
	data, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(source), "many")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	command := []string{anpkg, "validate", "--format=json"}
	for i := range count {
		name := filepath.Join(dir, fmt.Sprintf("%05d.anpkg", i))
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return "", err
		}
		command = append(command, name)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n| `anpkg validate` of %d packages | time | for each | memory |\n| --- | ---: | ---: | ---: |\n", count)
	for cores := 1; ; cores = min(2*cores, runtime.NumCPU()) {
		var took time.Duration
		state, err := timed(ctx, &took, command, []string{fmt.Sprintf("GOMAXPROCS=%d", cores)})
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "| %d cores | %s | %s | %s |\n", cores, short(took), short(took/time.Duration(count)), memory(state))
		if cores == runtime.NumCPU() {
			return out.String(), nil
		}
	}
}
