//go:build !race

package release_test

const unpackSlow = false
