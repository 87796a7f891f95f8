package archive

import (
	"strings"
	"testing"
)

// TestEndings finds a signature at every place of every split, and nothing else.
func TestEndings(t *testing.T) {
	for content, want := range map[string]bool{
		"abcPK\x07\x08def": true, "PK\x01\x02": true, "PKPK\x03\x04": true, "PPK\x05\x06": true,
		"": false, "PK": false, "PK\x07": false, "PKpk PK 12": false, "P K\x07\x08": false,
		strings.Repeat("PK", 50): false,
	} {
		for i := 0; i <= len(content); i++ {
			for j := i; j <= len(content); j++ {
				var e endings
				for _, part := range []string{content[:i], content[i:j], content[j:]} {
					e.add([]byte(part))
				}
				if e.found != want {
					t.Fatalf("%q split at %d and %d: found is %v", content, i, j, e.found)
				}
			}
		}
	}
}
