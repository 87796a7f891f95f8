package tree

import "testing"

// TestScripts has a script for each rule of the expression language.
func TestScripts(t *testing.T) {
	for text, want := range map[string]string{
		"a := 1": "", "a = 'x'": "", "a += 0x1F": "", "1 < a < 5": "", "-~!a": "", "a .. 'b'": "", "a ? b : c": "", "(a ? b : c) ? d : e": "", "a := b; c := d": "",
		"1.5e-3 * 1e3": "", "true && false || !x": "", "@a == 1": "", "a := (b := 1)": "", "1 := 2": "",
		"a := 1;": "doubtful", "a b": "doubtful", "a ? b : c ? d : e": "doubtful", "a := b := 1": "doubtful", "+1": "doubtful", `a := "x"`: "doubtful",
		"a := 'é'": "doubtful", "é := 1": "doubtful", "12345678901234567890": "doubtful",
		"": "refused", " \t\n": "refused", "a :=": "refused", "a ? b": "refused", "(a": "refused", "a)": "refused", "a % b": "refused", "a, b": "refused", "{a}": "refused",
		"'a": "refused", "1a": "refused", "1.": "refused", "0x": "refused", "0X1F": "refused", "1e999": "refused", "a ** b": "refused", "a // b": "refused", "f(": "refused", ";": "refused", "a # b": "refused",
		"1\u00a0": "refused",
	} {
		s := parseScript(text)
		got := ""
		switch {
		case s.fault != "":
			got = "refused"
		case s.doubtful != "":
			got = "doubtful"
		}
		if got != want {
			t.Errorf("%q: %q, want %q (%s%s)", text, got, want, s.fault, s.doubtful)
		}
	}
}

// TestValues has a value for each rule of conversion.
func TestValues(t *testing.T) {
	for typ, values := range map[Type]map[string]int{
		Bool:   {"0": 1, "1": 1, "true": 1, "True": 1, "FALSE": 1, "tRue": 2, " true": 2, "": 2, "yes": 2, "10": 2},
		Int32:  {"5": 1, "-5s": 1, "5.7": 1, "0x10": 1, "2147483647": 1, "2147483648": 2, "+5": 2, " 5": 2, "": 2, "-": 2, "s": 2},
		Int64:  {"9223372036854775807": 1, "9223372036854775808": 2},
		Uint32: {"4294967295": 1, "4294967296": 2, "-1": 2, "-0": 2},
		Double: {"1": 1, "-1.5e3x": 1, ".5": 1, "5.": 1, "inf": 1, "-NaN": 1, "1e": 1, "1e400": 2, "1e-400": 2, "0e-400": 1, ".": 2, "": 2, "x": 2, "+5": 0, " 5": 0},
		Text:   {"": 1, "anything": 1},
	} {
		for value, want := range values {
			if got := converts(typ, value); int(got) != want {
				t.Errorf("%q as %s: %d, want %d", value, typ, got, want)
			}
		}
	}
}
