package main

// commands are all commands, in the order of the help. Nothing else lists them:
// the help, the dispatch and the completion of shells come from here.
func commands() []command {
	return []command{
		exportCommand(),
		checkCommand(),
		validateCommand(),
		inspectCommand(),
		diffCommand(),
		signCommand(),
		verifyCommand(),
		unpackCommand(),
		rollbackCommand(),
		driftCommand(),
		reproduceCommand(),
		preflightCommand(),
		schemaCommand(),
		completionCommand(),
		manCommand(),
		helpCommand(),
	}
}

func commandNamed(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}
