//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// noWait opens a pipe without waiting for somebody who writes into it.
const noWait = syscall.O_NONBLOCK

// isOpenToAll reports whether every user of the machine may read a file.
func isOpenToAll(info fs.FileInfo) bool { return info.Mode().Perm()&0o004 != 0 }
