package validator

import (
	"slices"
	"strings"
	"sync"
)

// Code is the stable name of a kind of problem.
type Code string

// CodeInfo explains a code.
type CodeInfo struct {
	Code Code
	// Check is the check that reports it.
	Check string
	// Severity is that of its problems.
	Severity Severity
	// Title is what it means, in a few words.
	Title string
	// Why says why it matters.
	Why string
	// Fix says what to do.
	Fix string
}

// Codes explains every code, sorted by code: those of the zip reader, of the
// runtime's rules and of all other checks.
func Codes() []CodeInfo {
	list := slices.Concat(archiveCodes(), runtimeCodes(), checkCodes(), exportCodes())
	slices.SortFunc(list, func(a, b CodeInfo) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return list
}

// Info explains one code.
func Info(code Code) (CodeInfo, bool) {
	info, ok := infos()[code]
	return info, ok
}

// infos is built once and never changed.
var infos = sync.OnceValue(func() map[Code]CodeInfo {
	byCode := map[Code]CodeInfo{}
	for _, info := range Codes() {
		byCode[info.Code] = info
	}
	return byCode
})
