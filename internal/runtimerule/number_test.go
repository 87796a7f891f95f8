package runtimerule

import (
	"math"
	"regexp"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/machine"
)

func TestReadInteger(t *testing.T) {
	for s, want := range map[string]integer{
		"0": {}, "00": {}, "-0": {minus: true}, "+5": {amount: 5}, "-5": {minus: true, amount: 5}, "010": {amount: 8},
		"0x1F": {amount: 31}, "0Xff": {amount: 255}, "-0x10": {minus: true, amount: 16}, " 7\t": {amount: 7},
		"18446744073709551615": {amount: math.MaxUint64},
		"0xffffffffffffffff":   {amount: math.MaxUint64},
	} {
		if got, ok := readInteger(s); !ok || got != want {
			t.Errorf("%q is %+v, %v, want %+v", s, got, ok, want)
		}
	}
	for _, s := range []string{"18446744073709551616", "-99999999999999999999999", "0x10000000000000000", "02000000000000000000000"} {
		if got, ok := readInteger(s); !ok || !got.huge || got.zero() || got.within(math.MinInt64, math.MaxUint64) {
			t.Errorf("%q is %+v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-", "+", "0x", "08", "0o17", "0b1", "1_0", "1:30", "1.0", "1e3", "--1", "- 1", "1 2", "a", "0xg", "é", "0x-1"} {
		if got, ok := readInteger(s); ok {
			t.Errorf("%q is %+v", s, got)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, tt := range []struct {
		s    string
		t    machine.Type
		want bool
	}{
		{"2147483647", machine.Signed32, true}, {"2147483648", machine.Signed32, false}, {"-2147483648", machine.Signed32, true}, {"-2147483649", machine.Signed32, false},
		{"4294967295", machine.Unsigned32, true}, {"4294967296", machine.Unsigned32, false}, {"-1", machine.Unsigned32, false}, {"-0", machine.Unsigned32, false},
		{"18446744073709551615", machine.Size, true}, {"18446744073709551616", machine.Size, false}, {"-1", machine.Size, false}, {"0", machine.Size, true},
	} {
		i, ok := readInteger(tt.s)
		if !ok || fits(tt.t, i) != tt.want {
			t.Errorf("%s in %d: %v, want %v", tt.s, tt.t, !tt.want, tt.want)
		}
	}
	least, _ := readInteger("-9223372036854775808")
	below, _ := readInteger("-9223372036854775809")
	if !least.within(math.MinInt64, math.MaxInt64) || below.within(math.MinInt64, math.MaxInt64) {
		t.Error("the smallest of 64 bits is another")
	}
}

func TestReadDouble(t *testing.T) {
	for s, want := range map[string]float64{
		"1": 1, "-1.5": -1.5, "+.5": .5, "5.": 5, "010": 10, "1e3": 1000, "1.e+5": 1e5, "1E-3": .001, "1.0e-400": 0,
		".inf": math.Inf(1), "-.INF": math.Inf(-1), " 2 ": 2,
	} {
		if got, ok := readDouble(s); !ok || got != want {
			t.Errorf("%q is %v, %v, want %v", s, got, ok, want)
		}
	}
	if got, ok := readDouble(".NaN"); !ok || !math.IsNaN(got) {
		t.Errorf(".NaN is %v, %v", got, ok)
	}
	for _, s := range []string{"", ".", "e5", "1e", "0x10", "1_0", "1:30.5", "inf", "nan", ".iNf", "1e400", "-1e400", "1.5.5"} {
		if got, ok := readDouble(s); ok {
			t.Errorf("%q is %v", s, got)
		}
	}
}

// TestDecimalOf compares with patterns, for all texts of up to six characters.
func TestDecimalOf(t *testing.T) {
	number := regexp.MustCompile(`^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$`)
	point := regexp.MustCompile(`^[+-]?([0-9]+\.[0-9]*|[0-9]*\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	var try func(text string)
	try = func(text string) {
		d, ok := decimalOf(text)
		if ok != number.MatchString(text) || (ok && d.point) != point.MatchString(text) {
			t.Errorf("%q: %v %t", text, d, ok)
		}
		if len(text) < 6 {
			for _, c := range "0.e-x\n" {
				try(text + string(c))
			}
		}
	}
	try("")
}
