package main

import (
	"io"
	"io/fs"
	"os"
	"runtime"
)

// isTerminal reports whether colors make sense on w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && takesColor(info, runtime.GOOS, os.Getenv)
}

// takesColor is isTerminal for what a file and the environment say. NO_COLOR is
// the convention of no-color.org. The console of Windows shows escape sequences
// as they are unless it is that of Windows Terminal.
func takesColor(info fs.FileInfo, goos string, getenv func(string) string) bool {
	switch {
	case info.Mode()&fs.ModeCharDevice == 0, getenv("NO_COLOR") != "", getenv("TERM") == "dumb":
		return false
	case goos == "windows" && getenv("WT_SESSION") == "":
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device, too
	return err != nil || !os.SameFile(info, null)
}
