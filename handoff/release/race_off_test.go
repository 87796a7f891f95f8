//go:build !race

package release

const slow = false
