package validator

import "github.com/anolishq/anolis-handoff/internal/runtimerule"

// runtimeCodes explains what the runtime demands beyond the schema.
func runtimeCodes() []CodeInfo {
	const refuses = "The runtime refuses the config and the machine does not start."
	var list []CodeInfo
	for _, c := range []struct {
		code            runtimerule.Code
		severity        Severity
		title, why, fix string
	}{
		{runtimerule.CodeDuplicateProvider, Error, "Two providers with one id", refuses, "Give each provider an id of its own."},
		{runtimerule.CodeBackoffLength, Error, "Not one pause for each restart attempt", refuses, "Make backoff_ms as long as max_attempts says."},
		{runtimerule.CodeHookFunction, Error, "A hook call that names no function", refuses, "Give the call a function_name, or a function_id other than 0."},
		{runtimerule.CodeParameterRange, Error, "A parameter whose min is above its max", refuses, "Exchange or mend the two."},
		{runtimerule.CodeParameterDefault, Error, "A default that is not of the parameter's type", refuses, "Mend the default or the type."},
		{runtimerule.CodeBehaviorTree, Error, "Automation without a behavior tree", refuses, "Set automation.behavior_tree, or switch automation off."},
		{runtimerule.CodeHTTPPort, Error, "An HTTP port that is none", refuses, "Use a port from 1 to 65535, or set http.enabled to false."},
		{runtimerule.CodeHTTPThreads, Error, "An HTTP server without a thread", refuses, "Set http.thread_pool_size to 1 or more."},
		{runtimerule.CodeHTTPWildcard, Error, "Credentials for every origin", "Any web page could use the machine with the visitor's rights; the runtime refuses that.", "List the allowed origins, or set cors_allow_credentials to false."},
		{runtimerule.CodeNumberSpelling, Error, "A number the runtime cannot read as it is spelled", refuses, "Write it in plain decimal digits."},
		{runtimerule.CodeNumberRange, Error, "A number that does not fit its type", refuses, "Use a smaller number."},
		{runtimerule.CodeMergeKey, Error, "A key that only a merge key brings", "The runtime does not follow YAML merge keys, so the key is missing for it.", "Write the key out, or export the project again: the exporter does."},
		{runtimerule.CodeUnknownKey, Warning, "A key the runtime does not know", "It is ignored, so the machine runs without what it was meant to say; often it is misspelled.", "Correct or remove it."},
	} {
		list = append(list, CodeInfo{Code(c.code), "runtime-rules", c.severity, c.title, c.why, c.fix})
	}
	return list
}
