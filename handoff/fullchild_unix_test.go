//go:build linux || darwin

package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// childOfSystem exports where no file may become larger than half a MiB, which is to
// a writer what a full disk is.
func childOfSystem(mode, project, out string) int {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 19, Max: 1 << 19}); mode != "full" || err != nil {
		fmt.Println("cannot be limited:", mode, err)
		return 2
	}
	result, err := handoff.ExportFile(context.Background(), project, out, handoff.ExportOptions{})
	var p *fs.PathError
	fmt.Println(result == nil, errors.Is(err, syscall.EFBIG), errors.As(err, &p) && p.Path == out)
	return 0
}

// TestDiskFull has the system refuse to write more.
func TestDiskFull(t *testing.T) {
	project := handofftest.BigProject(t)
	dir, out := outDir(t)
	said, err := handofftest.Child(t, "full", project, out).Output()
	if err != nil || strings.TrimSpace(string(said)) != "true true true" {
		t.Errorf("the process said %q, %v", said, err)
	}
	wantOld(t, dir)
}
