//go:build unix

package release_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// threePackages are package files and their digests. The one in the middle has a
// behavior tree of about size bytes.
func threePackages(t *testing.T, size int) (files, digests []string) {
	t.Helper()
	dir, large := t.TempDir(), handofftest.CopyProject(t, "mixer-system")
	handofftest.WriteFile(t, filepath.Join(large, "behaviors/batch_mix.xml"), handofftest.BigTree(size))
	for i, project := range []string{handofftest.Projects() + "/sim-quickstart", large, handofftest.Projects() + "/bioreactor-bench"} {
		file := filepath.Join(dir, fmt.Sprint(i, ".anpkg"))
		result := handofftest.MustExportFile(t, project, file, handoff.ExportOptions{Options: exporter.Options{Variants: exporter.AllVariants()}})
		files, digests = append(files, file), append(digests, result.SHA256)
	}
	return files, digests
}

// TestUnpackKilled kills processes that unpack, roll back and prune, at random
// moments. What is current is always a whole release, and the next one finds its
// way.
func TestUnpackKilled(t *testing.T) {
	const groups = 4
	kills := 200
	if unpackSlow {
		kills = 40
	}
	files, digests := threePackages(t, 200_000)
	var interrupted, done atomic.Int64
	t.Run("group", func(t *testing.T) {
		for group := range groups {
			t.Run(fmt.Sprint(group), func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "rig")
				rng := rand.New(rand.NewPCG(4, uint64(group)))
				before := ""
				for range kills / groups {
					killUnpack(t, unpackChild(t, "unpack", dir, files...), time.Duration(rng.IntN(40_000))*time.Microsecond)
					done.Add(1)
					if len(leftIn(t, dir)) > 0 {
						interrupted.Add(1)
					}
					now := wantRelease(t, dir, digests...)
					if before != "" && now == "" {
						t.Error("no release is current any more")
					}
					if before = now; rng.IntN(3) > 0 || t.Failed() {
						continue // the next process finds what is left
					}
					p, err := handoff.OpenPath(t.Context(), files[rng.IntN(len(files))], handoff.OpenOptions{})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{Prune: true}); err != nil {
						t.Error(err)
					}
					p.Close()
					if before = wantRelease(t, dir, digests...); before == "" {
						t.Error("no release is current")
					}
					wantClean(t, dir)
				}
			})
		}
	})
	t.Logf("%d of %d kills left something unfinished", interrupted.Load(), done.Load())
	if done.Load() != int64(kills) && !t.Failed() {
		t.Errorf("%d kills", done.Load())
	}
}

// killUnpack starts a process and kills it some time after it is ready.
func killUnpack(t *testing.T, cmd *exec.Cmd, after time.Duration) {
	t.Helper()
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
	out := bufio.NewReader(stdout)
	said, _ := out.ReadString('\n')
	time.Sleep(after)
	cmd.Process.Kill() // an error is one of Wait, too
	rest, _ := out.ReadString('\n')
	if err := cmd.Wait(); err == nil || said != "ready\n" || rest != "" {
		t.Fatalf("the process said %q and %q, and ended with %v", said, rest, err)
	}
}

// TestUnpackProcesses has several processes work on one directory.
func TestUnpackProcesses(t *testing.T) {
	files, digests := threePackages(t, 200_000)
	dir := filepath.Join(t.TempDir(), "rig")
	cmds := make([]*exec.Cmd, 4)
	outputs := make([]chan string, len(cmds))
	for i := range cmds {
		outputs[i] = make(chan string, 1)
		cmd := unpackChild(t, "unpack-some", dir, append(files[i%3:], files[:i%3]...)...)
		go func() {
			out, err := cmd.Output()
			outputs[i] <- fmt.Sprintf("%s%v", out, err)
		}()
	}
	for _, output := range outputs {
		if said := <-output; said != "ready\n<nil>" {
			t.Errorf("a process said %s", said)
		}
	}
	if wantRelease(t, dir, digests...) == "" {
		t.Error("no release is current")
	}
	wantClean(t, dir)
}
