package cause

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

func TestOf(t *testing.T) {
	other := errors.New("something else")
	path := func(err error) error { return &fs.PathError{Op: "open", Path: "/root/x", Err: err} }
	for _, test := range []struct{ err, want error }{
		{nil, nil},
		{other, other},
		{path(syscall.ENOENT), syscall.ENOENT},
		{path(path(other)), other},
		{fmt.Errorf("more: %w", path(syscall.EACCES)), syscall.EACCES},
		{&os.LinkError{Op: "rename", Old: "/a", New: "/b", Err: syscall.EXDEV}, syscall.EXDEV},
		{path(os.NewSyscallError("fsync", syscall.EIO)), syscall.EIO},
	} {
		if got := Of(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
