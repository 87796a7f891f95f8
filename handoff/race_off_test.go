//go:build !race

package handoff_test

const slow = false
