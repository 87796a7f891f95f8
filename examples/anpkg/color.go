package main

import (
	"io/fs"
	"os"
	"runtime"
)

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	info := statOf(stream)
	return info != nil && isDevice(info)
}

// takesColor reports whether colors make sense on a stream.
func takesColor(stream any) bool {
	return takesEscapes(stream) && os.Getenv("NO_COLOR") == "" // as no-color.org has it
}

// takesEscapes reports whether a stream is a terminal that obeys escape
// sequences.
func takesEscapes(stream any) bool {
	info := statOf(stream)
	return info != nil && obeysEscapes(info, runtime.GOOS, os.Getenv)
}

// obeysEscapes is takesEscapes for what a file and the environment say. The
// console of Windows shows escape sequences as they are unless it is that of
// Windows Terminal.
func obeysEscapes(info fs.FileInfo, goos string, getenv func(string) string) bool {
	switch {
	case !isDevice(info), getenv("TERM") == "dumb":
		return false
	case goos == "windows":
		return getenv("WT_SESSION") != ""
	}
	return true
}

func statOf(stream any) fs.FileInfo {
	if beside, ok := stream.(besideProgress); ok {
		stream = beside.w
	}
	f, ok := stream.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	return info
}

// isDevice reports whether a file is a device of characters that keeps them.
func isDevice(info fs.FileInfo) bool {
	if info.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device, too
	return err != nil || !os.SameFile(info, null)
}
