//go:build unix

package preflight

import "syscall"

// access asks the system whether the user may use a file. It does not open it.
func access(name string, mode AccessMode) error { return syscall.Access(name, uint32(mode)) }
