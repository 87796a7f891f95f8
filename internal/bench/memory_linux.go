package main

import (
	"fmt"
	"os"
	"syscall"
)

// memory returns the largest resident memory of a process that has ended.
func memory(p *os.ProcessState) string {
	if use, ok := p.SysUsage().(*syscall.Rusage); ok {
		return fmt.Sprintf("%d MiB", use.Maxrss>>10)
	}
	return ""
}
