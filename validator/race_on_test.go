//go:build race || 386 || arm

package validator_test

// slow says that everything takes ten times as long, or that another processor has
// run all cases, so that tests of every case make do with some.
const slow = true
