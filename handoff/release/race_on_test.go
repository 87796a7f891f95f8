//go:build race || 386 || arm

package release

// slow says that everything takes ten times as long, or that another processor has
// run all cases, so that tests of chance make do with fewer tries.
const slow = true
