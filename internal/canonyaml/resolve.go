package canonyaml

import (
	"regexp"
	"strings"
)

// The implicit types of plain scalars, after the YAML 1.1 type repository with
// the loader's deviations: no y/n booleans, a signed exponent in floats, and no
// float without a dot.
var (
	boolForm  = regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$`)
	nullForm  = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
	intForm   = regexp.MustCompile(`^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	floatForm = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	timeForm  = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$`)
)

// resolve is the tag that a plain scalar has by its form.
func resolve(text string) string {
	if text == "" {
		return "!!null"
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		switch {
		case floatForm.MatchString(text):
			return "!!float"
		case intForm.MatchString(text):
			return "!!int"
		case timeForm.MatchString(text):
			return "!!timestamp"
		}
	case strings.IndexByte("yYnNtTfFoO~", c) >= 0:
		switch {
		case boolForm.MatchString(text):
			return "!!bool"
		case nullForm.MatchString(text):
			return "!!null"
		}
	case text == "<<":
		return "!!merge"
	case text == "=":
		return "!!value"
	}
	return "!!str"
}
