package main

import (
	"slices"

	"github.com/anolishq/anolis-handoff/validator"
)

// problem is one reason why a project was not exported.
type problem struct {
	// Origin is where File is: always in the project.
	Origin   string `json:"origin"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	File     string `json:"file"`    // slash path; empty for the whole
	Pointer  string `json:"pointer"` // JSON Pointer; empty for the whole file
	Line     int    `json:"line"`    // from 1; 0 is unknown
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Hint     string `json:"hint"` // what to do; may be empty
}

func projectProblems(list []validator.Problem) []problem {
	problems := make([]problem, len(list))
	for i, p := range list {
		problems[i] = problem{
			Origin: "project", Severity: string(p.Severity), Code: string(p.Code),
			File: p.File, Pointer: p.Pointer, Line: p.Line, Column: p.Column, Message: p.Message, Hint: p.Hint,
		}
	}
	return problems
}

// problemCodes is what the log may know of problems: each code once.
func problemCodes(list []problem) []string {
	var codes []string
	for _, p := range list {
		codes = append(codes, p.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
