// Command scenarios runs inside the virtual machine: each scenario proves one
// promise of scxbridge on a real kernel.
//
//	scenarios list        the scenarios as JSON, for tests/vm/vm.py
//	scenarios run NAME    runs one: exit 0 passed, 77 skipped, else failed
//	scenarios with FOLDER COMMAND...   runs a command with the libscxbridge.so in a folder, for vm.py matrix
//	scenarios demo        runs what `make demo` shows
//	scenarios program LOADS SECONDS SCRIPT   runs what `make vm-run` shows; SCRIPT is escaped as in URLs
//	scenarios grace       measures what the option grace costs and gives
//	scenarios contention  measures how often CPUs wait for the locks of dispatch queues
//	scenarios bench OPTION...   runs the system benchmarks, for tests/bench/system.py
//	scenarios soak MINUTES [SEED]   runs what `make soak` shows
//	scenarios task ...    is a task that some scenarios schedule
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		wrongUsage()
	}
	switch command, args := os.Args[1], os.Args[2:]; {
	case command == "list" && len(args) == 0:
		list()
	case command == "run" && len(args) == 1:
		os.Exit(runScenario(args[0]))
	case command == "with" && len(args) >= 2:
		fmt.Fprintln(os.Stderr, withLibrary(args[0], args[1:]))
		os.Exit(exitFailed)
	case command == "demo" && len(args) == 0:
		os.Exit(demo())
	case command == "program" && len(args) == 3:
		os.Exit(tryProgram(args[0], args[1], args[2]))
	case measurements[command] != nil:
		os.Exit(measurements[command](args))
	case command == "soak" && len(args) == 1:
		os.Exit(soakFor(args[0], ""))
	case command == "soak" && len(args) == 2:
		os.Exit(soakFor(args[0], args[1]))
	case command == "task" && len(args) >= 1:
		runTask(args[0], args[1:])
	default:
		wrongUsage()
	}
}

// measurements are commands that the demo's program lacks.
var measurements = map[string]func(args []string) int{}

// measurement is called by the file of such a command when the program starts.
func measurement(command string, run func(args []string) int) bool {
	measurements[command] = run
	return true
}

// wrongUsage ends the program.
func wrongUsage() {
	fmt.Fprintln(os.Stderr, "usage: scenarios list | run NAME | with FOLDER COMMAND... | demo | program LOADS SECONDS SCRIPT | grace | contention | bench OPTION... | soak MINUTES [SEED] | task KIND ARG...")
	os.Exit(2)
}
