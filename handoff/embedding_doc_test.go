package handoff_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEmbeddingDoc wants all Go code of the guide to be code of the examples, so
// that it compiles and does what it says.
func TestEmbeddingDoc(t *testing.T) {
	guide, err := os.ReadFile("../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 5 {
		t.Fatalf("only %d pieces of code", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(string(code), block[1]) {
			t.Errorf("not in the examples:\n%s", block[1])
		}
	}
}
