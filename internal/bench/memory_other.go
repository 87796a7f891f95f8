//go:build !linux

package main

import "os"

// memory returns the largest resident memory of a process that has ended, where it is
// known.
func memory(*os.ProcessState) string { return "" }
