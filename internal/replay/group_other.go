//go:build !unix

package replay

import (
	"fmt"
	"os"
	"os/exec"
)

// ownGroup does nothing: the standard library has no groups that end together
// here.
func ownGroup(*exec.Cmd) {}

// endGroup ends the process itself.
func endGroup(p *os.Process) { p.Kill() }

// environment is all that the runtime gets; exec.Cmd adds the SYSTEMROOT without
// which nothing runs on Windows.
func environment(temp string) []string {
	return []string{
		"TEMP=" + temp,
		"TMP=" + temp,
		"USERPROFILE=" + temp,
		"LANG=C",
		"LC_ALL=C",
		"TZ=UTC",
	}
}

// exitOf is the exit code, or -1 and the status of a fault: Windows reports an
// access violation and its like as exit codes from 0xC0000000 on.
func exitOf(state *os.ProcessState) (code int, fault string) {
	code = state.ExitCode()
	if status := uint32(code); status >= 0xC0000000 {
		return -1, fmt.Sprintf("0x%08X", status)
	}
	return code, ""
}
