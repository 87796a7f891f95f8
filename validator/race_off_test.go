//go:build !race

package validator_test

const slow = false
