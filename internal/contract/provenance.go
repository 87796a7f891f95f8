package contract

// Record is the content of meta/provenance.json: where a package came from.
// Other keys are allowed, and only the required ones have rules, because
// packages of other writers may say more, and say it in another way.
type Record struct {
	// ExportedAt is the time of the project's state in UTC, as
	// YYYY-MM-DDTHH:MM:SSZ; 1970-01-01T00:00:00Z if it is not known.
	ExportedAt string `json:"exported_at" jsonschema:"pattern=^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"`
	// PackageFormatVersion is the format of the package; 1 is the only one there is.
	PackageFormatVersion int `json:"package_format_version" jsonschema:"const=1"`
	// RedactionPolicy says how secrets were kept out of the package.
	RedactionPolicy RedactionPolicy `json:"redaction_policy"`
	// SchemaVersions maps the name of each schema used to its version.
	SchemaVersions map[string]int `json:"schema_versions,omitempty" jsonschema:"untyped"`
	// SourceProject is the name of the project that was exported.
	SourceProject string `json:"source_project,omitempty" jsonschema:"untyped"`
	// ExportedVariant is the runtime variant in the package.
	ExportedVariant string `json:"exported_variant,omitempty" jsonschema:"untyped"`
	// OmittedVariants lists the runtime variants that stayed out.
	OmittedVariants []string `json:"omitted_variants,omitempty" jsonschema:"untyped"`
}

// RedactionPolicy says how secrets were kept out of a package.
type RedactionPolicy struct {
	// DeployTimeEnvVar is the environment variable that supplies the token.
	DeployTimeEnvVar string `json:"deploy_time_env_var,omitempty" jsonschema:"untyped"`
	// TelemetryTokenRemoved tells whether a telemetry token was removed.
	TelemetryTokenRemoved bool `json:"telemetry_influxdb_token_removed,omitempty" jsonschema:"untyped"`
}
