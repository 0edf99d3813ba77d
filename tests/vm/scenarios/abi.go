package main

import (
	"os/exec"
	"time"
)

// runC runs a C program of tests/abi, directly or under another program.
func (t *T) runC(args ...string) {
	p := t.startCmd(exec.Command(args[0], args[1:]...))
	p.succeed(5 * time.Minute)
	t.Logf("%v: %s", args, &p.out)
	t.expectState("disabled")
}

var _ = register(Scenario{
	Name: "abi_misuse",
	Doc:  "the C program of wrong calls, where a scheduler can really be opened",
	// It runs under Valgrind on the host; abi_attached covers a scheduler that is attached.
	run: func(t *T) { t.runC(binary("misuse.sanitized")) },
})

var _ = register(Scenario{
	Name: "abi_attached",
	Doc:  "wrong calls on a scheduler that runs: wrong phase, huge batches, two threads, during and after close; nothing leaks",
	run: func(t *T) {
		t.runC(binary("attached.sanitized"))
		// bpf(2) fills memory in ways that Valgrind does not know; the sanitizers and the run on the host look for
		// uninitialized values instead. Names of inlined functions are slow to read. Fair scheduling, since one of
		// two threads often polls for what the other does.
		t.runC("valgrind", "-q", "--error-exitcode=99", "--undef-value-errors=no", "--leak-check=full",
			"--errors-for-leak-kinds=definite", "--read-inline-info=no", "--fair-sched=yes", binary("attached"), "--serial")
	},
})
