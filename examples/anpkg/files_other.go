//go:build !unix

package main

import "io/fs"

// noWait is nothing: a folder has no pipes here.
const noWait = 0

// isOpenToAll cannot be told from the mode of a file here.
func isOpenToAll(fs.FileInfo) bool { return false }
