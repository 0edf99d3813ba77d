package main

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// example is one of the programs of examples/, or of go/examples.
type example struct {
	*process
	ops string // the name of its scheduler
}

// example starts an example and returns when it schedules the machine.
func (t *T) example(ops string, command ...string) *example {
	e := &example{t.startCmd(exec.Command(command[0], command[1:]...)), ops}
	e.awaitScheduling(ops)
	return e
}

// work lets it schedule a busy machine, on which every load must finish.
func (e *example) work() {
	t := e.t
	hogs := t.hogs(4)
	t.messages(2, 200)
	t.forks(2, 20)
	t.ErrorIf(!scheduled(e.ops),
		"after the load, %q of state %q schedules the machine\n%s", extState("root/ops"), extState("state"), &e.err)
	hogs.end()
}

// wholeExample runs an example from its start to its end by a signal.
func (t *T) wholeExample(name string) {
	e := t.example(name, binary(name))
	e.work()
	e.detach(syscall.SIGTERM)
	e.accounts(100)
}

// detach asks it to end: it must detach, and print nothing but its account.
func (e *example) detach(sig syscall.Signal) {
	e.endBy(sig)
	e.t.expectState("disabled")
	if said := e.err.String(); said != "" {
		e.t.Errorf("%v said: %s", e.cmd.Args, said)
	}
}

var exampleCounter = regexp.MustCompile(`(\w+)=(\d+)`)

// accounts checks the counters in its last line: they are conserved, and at least this many decisions were carried out.
func (e *example) accounts(dispatched uint64) {
	t := e.t
	lines := strings.Split(strings.TrimSpace(e.out.String()), "\n")
	counters := map[string]uint64{}
	for _, m := range exampleCounter.FindAllStringSubmatch(lines[len(lines)-1], -1) {
		n, err := strconv.ParseUint(m[2], 10, 64)
		t.Check(err, "read the counter %s", m[1])
		counters[m[1]] = n
	}
	for _, name := range []string{"queued", "dispatched", "rescued", "gone", "decisions", "stale", "refused"} {
		if _, there := counters[name]; !there {
			t.Fatalf("%v does not tell %q in its last line:\n%s", e.cmd.Args, name, &e.out)
		}
	}
	t.conserved(scx.Stats{
		Queued: counters["queued"], Dispatched: counters["dispatched"], Rescued: counters["rescued"], Gone: counters["gone"],
		Decisions: counters["decisions"], Stale: counters["stale"], Refused: counters["refused"],
	})
	t.ErrorIf(counters["dispatched"] < dispatched || counters["refused"] != 0,
		"of %d decisions, %d were carried out and %d refused", counters["decisions"], counters["dispatched"], counters["refused"])
}

var _ = register(Scenario{
	Name: "example_c",
	Doc:  "the scheduler in C, through the header alone: it schedules a busy machine, and ends well on SIGTERM and on SIGINT",
	run: func(t *T) {
		t.wholeExample("c_fifo")
		e := t.example("c_fifo", binary("c_fifo"))
		t.forks(2, 5)
		e.detach(syscall.SIGINT)
		e.accounts(1)
	},
})

var _ = register(Scenario{
	Name: "example_vm_run",
	Doc:  "what make vm-run does: a program is measured under a load, asked to end, and its exit status told; one that attaches nothing fails",
	run: func(t *T) {
		good := t.start("scenarios", "program", "hogs", "1", "exec%20"+binary("c_fifo"))
		good.succeed(5 * time.Minute)
		for _, want := range []string{"your program: exit status 0", "c_fifo/default", "hog loops/s"} {
			if !strings.Contains(good.out.String(), want) {
				t.Errorf("it does not say %q:\n%s", want, &good.out)
			}
		}
		bad := t.start("scenarios", "program", "hogs", "1", "exit%203")
		if code := bad.exitCode(5 * time.Minute); code != exitFailed || !strings.Contains(bad.out.String()+bad.err.String(), "exit status 3") {
			t.Errorf("a program that fails: exit status %d\n%s%s", code, &bad.out, &bad.err)
		}
	},
})

var _ = register(Scenario{
	Name: "example_cpp",
	Doc:  "the scheduler in C++: it schedules a busy machine and ends well",
	run:  func(t *T) { t.wholeExample("cpp_fifo") },
})

var _ = register(Scenario{
	Name: "example_zig",
	Doc:  "the scheduler in Zig, which imports the header: it schedules a busy machine and ends well",
	run:  func(t *T) { t.wholeExample("zig_fifo") },
})

var _ = register(Scenario{
	Name: "example_python",
	Doc:  "the scheduler in Python: slow, stopped for a second, and the machine runs on",
	run: func(t *T) {
		e := t.example("python_fifo", binary("python_fifo"))
		e.work()
		e.signal(syscall.SIGSTOP)
		for end := time.Now().Add(time.Second); time.Now().Before(end); {
			t.forks(2, 5)
		}
		t.ErrorIf(!scheduled(e.ops), "stopped, it was ejected")
		e.signal(syscall.SIGCONT)
		t.forks(2, 20)
		e.detach(syscall.SIGTERM)
		e.accounts(100)
	},
})

var _ = register(Scenario{
	Name: "example_rust",
	Doc:  "the scheduler in Rust: it schedules a busy machine and ends well",
	run:  func(t *T) { t.wholeExample("rust_fifo") },
})

var _ = register(Scenario{
	Name: "example_go",
	Doc:  "the smallest scheduler in Go, that of the README: it schedules a busy machine and ends well",
	run: func(t *T) {
		e := t.example("scxbridge", binary("go_fifo"))
		e.work()
		e.detach(syscall.SIGINT)
	},
})

var _ = register(Scenario{
	Name: "example_ejected",
	Doc:  "the schedulers in C, C++, Zig and Python say why, when the kernel has ended them",
	run: func(t *T) {
		t.expectKernelLog("disabled by sysrq-S", "disabled (")
		for _, name := range []string{"c_fifo", "cpp_fifo", "zig_fifo", "python_fifo"} {
			e := t.example(name, binary(name))
			t.sysrqS()
			if code := e.exitCode(time.Minute); code != 1 {
				t.Errorf("%s: exit status %d, not 1", name, code)
			}
			if said := e.err.String(); !strings.Contains(said, name+": the kernel says: disabled by sysrq-S (67, ") {
				t.Errorf("%s does not say what the kernel said:\n%s", name, said)
			}
			t.expectState("disabled")
			e.accounts(0)
		}
	},
})
