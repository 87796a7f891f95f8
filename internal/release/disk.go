package release

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// disk is what changes a file system in steps of which each is done or not. Tests
// look on, or have a step fail.
type disk struct {
	// before is called before each step. Its error is that of the step.
	before func(op, name string) error
	// flush replaces (*os.File).Sync.
	flush func(*os.File) error
}

func (d disk) step(op, name string) error {
	if d.before == nil {
		return nil
	}
	return d.before(op, name)
}

func (d disk) mkdir(root *os.Root, name string) error {
	if err := d.step("mkdir", name); err != nil {
		return err
	}
	if err := root.Mkdir(name, dirMode); err != nil {
		return err
	}
	dir, err := openDir(root, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return openUp(dir)
}

// openUp gives a directory that was just made its mode, whatever the umask took
// away.
func openUp(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return setMode(f, dirMode)
}

func setMode(f *os.File, mode os.FileMode) error {
	if runtime.GOOS == "windows" {
		return nil // there are no such modes
	}
	return f.Chmod(mode)
}

func (d disk) create(root *os.Root, name string) (*os.File, error) {
	if err := d.step("create", name); err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

func (d disk) symlink(root *os.Root, target, name string) error {
	if err := d.step("symlink", name); err != nil {
		return err
	}
	return root.Symlink(target, name)
}

func (d disk) rename(root *os.Root, from, to string) error {
	if err := d.step("rename", to); err != nil {
		return err
	}
	return root.Rename(from, to)
}

func (d disk) remove(root *os.Root, name string) error {
	if err := d.step("remove", name); err != nil {
		return err
	}
	return root.Remove(name)
}

func (d disk) removeAll(root *os.Root, name string) error {
	if err := d.step("remove", name); err != nil {
		return err
	}
	return root.RemoveAll(name)
}

func (d disk) sync(f *os.File, name string) error {
	if err := d.step("sync", name); err != nil {
		return err
	}
	if d.flush != nil {
		return d.flush(f)
	}
	return f.Sync()
}

// syncDir makes renames in a directory survive a loss of power, where the system
// can. Messages and tests know it as shown.
func (s *store) syncDir(root *os.Root, name, shown string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	f, err := root.Open(name)
	if err != nil {
		return s.fail("sync", shown, err)
	}
	defer f.Close() // it was only read
	switch err := s.sync(f, shown); {
	case err == nil, errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.EINVAL):
		return nil // no caller could do better on such a file system
	default:
		return s.fail("sync", shown, err)
	}
}
