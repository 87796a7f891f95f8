//go:build !race && !386 && !arm

package validator_test

const slow = false
