//go:build !race

package handoff_test

const unpackSlow = false
