package validator

// Update says whether golden files are to be written again.
func Update() bool { return *update }
