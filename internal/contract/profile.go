package contract

// Profile is the content of machine-profile.yaml: what a machine is made of,
// which versions it was built from and where its files are. It is the manifest
// of a package.
type Profile struct {
	// SchemaVersion is the format of this file; 1 is the only one there is.
	SchemaVersion int `json:"schema_version" jsonschema:"const=1"`
	// MachineID names the machine in file names and on the network.
	MachineID string `json:"machine_id" jsonschema:"minLength=1,pattern=^[a-z0-9][a-z0-9-]*$"`
	// DisplayName is the machine's name as people read it.
	DisplayName string `json:"display_name" jsonschema:"minLength=1"`
	// RuntimeProfiles maps the name of each runtime variant to its config file.
	// Every machine has the variant called manual.
	RuntimeProfiles map[string]string `json:"runtime_profiles" jsonschema:"required=manual,valueMinLength=1"`
	// Providers maps each provider instance to its config file.
	Providers map[string]ProviderFile `json:"providers" jsonschema:"minProperties=1,keyPattern=^[A-Za-z0-9_-]+$"`
	// Behaviors lists the behavior trees (XML files) of this machine.
	Behaviors []string `json:"behaviors,omitempty" jsonschema:"uniqueItems=true,minLength=1"`
	// Validation is what a check of the running machine expects.
	Validation Validation `json:"validation,omitzero"`
	// Compatibility is what this machine was commissioned against.
	Compatibility Compatibility `json:"compatibility"`
	// Components pins the released artifacts that an installation fetches.
	Components Components `json:"components,omitzero"`
	// Safety holds facts for people and displays; no behavior depends on them.
	Safety Safety `json:"safety,omitzero"`
}

// ProviderFile says where one provider instance has its config.
type ProviderFile struct {
	// Config is the path of the provider's config file.
	Config string `json:"config" jsonschema:"minLength=1"`
	// Notes is free text for people.
	Notes string `json:"notes,omitempty"`
}

// Validation is what a check of the running machine expects.
type Validation struct {
	// ExpectedProviders lists the provider instances that must be running.
	ExpectedProviders []string `json:"expected_providers,omitempty" jsonschema:"minItems=1,uniqueItems=true,pattern=^[A-Za-z0-9_-]+$"`
	// CheckHTTPScript is the path of a script that checks the HTTP interface.
	CheckHTTPScript string `json:"check_http_script,omitempty" jsonschema:"minLength=1"`
}

// Compatibility is what a machine was commissioned against.
type Compatibility struct {
	// Runtime names the contracts that the runtime has to keep.
	Runtime RuntimeContracts `json:"runtime"`
	// Providers maps each provider instance to the version it was built from.
	Providers map[string]ProviderVersion `json:"providers" jsonschema:"minProperties=1,keyPattern=^[A-Za-z0-9_-]+$"`
}

// RuntimeContracts names the contracts that the runtime has to keep.
type RuntimeContracts struct {
	// ConfigContract is the contract of the runtime config, such as 01-runtime-config.
	ConfigContract string `json:"config_contract"`
	// HTTPContract is the contract of the HTTP interface, such as 02-runtime-http.
	HTTPContract string `json:"http_contract"`
	// Notes is free text for people.
	Notes string `json:"notes,omitempty"`
}

// ProviderVersion says which build of a provider a machine needs.
type ProviderVersion struct {
	// Strategy is how the version is to be read.
	Strategy string `json:"strategy" jsonschema:"enum=local-build,enum=pinned-ref,enum=semver-range"`
	// Version is a build name, a release or a range, as the strategy says.
	Version string `json:"version" jsonschema:"minLength=1"`
	// Notes is free text for people.
	Notes string `json:"notes,omitempty"`
}

// Components pins the released artifacts that an installation fetches.
type Components struct {
	// Runtime is the release of the machine runtime.
	Runtime Release `json:"runtime"`
	// Providers maps each kind of provider to its release.
	Providers map[string]Release `json:"providers" jsonschema:"minProperties=1,keyPattern=^[A-Za-z0-9_-]+$"`
	// Optional maps the name of each extra to its released package.
	Optional map[string]PackageRelease `json:"optional,omitempty" jsonschema:"keyPattern=^[A-Za-z0-9_-]+$"`
}

// Release is a released version of a repository.
type Release struct {
	// Repo is the repository, as owner/name.
	Repo string `json:"repo" jsonschema:"minLength=1"`
	// Version is the release to fetch.
	Version string `json:"version" jsonschema:"minLength=1"`
}

// PackageRelease is a released version of a package.
type PackageRelease struct {
	// Package is the name the package is published under.
	Package string `json:"package" jsonschema:"minLength=1"`
	// Version is the release to fetch.
	Version string `json:"version" jsonschema:"minLength=1"`
}

// Safety holds facts about a machine for people and displays.
type Safety struct {
	// EstopTopology is what the emergency stop does: cut the power of the
	// actuator boards (power_cut) or signal them to stop (signal).
	EstopTopology string `json:"estop_topology,omitempty" jsonschema:"enum=power_cut,enum=signal"`
}

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
	// TelemetryTokenRemoved reports whether a telemetry token was removed.
	TelemetryTokenRemoved bool `json:"telemetry_influxdb_token_removed,omitempty" jsonschema:"untyped"`
}
