//go:build !linux && !darwin

package handoff_test

func childUnpacksLimited(dir, file string) int { return 2 }
