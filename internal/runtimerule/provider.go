package runtimerule

// duplicateProviders: every provider has an id of its own.
func duplicateProviders(config value, r *report) {
	first := map[string]int{}
	for i, provider := range config.key("providers").items() {
		id := provider.key("id")
		if !id.node.IsString() {
			continue
		}
		if j, taken := first[id.node.Text]; taken {
			r.refuse(CodeDuplicateProvider, id, "give each provider an id of its own",
				"the id %s is that of providers[%d] already", quote(id.node.Text), j)
			continue
		}
		first[id.node.Text] = i
	}
}

// backoffLengths: a restart policy that is on has one pause for each attempt.
// What is left out has a default that the runtime accepts.
func backoffLengths(config value, r *report) {
	for _, provider := range config.key("providers").items() {
		policy := provider.key("restart_policy")
		attempts, pauses := policy.key("max_attempts"), policy.key("backoff_ms")
		if !policy.key("enabled").isTrue() || !attempts.isNumber() || !pauses.node.IsSeq() {
			continue
		}
		want, ok := readInteger(spelling(attempts.node))
		have := integer{amount: uint64(len(pauses.node.Items))}
		if ok && !want.huge && want != have {
			r.refuse(CodeBackoffLength, pauses, "list one pause for each attempt",
				"has %d pauses, and max_attempts is %s", have.amount, showNumber(attempts.node))
		}
	}
}
