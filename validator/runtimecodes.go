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
		{runtimerule.CodeUnknownKey, Warning, "A key the runtime does not know", "It is ignored, so the machine runs without what it was meant to say; often it is misspelled.", "Correct the spelling. If a newer runtime reads the key, leave it."},
		{runtimerule.CodeVersion, Warning, "A key that depends on the version of the runtime", "Some versions of the runtime read the key and others ignore it, so the machine may run without what it says.", "Pin the version of the runtime in components.runtime.version of the machine profile."},
		{runtimerule.CodeType, Error, "A value of the wrong type for the runtime", refuses, "Write a value of the type that the message names."},
		{runtimerule.CodeSafeState, Error, "A call of the safe state that names no device or no function", refuses + " An emergency stop could not run the call.", "Give the call a device_handle and a function_name."},
		{runtimerule.CodeInsecureBind, Error, "Other machines can reach the HTTP interface without a token", refuses, "Set http.auth_enabled to true, or bind 127.0.0.1."},
		{runtimerule.CodePlaintextToken, Warning, "The token of the HTTP interface travels unencrypted", "Whoever listens on the network can command the machine.", "Set http.tls_cert_path and http.tls_key_path, or put a proxy with TLS in front."},
		{runtimerule.CodeTLSPair, Error, "A TLS certificate without its key, or a key without its certificate", refuses, "Set both http.tls_cert_path and http.tls_key_path."},
		{runtimerule.CodeStaleness, Error, "Limits of stale values that contradict each other", refuses, "Use limits of 0 or more, with stale_after_ms above warn_after_ms."},
	} {
		list = append(list, CodeInfo{Code(c.code), "runtime-rules", c.severity, c.title, c.why, c.fix})
	}
	return list
}
