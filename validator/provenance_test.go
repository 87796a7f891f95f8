package validator_test

func provenanceTests() []packageTest {
	text := func(text string) func(content) { return func(c content) { c[provenanceJSON] = text } }
	return []packageTest{
		{name: "empty object", edit: text("{}\n")},
		{name: "a list", edit: text("[]\n")},
		{name: "other version", edit: func(c content) {
			c.replace(provenanceJSON, `"package_format_version": 1`, `"package_format_version": 2`)
		}},
		{name: "date and policy of other types", edit: func(c content) {
			c.replace(provenanceJSON, `"2026-06-02T12:05:27Z"`, `5`)
			c.replace(provenanceJSON, "\"redaction_policy\": {\n    \"deploy_time_env_var\": \"INFLUXDB_TOKEN\",\n    \"telemetry_influxdb_token_removed\": true\n  }", "\"redaction_policy\": []")
		}},
		{name: "further keys", edit: text("{\"exported_at\": \"2026-01-01T00:00:00Z\", \"package_format_version\": 1, \"redaction_policy\": {}, \"site\": \"lab\"}\n")},
	}
}
