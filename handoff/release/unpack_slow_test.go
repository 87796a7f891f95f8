//go:build race || 386 || arm

package release_test

// unpackSlow says that everything takes ten times as long, so that tests of chance
// make do with fewer tries.
const unpackSlow = true
