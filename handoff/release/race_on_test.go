//go:build race

package release

// slow says that everything takes ten times as long, so that tests of chance make
// do with fewer tries.
const slow = true
