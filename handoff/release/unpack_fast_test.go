//go:build !race && !386 && !arm

package release_test

const unpackSlow = false
