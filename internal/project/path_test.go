package project

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for _, test := range []struct {
		ref  string
		want string // "" for an error
		err  error
	}{
		{"a", "a", nil},
		{"config/a.yaml", "config/a.yaml", nil},
		{"./a//b/./c/", "a/b/c", nil},
		{"a/../b", "b", nil},
		{"a/..", ".", nil},
		{".", ".", nil},
		{"...", "...", nil},
		{"..a/b", "..a/b", nil},
		{"a/..b", "a/..b", nil},
		{"é/日本 x", "é/日本 x", nil},
		{"ab:c", "ab:c", nil},
		{"1:a", "1:a", nil},
		{":a", ":a", nil},
		{" ", " ", nil},
		{"~/a", "~/a", nil},

		{"", "", errEmpty},
		{"/", "", errAbsolute},
		{"/etc/passwd", "", errAbsolute},
		{"//server/share", "", errAbsolute},
		{"C:", "", errDrive},
		{"C:/a", "", errDrive},
		{"c:a", "", errDrive},
		{"a:b", "", errDrive},
		{"z:/../a", "", errDrive},
		{`C:\a`, "", errDrive},
		{`\a`, "", errBackslash},
		{`a\b`, "", errBackslash},
		{`\\server\share`, "", errBackslash},
		{`..\a`, "", errBackslash},
		{"a\x00b", "", errControl},
		{"a\nb", "", errControl},
		{"\x7f", "", errControl},
		{"a\u0085b", "", errControl},
		{"\u009f", "", errControl},
		{"a\xff", "", errControl},
		{"\xed\xa0\x80", "", errControl},
		{"..", "", errLeaves},
		{"../a", "", errLeaves},
		{"a/../..", "", errLeaves},
		{"a/../../b", "", errLeaves},
		{"./../a", "", errLeaves},
		{strings.Repeat("a/../", 100) + "..", "", errLeaves},
	} {
		got, err := Clean(test.ref)
		if got != test.want || err != test.err {
			t.Errorf("Clean(%q) = %q, %v, want %q, %v", test.ref, got, err, test.want, test.err)
		}
		// CheckRelative leaves alone what only leaves: it may still mean a file of
		// the data root.
		wantErr := test.err
		if wantErr == errLeaves {
			wantErr = nil
		}
		if err := CheckRelative(test.ref); err != wantErr {
			t.Errorf("CheckRelative(%q) = %v, want %v", test.ref, err, wantErr)
		}
	}
}

// TestMachineID makes ids of names, all of which satisfy the schema's pattern.
func TestMachineID(t *testing.T) {
	for name, want := range map[string]string{
		"rig-1":              "rig-1",
		"  Rig 1\t":          "rig-1",
		"RIG_1":              "rig-1",
		"__a__":              "a",
		"a_-_b":              "a-b",
		"a -- b":             "a-b",
		"Mischer (Halle 2)!": "mischer-halle-2",
		"Käse":               "k-se",
		"ÉCLAIR":             "clair",
		"日本":                 "machine",
		"":                   "machine",
		" \u3000 ":           "machine",
		"---":                "machine",
		"-a-":                "a",
		"1":                  "1",
		"K9":                 "k9",
		"\u212aelvin":        "kelvin", // the Kelvin sign has a plain lower case
		"a\nb":               "a-b",
		"a\xffb":             "a-b",
	} {
		if got := machineID(name); got != want {
			t.Errorf("machineID(%q) = %q, want %q", name, got, want)
		}
	}
}
