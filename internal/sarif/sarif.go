// Package sarif has the parts of the Static Analysis Results Interchange Format
// (SARIF 2.1.0, OASIS standard) that a report needs, named as the standard names
// them. It holds no rules about packages.
//
// A Log becomes a file by package encoding/json. Package sariftest knows which
// Logs the standard and GitHub code scanning accept.
package sarif

// Version and Schema are what every Log says about itself.
const (
	Version = "2.1.0"
	Schema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// Limits of GitHub code scanning. A file beyond the first is refused as a whole.
const (
	MaxResults     = 25_000 // results in a run
	MaxTags        = 20     // tags of a rule
	MaxDescription = 1024   // characters in a description of a rule
	MaxName        = 255    // characters in the name of a rule
)

// Levels of a result, a rule or a notification.
const (
	LevelError   = "error"
	LevelWarning = "warning"
	LevelNote    = "note"
)

// UnicodeCodePoints is the ColumnKind of columns that count characters.
const UnicodeCodePoints = "unicodeCodePoints"

// Log is a SARIF file.
type Log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []Run  `json:"runs"`
}

// Run is one run of a tool. Results that are not null say that the tool looked.
type Run struct {
	Tool        Tool         `json:"tool"`
	Invocations []Invocation `json:"invocations"`
	Artifacts   []Artifact   `json:"artifacts,omitempty"`
	Results     []Result     `json:"results"`
	ColumnKind  string       `json:"columnKind"`
}

// Tool is the program that found the results.
type Tool struct {
	Driver Driver `json:"driver"`
}

// Driver is the tool itself (in the standard a toolComponent).
type Driver struct {
	Name           string       `json:"name"`
	Version        string       `json:"version,omitempty"`
	InformationURI string       `json:"informationUri"`
	Rules          []Descriptor `json:"rules"`
	Notifications  []Descriptor `json:"notifications,omitempty"`
}

// Descriptor describes a rule or a kind of notification (in the standard a
// reportingDescriptor).
type Descriptor struct {
	ID                   string         `json:"id"`
	Name                 string         `json:"name,omitempty"`
	ShortDescription     *Message       `json:"shortDescription,omitempty"`
	FullDescription      *Message       `json:"fullDescription,omitempty"`
	HelpURI              string         `json:"helpUri,omitempty"`
	Help                 *Message       `json:"help,omitempty"`
	DefaultConfiguration *Configuration `json:"defaultConfiguration,omitempty"`
	Properties           *Properties    `json:"properties,omitempty"`
}

// Configuration is the level that results of a rule have by default.
type Configuration struct {
	Level string `json:"level"`
}

// Properties are those that GitHub reads from a rule.
type Properties struct {
	Tags            []string `json:"tags,omitempty"`
	Precision       string   `json:"precision,omitempty"`
	ProblemSeverity string   `json:"problem.severity,omitempty"`
	// SecuritySeverity is a number from 0.1 to 10.0, as in CVSS.
	SecuritySeverity string `json:"security-severity,omitempty"`
}

// Message is a text; Markdown is the same for those who show it.
type Message struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

// Result is one thing that was found.
type Result struct {
	RuleID    string  `json:"ruleId"`
	RuleIndex int     `json:"ruleIndex"`
	Level     string  `json:"level"`
	Message   Message `json:"message"`
	// Locations is one place.
	Locations           []Location        `json:"locations"`
	PartialFingerprints map[string]string `json:"partialFingerprints,omitempty"`
}

// LineHash is the partial fingerprint by which GitHub recognises a result.
const LineHash = "primaryLocationLineHash"

// Location is a place in a file, and the same place as a path of keys.
type Location struct {
	PhysicalLocation PhysicalLocation  `json:"physicalLocation"`
	LogicalLocations []LogicalLocation `json:"logicalLocations,omitempty"`
}

// PhysicalLocation is a place in a file.
type PhysicalLocation struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Region           *Region          `json:"region,omitempty"`
}

// ArtifactLocation names a file by its URI; see URI.
type ArtifactLocation struct {
	URI string `json:"uri"`
}

// Region is a place in a text. Lines and columns count from 1; 0 is unknown.
type Region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

// LogicalLocation is a place without a line, such as a key of a document.
type LogicalLocation struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

// Invocation says how a run went.
type Invocation struct {
	ExecutionSuccessful            bool           `json:"executionSuccessful"`
	ToolConfigurationNotifications []Notification `json:"toolConfigurationNotifications,omitempty"`
}

// Notification is a message about the run and not about a file.
type Notification struct {
	Descriptor Reference  `json:"descriptor"`
	Level      string     `json:"level"`
	Message    Message    `json:"message"`
	Locations  []Location `json:"locations,omitempty"`
}

// Reference names a Descriptor of the driver.
type Reference struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
}

// Artifact is a file that was looked at.
type Artifact struct {
	Location ArtifactLocation  `json:"location"`
	Length   int64             `json:"length,omitempty"`
	Roles    []string          `json:"roles,omitempty"`
	Hashes   map[string]string `json:"hashes,omitempty"`
}
