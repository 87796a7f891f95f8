package validator

// checkProvenance holds meta/provenance.json against what the contract asks.
func checkProvenance(v *validation) string {
	root, ok := v.documents[provenanceFile]
	if !ok {
		return provenanceFile + " could not be read"
	}
	v.violations(CodeProvenance, provenanceFile, v.schemas.provenance, root)
	return ""
}
