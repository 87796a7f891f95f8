//go:build race || 386 || arm

package conformance

const stride = 8
