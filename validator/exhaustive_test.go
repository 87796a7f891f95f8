package validator_test

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestEveryChangedByte changes single bytes of packages: each byte of the
// smallest one to every other value, of the others to nine. The result is
// invalid, or it is not canonical and there is a warning for that, so that
// nothing passes a strict reader.
func TestEveryChangedByte(t *testing.T) {
	packages := examples(t)
	for name, values := range map[string]int{"smallest": 255, "sim-quickstart": 9, "mixer-system": 9} {
		good := packages[name]
		valid := inParallel(len(good), func(at int) (valid int) {
			data := bytes.Clone(good)
			for n := range values {
				if slow && (at+n)%16 != 0 {
					continue
				}
				if values == 255 {
					data[at] = good[at] + byte(n+1)
				} else {
					data[at] = good[at] ^ [...]byte{1, 2, 4, 8, 16, 32, 64, 128, 255}[n]
				}
				valid += checkDamaged(t, data, at*values+n)
			}
			return valid
		})
		// Versions, times and modes: eleven bytes for each entry.
		if !slow && valid == 0 || valid > len(good)*values/10 {
			t.Errorf("%s: %d of %d changes are valid", name, valid, len(good)*values)
		}
	}
}

// TestEveryPrefix cuts packages off everywhere.
func TestEveryPrefix(t *testing.T) {
	for name, good := range examples(t) {
		inParallel(len(good), func(n int) int {
			if report := ofArchive(t, good[:n], validator.Options{}); report.Valid || report.Canonical {
				t.Errorf("%s: the first %d of %d bytes are valid", name, n, len(good))
			}
			return 0
		})
	}
}

// inParallel adds up f over 0 to n-1.
func inParallel(n int, f func(int) int) int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	next, sum := 0, 0
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				x := f(i)
				mu.Lock()
				sum += x
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return sum
}

// checkDamaged checks the verdict on an archive that was canonical but for a
// byte, and returns 1 if it is valid.
//
// A fault of the archive makes a package invalid, as every two-hundredth case proves;
// for the others it would only cost time to ask for the whole report. Wherever
// the archive has no fault, the report decides.
func checkDamaged(t *testing.T, data []byte, n int) int {
	reader, faults, err := archive.Open(t.Context(), bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil {
		t.Error(err)
		return 0
	}
	if reader != nil {
		if canonical, _ := reader.Canonical(); canonical {
			t.Errorf("change %d leaves it canonical", n)
		}
	}
	if len(faults) > 0 && n%200 != 0 {
		return 0
	}
	// What is in the files is not the question here, so nothing is searched.
	report := ofArchive(t, data, validator.Options{Policy: &redact.Policy{}})
	switch {
	case report.Canonical:
		t.Errorf("change %d leaves it canonical", n)
	case report.Valid == (len(faults) > 0):
		t.Errorf("change %d: valid %v, and the archive has the faults %v", n, report.Valid, faults)
	case !report.Valid:
		return 0
	case !slices.Contains(codesOf(report), validator.CodeNotCanonical):
		t.Errorf("change %d: no warning in %v", n, report.Problems)
	}
	return 1
}
