package redact

import "path"

// Allow takes findings out of the result. A finding is allowed when every field
// that is not empty matches; at least one field must not be empty.
//
// File and Rule are patterns as path.Match has them: * does not match a slash.
// Path is matched in the same way against the finding's key path, which has
// dots for separators, so that there * matches across steps; the brackets of a
// list index must be escaped (providers\[0\].token) or matched (providers?0?.*).
// A finding in text outside of keys and values has the empty path, which of all
// patterns only an empty one and rows of * match.
type Allow struct {
	File string
	Path string
	Rule string
}

func (a Allow) matches(file, keyPath, rule string) bool {
	return matches(a.File, file) && matches(a.Path, keyPath) && matches(a.Rule, rule)
}

// matches takes a bad pattern for one that matches nothing; Validate refuses it
// before any search.
func matches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
