package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"
)

// The part of SPDX 2.3 that an SBOM of a Go binary needs.
type (
	spdxDocument struct {
		SPDXVersion       string             `json:"spdxVersion"`
		DataLicense       string             `json:"dataLicense"`
		SPDXID            string             `json:"SPDXID"`
		Name              string             `json:"name"`
		DocumentNamespace string             `json:"documentNamespace"`
		CreationInfo      spdxCreation       `json:"creationInfo"`
		Packages          []spdxPackage      `json:"packages"`
		Relationships     []spdxRelationship `json:"relationships"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		SPDXID           string    `json:"SPDXID"`
		Name             string    `json:"name"`
		VersionInfo      string    `json:"versionInfo"`
		DownloadLocation string    `json:"downloadLocation"`
		FilesAnalyzed    bool      `json:"filesAnalyzed"`
		LicenseConcluded string    `json:"licenseConcluded"`
		Comment          string    `json:"comment,omitempty"`
		ExternalRefs     []spdxRef `json:"externalRefs"`
	}
	spdxRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxRelationship struct {
		Element string `json:"spdxElementId"`
		Type    string `json:"relationshipType"`
		Related string `json:"relatedSpdxElement"`
	}
)

// writeSBOM writes an SPDX document of the modules that the linker put into a
// binary: its build information, and so nothing that is not in it.
func writeSBOM(w io.Writer, name string, info *debug.BuildInfo, when time.Time) error {
	doc := spdxDocument{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", Name: name,
		DocumentNamespace: "https://github.com/anolishq/anolis-handoff/spdx/" + name + "/" + info.Main.Version,
		CreationInfo:      spdxCreation{when.Format(time.RFC3339), []string{"Tool: mkrelease"}},
	}
	std := &debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	modules := append([]*debug.Module{&info.Main, std}, info.Deps...)
	for i, m := range modules {
		if m.Replace != nil {
			m = m.Replace
		}
		id := fmt.Sprintf("SPDXRef-Module-%d", i)
		p := spdxPackage{
			SPDXID: id, Name: m.Path, VersionInfo: m.Version, DownloadLocation: "NOASSERTION", LicenseConcluded: "NOASSERTION",
			ExternalRefs: []spdxRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + m.Path + "@" + m.Version}},
		}
		if m.Sum != "" { // the hash of a module zip's listing, so not a checksum of SPDX
			p.Comment = "go.sum: " + m.Sum
		}
		doc.Packages = append(doc.Packages, p)
		if i == 0 {
			doc.Relationships = append(doc.Relationships, spdxRelationship{doc.SPDXID, "DESCRIBES", id})
		} else {
			doc.Relationships = append(doc.Relationships, spdxRelationship{"SPDXRef-Module-0", "DEPENDS_ON", id})
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
