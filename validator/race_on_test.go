//go:build race

package validator_test

// slow says that everything takes ten times as long, so that tests of every case
// make do with some.
const slow = true
