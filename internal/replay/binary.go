package replay

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

// findBinary makes the path of the runtime absolute, because the run has another
// working directory. The reason is empty, or says why it cannot be run.
func findBinary(name string) (abs, reason string) {
	if name == "" {
		return "", "no runtime was named"
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", cause.Of(err).Error()
	}
	if info, err := os.Stat(abs); err == nil && info.IsDir() {
		return "", "the runtime is a directory"
	}
	// An absolute path is not searched for: this only asks whether it may be run,
	// and finds the .exe that people leave out on Windows.
	abs, err = exec.LookPath(abs)
	switch {
	case err == nil:
		return abs, ""
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return "", "the runtime does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "", "the runtime is not executable"
	}
	var inExec *exec.Error
	if errors.As(err, &inExec) {
		err = inExec.Err
	}
	return "", "the runtime cannot be used: " + cause.Of(err).Error()
}

// startReason says why a runtime that looked all right did not start.
func startReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "the runtime does not start: it, or the interpreter or loader that it names, does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "the runtime does not start: permission denied"
	}
	return "the runtime does not start: " + cause.Of(err).Error()
}
