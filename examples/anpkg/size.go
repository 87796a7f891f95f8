package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

var errSize = errors.New("want a whole number above 0; bytes may end in K, M or G")

// parseSize reads a number of bytes or things: 500, 64K, 2M, 4G.
func parseSize(text string) (int64, error) {
	factor := int64(1)
	for i, unit := range []string{"K", "M", "G"} {
		if digits, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok {
			text, factor = digits, 1<<(10*(i+1))
			break
		}
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value <= 0 || value > math.MaxInt64/factor {
		return 0, errSize
	}
	return value * factor, nil
}

// byteSize is a number of bytes in a few characters, as in 2.1 GiB.
func byteSize(n int64) string {
	const step, rounded = 1 << 10, 1<<10 - 0.05 // which would be shown as 1024.0
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/step, 0
	for ; value >= rounded && unit < 3; unit++ {
		value /= step
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGT"[unit])
}
