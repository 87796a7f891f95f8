//go:build !race

package conformance

const stride = 1
