//go:build !linux && !darwin

package release_test

func childUnpacksLimited(dir, file string) int { return 2 }
