//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// leave puts the child into a session, and so a group, of its own.
func leave(child *exec.Cmd) { child.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
