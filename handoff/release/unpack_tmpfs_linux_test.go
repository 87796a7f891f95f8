package release_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

const cannotMount = "cannot mount"

// childUnpacksFull has a file system for itself that nobody else sees. It unpacks
// the large package beside the small one with 0, 1, 2... pages left, until it
// fits, and the same with files left instead of pages. It says how often it did
// not fit.
func childUnpacksFull(at, small, large string) int {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		fmt.Println(cannotMount, err)
		return 0
	}
	f := &fullDisk{at: at, dir: filepath.Join(at, "rig")}
	var err error
	for i, file := range []string{small, large} {
		if f.packages[i], err = handoff.OpenPath(context.Background(), file, handoff.OpenOptions{}); err != nil {
			fmt.Println(err)
			return 1
		}
		if f.digests[i], err = f.packages[i].Digest(context.Background()); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	for what, try := range []func(left int) (bool, error){f.pages, f.files} {
		failed := 0
		for fits := false; !fits; failed++ {
			if fits, err = try(failed); err != nil {
				fmt.Println([]string{"pages", "files"}[what], failed, err)
				return 1
			}
		}
		fmt.Println(failed - 1)
	}
	for _, work := range []func() (bool, error){f.repair, f.force} {
		for what, options := range []string{"size=512k", "size=512k,nr_inodes=100"} {
			failed := 0
			for fits := false; !fits; failed++ {
				if fits, err = f.edited(options, what == 0, failed, work); err != nil {
					fmt.Println("edited", options, failed, err)
					return 1
				}
			}
			fmt.Println(failed - 1)
		}
	}
	return 0
}

// edited makes the disk with both packages, the small one edited and previous, leaves
// so many pages or files, and works.
func (f *fullDisk) edited(options string, pages bool, left int, work func() (bool, error)) (fits bool, err error) {
	if err := f.mount(options); err != nil {
		return false, err
	}
	defer syscall.Unmount(f.at, 0)
	for _, p := range f.packages {
		if _, err := release.Unpack(context.Background(), p, f.dir, release.UnpackOptions{}); err != nil {
			return false, err
		}
	}
	if err := os.WriteFile(f.notes("previous"), []byte("mine"), 0o644); err != nil {
		return false, err
	}
	var fill []string
	for i := 0; err == nil; i++ {
		name := filepath.Join(f.at, fmt.Sprint("filler", i))
		var content []byte
		if pages {
			content = make([]byte, os.Getpagesize())
		}
		if err = os.WriteFile(name, content, 0o600); err == nil {
			fill = append(fill, name)
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return false, err
	}
	os.Remove(filepath.Join(f.at, fmt.Sprint("filler", len(fill)))) // the one that did not fit
	for _, name := range fill[max(len(fill)-left, 0):] {
		if err := os.Remove(name); err != nil {
			return false, err
		}
	}
	fits, err = work()
	return fits, errors.Join(err, f.nothingLeft())
}

// notes is the file that somebody added to a release.
func (f *fullDisk) notes(of string) string { return filepath.Join(f.dir, of, "notes") }

// repair unpacks the edited release again.
func (f *fullDisk) repair() (fits bool, err error) {
	rel, err := release.Unpack(context.Background(), f.packages[0], f.dir, release.UnpackOptions{})
	if err == nil {
		_, kept := os.Stat(filepath.Join(rel.Kept, "notes"))
		_, gone := os.Stat(f.notes("current"))
		if kept != nil || !errors.Is(gone, os.ErrNotExist) {
			return false, fmt.Errorf("%v, %v", kept, gone)
		}
		return true, f.isCurrent(0)
	}
	if rel != nil || !errors.Is(err, syscall.ENOSPC) {
		return false, err
	}
	// It is where it was, or kept beside a sound one; the error says so then.
	_, there := os.Stat(f.notes("previous"))
	if said := strings.Contains(err.Error(), ".edited-1"); said == (there == nil) {
		return false, fmt.Errorf("the notes: %v, and the error: %w", there, err)
	}
	return false, f.isCurrent(1)
}

// force goes back to the edited release.
func (f *fullDisk) force() (fits bool, err error) {
	said := 0
	rel, err := release.Rollback(context.Background(), f.dir, release.RollbackOptions{Force: func(edited *release.ChangedError) error {
		said = len(edited.Differences)
		return nil
	}})
	at := "current"
	if err != nil {
		if at = "previous"; rel != nil || !errors.Is(err, syscall.ENOSPC) {
			return false, err
		}
		if err := f.isCurrent(1); err != nil {
			return false, err
		}
	}
	if _, there := os.Stat(f.notes(at)); there != nil || said != 1 {
		return false, fmt.Errorf("%d edits, %v", said, there)
	}
	return err == nil, nil
}

// isCurrent checks that a package is current, and whole.
func (f *fullDisk) isCurrent(i int) error {
	p, err := handoff.OpenPath(context.Background(), filepath.Join(f.dir, "current"), handoff.OpenOptions{})
	if err != nil {
		return err
	}
	defer p.Close()
	if got, err := p.Digest(context.Background()); err != nil || got != f.digests[i] {
		return fmt.Errorf("current is %s: %v", got, err)
	}
	return nil
}

type fullDisk struct {
	at, dir  string
	packages [2]*handoff.Package
	digests  [2]string
}

// mount makes the disk, with the small package on it if that fits.
func (f *fullDisk) mount(options string) error {
	if err := syscall.Mount("tmpfs", f.at, "tmpfs", 0, options); err != nil {
		return fmt.Errorf("%s %w", cannotMount, err)
	}
	return nil
}

func (f *fullDisk) pages(left int) (fits bool, err error) {
	if err := f.mount("size=512k"); err != nil {
		return false, err
	}
	defer syscall.Unmount(f.at, 0)
	if _, err := release.Unpack(context.Background(), f.packages[0], f.dir, release.UnpackOptions{}); err != nil {
		return false, err
	}
	filler, err := os.Create(filepath.Join(f.at, "filler"))
	if err != nil {
		return false, err
	}
	defer filler.Close()
	page, size := make([]byte, os.Getpagesize()), 0
	for err == nil {
		var n int
		n, err = filler.Write(page)
		size += n
	}
	if err := filler.Truncate(int64(max(size-left*len(page), 0))); err != nil {
		return false, err
	}
	return f.try()
}

func (f *fullDisk) files(left int) (fits bool, err error) {
	if err := f.mount(fmt.Sprintf("size=1m,nr_inodes=%d", left+2)); err != nil {
		return false, err
	}
	defer syscall.Unmount(f.at, 0)
	_, err = release.Unpack(context.Background(), f.packages[0], f.dir, release.UnpackOptions{})
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		return false, err
	}
	if err != nil {
		if _, err := os.Lstat(filepath.Join(f.dir, "current")); err == nil {
			return false, errors.New("something is current")
		}
		return false, f.nothingLeft()
	}
	return f.try()
}

// try unpacks the large package and checks what is there then.
func (f *fullDisk) try() (fits bool, err error) {
	rel, err := release.Unpack(context.Background(), f.packages[1], f.dir, release.UnpackOptions{})
	if err != nil && (rel != nil || !errors.Is(err, syscall.ENOSPC)) {
		return false, err
	}
	if err != nil && !strings.HasSuffix(err.Error(), "current is still "+f.digests[0][:12]) {
		return false, fmt.Errorf("the error says: %w", err)
	}
	i := 0
	if err == nil {
		i = 1
	}
	if err := f.isCurrent(i); err != nil {
		return false, err
	}
	return err == nil, f.nothingLeft()
}

func (f *fullDisk) nothingLeft() error {
	for _, pattern := range []string{".current*", ".previous*", "releases/.staging*"} {
		if left, err := filepath.Glob(filepath.Join(f.dir, pattern)); len(left) > 0 || err != nil {
			return fmt.Errorf("%q is left, %v", left, err)
		}
	}
	return nil
}

// TestUnpackFull fills small file systems. Where nobody may mount one,
// TestUnpackLimited stands for it.
func TestUnpackFull(t *testing.T) {
	files, _ := threePackages(t, 0)
	cmd := unpackChild(t, "unpack-full", t.TempDir(), files[0], files[2])
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	said, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) || strings.Contains(string(said), cannotMount) {
		t.Logf("no file system can be mounted: %v %s", err, said)
		TestUnpackLimited(t)
		return
	}
	var pages, inodes, repairPages, repairInodes, forcePages, forceInodes int
	_, scanErr := fmt.Sscan(string(said), &pages, &inodes, &repairPages, &repairInodes, &forcePages, &forceInodes)
	if err != nil || scanErr != nil || pages < 10 || inodes < 20 || repairPages < 5 || repairInodes < 5 || forceInodes != 2 {
		t.Errorf("the process said %q, %v", said, err)
	}
	t.Logf("a repair did not fit with 0 to %d pages or files %d, a forced rollback with %d and %d", repairPages, repairInodes, forcePages, forceInodes)
	t.Logf("did not fit with 0 to %d pages, or 2 to %d files", pages, inodes+2)
}
