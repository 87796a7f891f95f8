package sariftest

import (
	"strings"
	"testing"
)

const good = `{
"$schema": "https://x.example/s.json", "version": "2.1.0",
"runs": [{
 "tool": {"driver": {"name": "t", "informationUri": "https://x.example/", "rules": [
  {"id": "a-b", "name": "AB", "shortDescription": {"text": "s"}, "fullDescription": {"text": "f"},
   "help": {"text": "h", "markdown": "**h**"}, "helpUri": "https://x.example/a#b", "defaultConfiguration": {"level": "error"},
   "properties": {"tags": ["security"], "security-severity": "7.0", "problem.severity": "error", "precision": "high"}}],
  "notifications": [{"id": "n"}]}},
 "invocations": [{"executionSuccessful": true, "toolConfigurationNotifications": [
  {"descriptor": {"id": "n", "index": 0}, "level": "note", "message": {"text": "m"}}]}],
 "artifacts": [{"location": {"uri": "x.anpkg"}, "length": 5, "roles": ["analysisTarget"],
  "hashes": {"sha-256": "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8551"}}],
 "columnKind": "unicodeCodePoints",
 "results": [{"ruleId": "a-b", "ruleIndex": 0, "level": "error", "message": {"text": "wrong"},
  "locations": [{"physicalLocation": {"artifactLocation": {"uri": "x.anpkg/a%20b"}, "region": {"startLine": 1, "startColumn": 2}},
   "logicalLocations": [{"fullyQualifiedName": "/p", "kind": "value"}]}],
  "partialFingerprints": {"primaryLocationLineHash": "00:1"}}]
}]}`

func TestCheckAccepts(t *testing.T) {
	for _, fault := range Check([]byte(good)) {
		t.Error(fault)
	}
}

// TestCheckFindsEveryFault changes one thing at a time.
func TestCheckFindsEveryFault(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"}]\n}]}", "}]\n}]} {}", "behind the JSON value"},
		{`{`, `[`, "invalid character"},
		{`"version": "2.1.0",`, ``, ": has no version"},
		{`"2.1.0"`, `"2.0.0"`, "/version: is 2.0.0, not one of 2.1.0"},
		{`"version"`, `"vershion": 1, "version"`, "unknown property vershion"},
		{`"runs": [{`, `"runs": {"a": [{`, ""},
		{`"columnKind": "unicodeCodePoints"`, `"columnKind": "bytes"`, "/runs/0/columnKind: is bytes"},
		{`"name": "t", `, ``, "has no name"},
		{`"https://x.example/"`, `"x.example"`, "informationUri: is no absolute URI"},
		{`"name": "AB"`, `"name": "a b"`, "PascalCase"},
		{`{"text": "s"}`, `{"text": ""}`, "is empty or too long"},
		{`{"text": "s"}`, `{"text": "` + strings.Repeat("é", 1025) + `"}`, "is empty or too long"},
		{`{"text": "f"}`, `{"txt": "f"}`, "unknown property txt"},
		{`"help": {"text": "h", "markdown": "**h**"},`, ``, "has no help"},
		{`"7.0"`, `7.0`, "security-severity: is no string"},
		{`"7.0"`, `"11.0"`, "security-severity: is no number"},
		{`"security-severity": "7.0",`, ``, "belong together"},
		{`["security"]`, `["security", "security"]`, "is there twice"},
		{`["security"]`, `["security"` + manyTags() + `]`, "has 21 tags"},
		{`"precision": "high"`, `"precision": "exact"`, "precision: is exact"},
		{`"problem.severity": "error"`, `"problem.severity": "note"`, "problem.severity: is note"},
		{`"executionSuccessful": true`, `"executionSuccessful": 1`, "is no boolean"},
		{`"executionSuccessful": true, `, ``, "has no executionSuccessful"},
		{`{"id": "n", "index": 0}`, `{"id": "n", "index": 1}`, "has no descriptor n"},
		{`{"id": "n", "index": 0}`, `{"id": "o", "index": 0}`, "has no descriptor o"},
		{`"level": "note"`, `"level": "info"`, "level: is info"},
		{`"length": 5`, `"length": -5`, "is no integer from 0"},
		{`"3b0c`, `"3B0C`, "is no SHA-256"},
		{`["analysisTarget"]`, `["target"]`, "roles/0: is target"},
		{`"ruleIndex": 0`, `"ruleIndex": 1`, "ruleIndex 1 does not lead"},
		{`"ruleIndex": 0`, `"ruleIndex": -1`, "is no integer from 0"},
		{`"ruleIndex": 0`, `"ruleIndex": 0.5`, "is no integer from 0"},
		{`"ruleId": "a-b"`, `"ruleId": "c"`, "does not lead to the rule c"},
		{`{"text": "wrong"}`, `{"text": ""}`, "message/text: is empty"},
		{`{"text": "wrong"}`, `"wrong"`, "message: is no object"},
		{`, "region": {"startLine": 1, "startColumn": 2}`, ``, "has no region"},
		{`"startLine": 1`, `"startLine": 0`, "is no integer from 1"},
		{`"startColumn": 2`, `"startColumn": 0`, "is no integer from 1"},
		{`"startColumn": 2`, `"startColumn": "2"`, "is no integer from 1"},
		{`"partialFingerprints": {"primaryLocationLineHash": "00:1"}`, `"partialFingerprints": {"x": "1"}`, "no fingerprint"},
		{`a%20b`, `a b`, "characters that a URI cannot have"},
		{`a%20b`, `größe`, "characters that a URI cannot have"},
		{`a%20b`, `a%2`, "invalid URL escape"},
		{`a%20b`, `%2e%2e/x`, "characters"},
		{`a%20b`, `%2E%2E/x`, "has the segment"},
		{`a%20b`, `../x`, "has the segment"},
		{`a%20b`, `/x`, "has the segment"},
		{`"x.anpkg/a%20b"`, `""`, "characters that a URI cannot have"},
		{`"x.anpkg/a%20b"`, `"C:x"`, "is no file: URI"},
		{`"x.anpkg/a%20b"`, `"https://x.example/a"`, "is no file: URI"},
		{`"results": [`, `"results": null, "r": [`, "results: is no list"},
	} {
		bad := strings.Replace(good, tt.old, tt.new, 1)
		if bad == good {
			t.Errorf("%q is not in the file", tt.old)
			continue
		}
		if faults := strings.Join(Check([]byte(bad)), "\n"); faults == "" || !strings.Contains(faults, tt.want) {
			t.Errorf("%s instead of %s: found %q, want %q", tt.new, tt.old, faults, tt.want)
		}
	}
}

func manyTags() string {
	var b strings.Builder
	for i := range 20 {
		b.WriteString(`, "t` + string(rune('a'+i)) + `"`)
	}
	return b.String()
}
