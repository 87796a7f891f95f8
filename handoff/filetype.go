package handoff

import (
	"errors"
	"io/fs"
)

var errIrregular = errors.New("is not a regular file")

// What a file is called that is no file of a package.
const (
	typeFile   = "file"
	typeFolder = "folder"
	typeLink   = "symbolic link"
)

func typeName(mode fs.FileMode) string {
	switch mode.Type() &^ fs.ModeCharDevice {
	case 0:
		return typeFile
	case fs.ModeDir:
		return typeFolder
	case fs.ModeSymlink:
		return typeLink
	case fs.ModeDevice:
		return "device"
	case fs.ModeNamedPipe:
		return "named pipe"
	case fs.ModeSocket:
		return "socket"
	}
	return "special file"
}
