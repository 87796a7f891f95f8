//go:build race

package handoff_test

// slow says that everything takes ten times as long.
const slow = true
