//go:build !race && !386

package conformance

const stride = 1
