//go:build unix

package replay

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes the process the first of a new group, which its children join.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// endGroup kills every process of the group. It is also called when the first
// process is gone: its number is not given to another one as long as the group
// has members, and if it has none there is nothing to kill.
func endGroup(p *os.Process) {
	syscall.Kill(-p.Pid, syscall.SIGKILL) // an error means that nobody is left
}

// environment is all that the runtime gets. PATH is there because shells that
// lack one may look into the working directory, which is the package.
func environment(temp string) []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=" + temp,
		"TMPDIR=" + temp,
		"LANG=C",
		"LC_ALL=C",
		"TZ=UTC",
	}
}

// exitOf is the exit code, or -1 and the name of the signal.
func exitOf(state *os.ProcessState) (code int, signal string) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return state.ExitCode(), ""
	}
	return -1, signalName(status.Signal())
}

// signalName spells a signal the same on every system, unlike its String.
func signalName(s syscall.Signal) string {
	switch s {
	case syscall.SIGABRT:
		return "SIGABRT"
	case syscall.SIGALRM:
		return "SIGALRM"
	case syscall.SIGBUS:
		return "SIGBUS"
	case syscall.SIGFPE:
		return "SIGFPE"
	case syscall.SIGHUP:
		return "SIGHUP"
	case syscall.SIGILL:
		return "SIGILL"
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGKILL:
		return "SIGKILL"
	case syscall.SIGPIPE:
		return "SIGPIPE"
	case syscall.SIGQUIT:
		return "SIGQUIT"
	case syscall.SIGSEGV:
		return "SIGSEGV"
	case syscall.SIGSYS:
		return "SIGSYS"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGTRAP:
		return "SIGTRAP"
	case syscall.SIGXCPU:
		return "SIGXCPU"
	case syscall.SIGXFSZ:
		return "SIGXFSZ"
	}
	return fmt.Sprintf("signal %d", int(s))
}
