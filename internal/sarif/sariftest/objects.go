package sariftest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/sarif"
)

// forms are those of texts.
type forms struct{ drive, hash, name, path *regexp.Regexp }

var form = sync.OnceValue(func() forms {
	return forms{
		drive: regexp.MustCompile(`^[A-Za-z]:/$`), // as the path of a file: URI
		hash:  regexp.MustCompile(`^[0-9a-f]{64}$`),
		name:  regexp.MustCompile(`^[A-Z0-9][A-Za-z0-9]*$`),
		// RFC 3986, the characters that may stand in a path, and escapes.
		path: regexp.MustCompile(`^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})+$`),
	}
})

type object struct {
	required   string
	properties map[string]string // to types, as checker.value has them
}

const levels = "none|note|warning|error"

// objects are those of the standard, with what GitHub requires on top.
var objects = map[string]object{
	"log": {"$schema version runs", map[string]string{"$schema": "uri", "version": "2.1.0", "runs": "[]run"}},
	"run": {"tool invocations results columnKind", map[string]string{
		"tool": "tool", "invocations": "[]invocation", "artifacts": "[]!artifact", "results": "[]result",
		"columnKind": "utf16CodeUnits|unicodeCodePoints",
	}},
	"tool": {"driver", map[string]string{"driver": "driver"}},
	"driver": {"name rules", map[string]string{
		"name": "text", "version": "text", "informationUri": "uri", "rules": "[]!rule", "notifications": "[]!descriptor",
	}},
	"rule": {"id shortDescription fullDescription help properties", map[string]string{
		"id": "string", "name": "name", "shortDescription": "description", "fullDescription": "description", "helpUri": "uri",
		"help": "message", "defaultConfiguration": "configuration", "properties": "properties",
	}},
	"descriptor":    {"id", map[string]string{"id": "text", "name": "name", "shortDescription": "description"}},
	"configuration": {"", map[string]string{"level": levels}},
	"properties": {"", map[string]string{
		"tags": "[]!text", "precision": "very-high|high|medium|low", "problem.severity": "error|warning|recommendation",
		"security-severity": "score",
	}},
	"message":     {"text", map[string]string{"text": "text", "markdown": "text"}},
	"description": {"text", map[string]string{"text": "short"}},
	"result": {"ruleId ruleIndex level message locations partialFingerprints", map[string]string{
		"ruleId": "string", "ruleIndex": "index", "level": levels, "message": "message", "locations": "[]place",
		"partialFingerprints": "{}text",
	}},
	"place":            {"physicalLocation", map[string]string{"physicalLocation": "physicalPlace", "logicalLocations": "[]!logicalLocation"}},
	"physicalPlace":    {"artifactLocation region", map[string]string{"artifactLocation": "artifactLocation", "region": "region"}},
	"location":         {"physicalLocation", map[string]string{"physicalLocation": "physicalLocation"}},
	"physicalLocation": {"artifactLocation", map[string]string{"artifactLocation": "artifactLocation"}},
	"artifactLocation": {"uri", map[string]string{"uri": "reference"}},
	"region":           {"startLine", map[string]string{"startLine": "positive", "startColumn": "positive"}},
	"logicalLocation":  {"fullyQualifiedName", map[string]string{"fullyQualifiedName": "text", "kind": "text"}},
	"invocation": {"executionSuccessful", map[string]string{
		"executionSuccessful": "boolean", "toolConfigurationNotifications": "[]notification",
	}},
	"notification": {"message descriptor", map[string]string{
		"descriptor": "reportingReference", "level": levels, "message": "message", "locations": "[]!location",
	}},
	"reportingReference": {"id index", map[string]string{"id": "text", "index": "index"}},
	"artifact": {"location", map[string]string{
		"location": "artifactLocation", "length": "index", "roles": "[]!analysisTarget|directory", "hashes": "{}hash",
	}},
}

// scalars say what is wrong with a value, or "".
var scalars = map[string]func(any) string{
	"string":  text(func(string) string { return "" }),
	"boolean": func(v any) string { _, ok := v.(bool); return unless(ok, "is no boolean") },
	"text":    text(func(s string) string { return unless(s != "", "is empty") }),
	"name": text(func(s string) string {
		return unless(form().name.MatchString(s) && len(s) <= sarif.MaxName, "is no name in PascalCase")
	}),
	"short": text(func(s string) string {
		return unless(s != "" && utf8.RuneCountInString(s) <= sarif.MaxDescription, "is empty or too long")
	}),
	"hash": text(func(s string) string { return unless(form().hash.MatchString(s), "is no SHA-256") }),
	"score": text(func(s string) string {
		f, err := strconv.ParseFloat(s, 64)
		return unless(err == nil && f > 0 && f <= 10, "is no number above 0 and up to 10")
	}),
	"uri": text(func(s string) string {
		u, err := url.Parse(s)
		return unless(err == nil && u.IsAbs() && u.Host != "", "is no absolute URI")
	}),
	"reference": text(checkReference),
	"index":     integer(0),
	"positive":  integer(1),
}

// checkReference wants a file below the root of the repository, or a file: URI.
func checkReference(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return err.Error()
	}
	path := s
	if u.IsAbs() {
		var ok bool
		if path, ok = strings.CutPrefix(s, "file:///"); !ok {
			return "is no file: URI"
		}
		path = strings.TrimPrefix(path, "/")
		if path == "" || form().drive.MatchString(path) {
			return "" // the root
		}
	} else if first, _, _ := strings.Cut(s, "/"); strings.Contains(first, ":") {
		return "has a scheme"
	}
	if !form().path.MatchString(path) {
		return "has characters that a URI cannot have"
	}
	for segment := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "" || plain == "." || plain == ".." {
			return "has the segment " + strconv.Quote(segment)
		}
	}
	return ""
}

func text(check func(string) string) func(any) string {
	return func(v any) string {
		s, ok := v.(string)
		if !ok {
			return "is no string"
		}
		return check(s)
	}
}

func integer(least int64) func(any) string {
	return func(v any) string {
		n, _ := v.(json.Number)
		i, err := strconv.ParseInt(n.String(), 10, 64)
		return unless(err == nil && i >= least, "is no integer from "+strconv.FormatInt(least, 10)+" on")
	}
}

func unless(ok bool, msg string) string {
	if ok {
		return ""
	}
	return msg
}
