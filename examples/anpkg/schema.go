package main

import (
	"context"
	"flag"

	"github.com/anolishq/anolis-handoff/validator"
)

func schemaCommand() command {
	return command{
		name:     "schema",
		operands: []operand{{name: "NAME", words: validator.SchemaNames}},
		summary:  "print a JSON Schema for your editor",
		exits:    "0 printed, 1 not printed, 2 wrong use",
		example:  "anpkg schema runtime-config > runtime-config.schema.json",
		verb:     func() verb { return schemaVerb{} },
	}
}

type schemaVerb struct{}

func (schemaVerb) flags(*flag.FlagSet) {}

func (schemaVerb) run(_ context.Context, args []string, std streams) int {
	text, err := validator.Schema(args[0])
	if err != nil {
		return usageError(std, "schema", err)
	}
	return printText(std, "schema", string(text))
}
