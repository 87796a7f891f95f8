package release

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// outside is a directory that nobody may touch. It has the names in it that would
// be written or removed through a link to it.
func outside(t *testing.T, a source) string {
	dir := filepath.Join(t.TempDir(), "outside")
	for _, name := range []string{".", ".staging-0", ".staging-0/runtime", "runtime", "runtime/behaviors", "releases", "releases/" + a.digest} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"machine-profile.yaml", "runtime/rt.yaml", "x", ".lock", ".staging-0/x", "releases/x", "runtime/behaviors/x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("mine", filepath.Join(dir, "current")), os.Symlink("releases/"+a.digest, filepath.Join(dir, ".current.new"))); err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1_000_000_000, 0) // creating or removing a name would change it
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type() != fs.ModeSymlink {
			err = os.Chtimes(path, old, old)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pictureOutside has the times, too.
func pictureOutside(t *testing.T, dir string) string {
	text := picture(t, dir)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() == fs.ModeSymlink {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().Unix() != 1_000_000_000 {
			t.Errorf("%s was changed", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return text
}

// places are where somebody could put a link, below the directory around DIR.
func places(a source) []string {
	return []string{
		"rig", "rig/releases", "rig/current", "rig/previous", "rig/.current.new", "rig/.previous.new",
		"rig/releases/.lock", "rig/releases/.staging-0", "rig/releases/.staging-0/runtime",
		"rig/releases/.staging-0/machine-profile.yaml",
		"rig/releases/.staging-0/runtime/rt.yaml", "rig/releases/" + a.digest,
		".plain.anpkg-new", ".plain.anpkg-new/.lock", ".plain.anpkg-new/.staging-0", ".plain.anpkg-new/.staging-0/runtime", "plain",
	}
}

// plant moves away what is at a place and puts a link there. It does not follow
// the links of others.
func plant(around *os.Root, target, place, stash string) error {
	if err := around.Rename(place, stash); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return around.Symlink(target, place)
}

// verbs are all that changes a disk, below a directory. The last one has nothing
// to do with the others.
func verbs(t *testing.T, d disk, around string, a, b source) []func() error {
	dir := filepath.Join(around, "rig")
	return []func() error{
		func() error { _, err := unpack(t.Context(), d, dir, a, false); return err },
		func() error { _, err := unpack(t.Context(), d, dir, b, true); return err },
		func() error { _, err := rollback(t.Context(), d, dir, RollbackOptions{}, checkOf(a, b)); return err },
		func() error { _, err := unpackPlain(t.Context(), d, filepath.Join(around, "plain"), a); return err },
	}
}

// TestPlantedAtEveryStep puts a link to outside at every place before every step.
func TestPlantedAtEveryStep(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	out := outside(t, a)
	before := pictureOutside(t, out)
	all := places(a)
	if slow {
		all = all[:4]
	}
	for _, place := range all {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			each(t, 9, func(t *testing.T, d disk, at func(func(op, name string) error)) {
				around, err := os.MkdirTemp(t.TempDir(), "")
				if err != nil {
					t.Fatal(err)
				}
				root, err := os.OpenRoot(around)
				if err != nil {
					t.Fatal(err)
				}
				defer root.Close()
				planted := false
				at(func(string, string) error {
					planted = true
					plant(root, out, place, "stash") // where it can
					return nil
				})
				list := verbs(t, d, around, a, b)
				if last := len(list) - 1; strings.HasPrefix(place, "rig") {
					list = list[:last]
				} else {
					list = list[last:]
				}
				for _, do := range list {
					if do(); planted { // well or not
						break
					}
				}
			})
		})
	}
	t.Cleanup(func() {
		if after := pictureOutside(t, out); after != before {
			t.Errorf("outside was\n%s\nand is\n%s", before, after)
		}
	})
}

// TestPlantedRace has somebody put links to outside at all places, and take them
// away again, as fast as possible.
func TestPlantedRace(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	out := outside(t, a)
	before := pictureOutside(t, out)
	around := t.TempDir()
	stop := make(chan struct{})
	var planted atomic.Int64
	var others sync.WaitGroup
	for i := range 2 {
		rng := rand.New(rand.NewPCG(4, uint64(i)))
		all := places(a)[1:] // a link at DIR is the caller's
		stash := fmt.Sprint("stash", i)
		root, err := os.OpenRoot(around)
		if err != nil {
			t.Fatal(err)
		}
		others.Go(func() {
			defer root.Close()
			for {
				select {
				case <-stop:
					return
				default:
				}
				place := all[rng.IntN(len(all))]
				if plant(root, out, place, stash) == nil {
					planted.Add(1)
					for range rng.IntN(20) {
						root.Lstat(place)
					}
				}
				if info, err := root.Lstat(place); err == nil && info.Mode().Type() == fs.ModeSymlink {
					root.Remove(place)
				}
				if root.Rename(stash, place) != nil {
					root.RemoveAll(stash)
				}
			}
		})
	}
	rounds := 500
	if slow {
		rounds = 50
	}
	good := 0
	for i := 0; i < rounds || planted.Load() < int64(5*rounds); i++ {
		for _, do := range verbs(t, quick, around, a, b) {
			if do() == nil {
				good++
			}
		}
		os.RemoveAll(filepath.Join(around, "plain"))
		if i%10 == 0 {
			os.RemoveAll(filepath.Join(around, "rig")) // what they put in the way
		}
	}
	close(stop)
	others.Wait()
	t.Logf("%d links planted, %d of %d verbs went well", planted.Load(), good, 4*rounds)
	if after := pictureOutside(t, out); after != before {
		t.Errorf("outside was\n%s\nand is\n%s", before, after)
	}
}
