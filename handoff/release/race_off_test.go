//go:build !race && !386 && !arm

package release

const slow = false
