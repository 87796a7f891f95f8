package runtimerule

// Code is the stable name of a rule.
type Code string

const (
	CodeDuplicateProvider Code = "runtime-duplicate-provider" // two providers have one id
	CodeBackoffLength     Code = "runtime-backoff-length"     // not one pause for each restart attempt
	CodeHookFunction      Code = "runtime-hook-function"      // a hook call that names no function
	CodeParameterRange    Code = "runtime-parameter-range"    // a parameter whose min is above its max
	CodeParameterDefault  Code = "runtime-parameter-default"  // a default that is not of the parameter's type
	CodeBehaviorTree      Code = "runtime-behavior-tree"      // automation is on and has no behavior tree
	CodeHTTPPort          Code = "runtime-http-port"          // HTTP is on and the port is none
	CodeHTTPThreads       Code = "runtime-http-threads"       // HTTP is on and has no thread
	CodeHTTPWildcard      Code = "runtime-http-wildcard"      // credentials for every origin
	CodeNumberSpelling    Code = "runtime-number-spelling"    // a number the runtime cannot read as it is written
	CodeNumberRange       Code = "runtime-number-range"       // a number that does not fit its type
	CodeMergeKey          Code = "runtime-merge-key"          // a key that only a merge key brings, which the runtime does not follow
	CodeUnknownKey        Code = "runtime-unknown-key"        // a key the runtime does not know and ignores
)

// Codes lists every code, in the order of the rules.
func Codes() []Code {
	return []Code{
		CodeDuplicateProvider, CodeBackoffLength, CodeHookFunction, CodeParameterRange, CodeParameterDefault,
		CodeBehaviorTree, CodeHTTPPort, CodeHTTPThreads, CodeHTTPWildcard,
		CodeNumberSpelling, CodeNumberRange, CodeMergeKey, CodeUnknownKey,
	}
}
