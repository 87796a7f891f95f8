package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// TestSuppliedDrafts proves that the rules of ours hold for every draft: newer ones
// would have to declare them.
func TestSuppliedDrafts(t *testing.T) {
	const rules = `"propertyNames": {"pattern": "^[a-z]+$"}, "properties": {
		"list": {"type": "array", "x-anolis-unique": true, "items": {"x-anolis-type": "i2c_address", "anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^0x"}]}},
		"texts": {"type": "array", "x-anolis-unique": true, "items": {"type": ["string", "number", "boolean"]}},
		"objects": {"type": "array", "items": {"properties": {"id": {"x-anolis-unique": true}}}}}}`
	const text = "A: 1\nlist: [20, 0x14, '0x14', '0X1', x]\ntexts: ['20', 20, 20.0, 1.5, 1.5, true, 'true', true, null, null]\n" +
		"objects: [{id: a}, 5, {}, {id: [a]}, {id: [a]}, {id: a}]\n"
	const want = "1:1 .: the key \"A\" does not match ^[a-z]+$\n" +
		"2:12 list[1]: must not repeat item 0\n" +
		"2:18 list[2]: must not repeat item 0\n" +
		"2:26 list[3]: must be an I2C address, 8 to 119 or \"0x08\" to \"0x77\", not \"0X1\"\n" +
		"2:33 list[4]: must be an I2C address, 8 to 119 or \"0x08\" to \"0x77\", not \"x\"\n" +
		"3:19 texts[2]: must not repeat item 1\n" +
		"3:30 texts[4]: must not repeat item 3\n" +
		"3:49 texts[7]: must not repeat item 5\n" +
		"3:55 texts[8]: must be a boolean or a number or a string, not null\n" +
		"3:61 texts[9]: must be a boolean or a number or a string, not null\n" +
		"4:54 objects[5].id: must not repeat the id of item 0"
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, draft := range []string{"http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"} {
		s, err := Compile([]byte(`{"$schema": "` + draft + `", ` + rules))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, lines(s.Check(root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", draft, diff)
		}
	}
}

func TestI2CAddress(t *testing.T) {
	for text, want := range map[string]int{"0x14": 20, "0XfF": 255, "0x": -1, "0x1": -1, "0x014": -1, "20": -1, "0x1g": -1, "0x+1": -1, "": -1} {
		got, ok := I2CAddress(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}
