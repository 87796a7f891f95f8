package main

import (
	"math"
	"testing"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "500": 500, "007": 7, "+5": 5, "1K": 1 << 10, "64k": 64 << 10, "2M": 2 << 20, "3m": 3 << 20, "4G": 4 << 30, "5g": 5 << 30,
		"9223372036854775807": math.MaxInt64, "8589934591G": 8589934591 << 30,
	} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "0", "-1", "0K", "-1K", "K", "1KK", "1KB", "1T", "1.5G", "1 K", " 1", "1_000", "0x10", "1e3",
		"9223372036854775808", "8589934592G", "９",
	} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

func TestByteSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 52: "1023.9 KiB", 1<<20 - 51: "1.0 MiB",
		1 << 31: "2.0 GiB", 8 << 40: "8.0 TiB", math.MaxInt64: "8388608.0 TiB",
	} {
		if got := byteSize(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
