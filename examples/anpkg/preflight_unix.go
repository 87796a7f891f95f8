//go:build unix

package main

import (
	"io/fs"
	"syscall"

	"github.com/anolishq/anolis-handoff/handoff/preflight"
)

// access asks the system whether the user may use a file. It does not open it.
func access(name string, mode preflight.AccessMode) error {
	return syscall.Access(name, uint32(mode))
}

// isOpenToAll reports whether every user of the machine may read a file.
func isOpenToAll(info fs.FileInfo) bool { return info.Mode().Perm()&0o004 != 0 }
