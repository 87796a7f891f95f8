//go:build !unix

package main

import "os/exec"

func leave(*exec.Cmd) {}
