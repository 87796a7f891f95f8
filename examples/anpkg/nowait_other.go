//go:build !unix

package main

// noWait is nothing: a folder has no pipes here.
const noWait = 0
