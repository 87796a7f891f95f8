package handoff_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestMain is also a process that exports, to be killed or put under limits. Its
// arguments are the project and the output.
func TestMain(m *testing.M) {
	switch mode := os.Getenv(handofftest.ChildMode); mode {
	case "":
		os.Exit(m.Run())
	case "stall":
		childStalls(os.Args[1], os.Args[2])
	default:
		os.Exit(childOfSystem(mode, os.Args[1], os.Args[2]))
	}
}

// childStalls exports until half a megabyte is written, says so and waits.
func childStalls(project, out string) {
	handoff.ExportFile(context.Background(), project, out, handoff.ExportOptions{Options: exporter.Options{Progress: func(p exporter.Progress) {
		if p.Stage == exporter.StageWrite && p.Done > 1<<19 {
			fmt.Println("writing")
			os.Stdin.Read(make([]byte, 1)) // until the parent is gone
		}
	}}})
	fmt.Println("the export ended")
}

// TestKilled kills a process in the middle of the write, without a chance to
// clean up.
func TestKilled(t *testing.T) {
	project := handofftest.BigProject(t)
	dir, out := outDir(t)
	for killed := range 2 { // the second one has the leftover of the first in its way
		cmd := handofftest.Child(t, "stall", project, out)
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said, err := bufio.NewReader(stdout).ReadString('\n')
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		if waitErr := cmd.Wait(); waitErr == nil || said != "writing\n" {
			t.Fatalf("the process said %q (%v) and ended with %v", said, err, waitErr)
		}
		if got := handofftest.ReadFile(t, out); string(got) != old {
			t.Errorf("the old output is now %d bytes long", len(got))
		}
		left := handofftest.ReadFile(t, filepath.Join(dir, fmt.Sprintf(".rig.anpkg.%d.tmp", killed)))
		if len(left) < 1<<18 {
			t.Errorf("only %d bytes were written before the kill", len(left))
		}
	}
	wantPackage(t, out, handofftest.MustExportFile(t, project, out, handoff.ExportOptions{}))
	handofftest.WantNames(t, dir, ".rig.anpkg.0.tmp", ".rig.anpkg.1.tmp", "rig.anpkg")
}
