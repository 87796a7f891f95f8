//go:build unix

package main

import "syscall"

// noWait opens a pipe without waiting for somebody who writes into it.
const noWait = syscall.O_NONBLOCK
