package release_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

// childRepairs says that it is ready, and then, until it is killed, edits the release
// of the first package, unpacks the second, goes back by force, and unpacks the first
// again. Each edit has the next number.
func childRepairs(dir string, files ...string) int {
	ctx := context.Background()
	fail := func(err error) int {
		fmt.Println(err)
		return 1
	}
	var packages []*handoff.Package
	for _, file := range files {
		p, err := handoff.OpenPath(ctx, file, handoff.OpenOptions{})
		if err != nil {
			return fail(err)
		}
		packages = append(packages, p)
	}
	numbers, err := editNumbers(dir)
	if err != nil {
		return fail(err)
	}
	fmt.Println("ready")
	go func() { // not longer than the parent
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	for number := len(numbers) + 1; ; number++ {
		rel, err := release.Unpack(ctx, packages[0], dir, release.UnpackOptions{})
		if err != nil {
			return fail(err)
		}
		// Somebody's edit is one step here: what it would leave is not ours.
		temp := dir + ".edit"
		if err := errors.Join(os.WriteFile(temp, []byte(strconv.Itoa(number)), 0o644), os.Rename(temp, filepath.Join(rel.Path, "notes"))); err != nil {
			return fail(err)
		}
		if _, err := release.Unpack(ctx, packages[1], dir, release.UnpackOptions{}); err != nil {
			return fail(err)
		}
		said := 0
		_, err = release.Rollback(ctx, dir, release.RollbackOptions{To: rel.Digest, Force: func(edited *release.ChangedError) error {
			said = len(edited.Differences)
			return nil
		}})
		if err != nil || said != 1 {
			return fail(fmt.Errorf("%d edits, %w", said, err))
		}
	}
}

// editNumbers are the numbers of the edits that are in a directory of releases, sorted.
func editNumbers(dir string) (numbers []int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "releases", "*", "notes"))
	for _, file := range files {
		text, readErr := os.ReadFile(file)
		number, parseErr := strconv.Atoi(string(text))
		numbers, err = append(numbers, number), errors.Join(err, readErr, parseErr)
	}
	slices.Sort(numbers)
	return numbers, err
}

// wantEdits checks that every edit up to the last one is there once, and that every
// release, kept or not, is a whole package but for the edit.
func wantEdits(t *testing.T, dir string, digests ...string) {
	t.Helper()
	numbers, err := editNumbers(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, number := range numbers {
		if number != i+1 {
			t.Fatalf("there are the edits %v", numbers)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "releases"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		digest, _, _ := strings.Cut(e.Name(), ".")
		if digest == "" {
			continue
		}
		release := t.TempDir()
		if err := os.CopyFS(release, os.DirFS(filepath.Join(dir, "releases", e.Name()))); err != nil {
			t.Fatal(err)
		}
		os.Remove(filepath.Join(release, "notes"))
		if got := digestOf(t, release); got != digest || !slices.Contains(digests, digest) {
			t.Errorf("%s has the content of %s", e.Name(), got)
		}
	}
}
