//go:build !demo

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// agent is a scheduler under test: the kernel's default, which has no process, or one in user space.
type agent struct {
	impl    string // its name in the results
	program string // "" for the default
	args    []string
	ops     string // the prefix of its name in sysfs
	process *process
}

// agentPrograms are the schedulers in user space, and the prefixes of their names in sysfs.
var agentPrograms = map[string]struct{ program, ops string }{
	"goland":   {"scx_goland", "goland"},
	"rustland": {"scx_rustland", "rustland"},
	"bpfland":  {"scx_bpfland", "bpfland"},
	"rusty":    {"scx_rusty", "rusty"},
	"bare":     {"scx_bare", "bare"},
	"earlier":  {"scx_goland_earlier", "goland"},
}

// namedAgents takes names, with commas: "default" or one of agentPrograms; options may follow, each after a colon.
func (b *bench) namedAgents(specs string) (agents []*agent) {
	for _, spec := range strings.FieldsFunc(specs, func(r rune) bool { return r == ',' }) {
		if a := b.namedAgent(spec); a != nil {
			agents = append(agents, a)
		}
	}
	return agents
}

// namedAgent returns nil if the scheduler is left out, which it notes.
func (b *bench) namedAgent(spec string) *agent {
	parts := strings.Split(spec, ":")
	a := &agent{impl: strings.Join(parts, " "), args: parts[1:]}
	if parts[0] == "default" {
		return a
	}
	of, known := agentPrograms[parts[0]]
	if !known {
		b.Fatalf("no scheduler is called %q", parts[0])
	}
	a.program, a.ops = of.program, of.ops
	if parts[0] != "goland" {
		if err := fetchPeer(a.program); err != nil {
			b.Missing[a.impl] = err.Error()
			b.Logf("%s is left out: %v", a.impl, err)
			return nil
		}
	}
	out, err := exec.Command(binary(a.program), "--version").Output()
	b.Check(err, "ask for the version of %s", a.program)
	b.Versions[a.program] = strings.TrimSpace(string(out))
	return a
}

// fetchPeer copies a scheduler that tests/bench/build-peers.sh, build-bare.sh or build-earlier.sh built, or says why there is none.
func fetchPeer(name string) error {
	folder := filepath.Join(os.Getenv("SCXB_VM"), "peers")
	if why, err := os.ReadFile(filepath.Join(folder, name+".why")); err == nil {
		return fmt.Errorf("%s", strings.TrimSpace(string(why)))
	}
	return copyProgram(filepath.Join(folder, name), binary(name))
}

func (a *agent) attach(b *bench) {
	if why := a.tryAttach(b); why != "" {
		b.Fatalf("%s does not attach: %s", a.impl, why)
	}
}

// tryAttach returns why it cannot attach: other projects' schedulers are not made for every kernel.
func (a *agent) tryAttach(b *bench) (why string) {
	b.expectState("disabled")
	if a.program == "" {
		return ""
	}
	args := a.args
	if b.profile && a.program == "scx_goland" {
		args = append([]string{"--stats-format", "json", "--stats", fmt.Sprint(statsEvery.Seconds())}, args...)
	}
	a.process = b.start(a.program, args...)
	b.Await(2*time.Minute, a.impl+" schedules the machine, or ends", func() bool {
		return !a.process.running() || extState("state") == "enabled" && strings.HasPrefix(extState("root/ops"), a.ops)
	})
	if a.process.running() {
		return ""
	}
	said := strings.Fields(a.process.err.String())
	a.process = nil
	return "it ended: " + strings.Join(said[max(0, len(said)-12):], " ")
}

func (a *agent) detach(b *bench) {
	if a.process != nil {
		b.expectState("enabled")
		a.process.signal(syscall.SIGTERM)
		a.process.exitCode(loadLimit)
		a.process = nil
		b.awaitDisabled()
	}
	b.expectState("disabled")
}

func (a *agent) usage(b *bench) usage {
	if a.process == nil {
		return usage{}
	}
	u, err := readUsage(a.process.cmd.Process.Pid)
	b.Check(err, "read what %s used", a.impl)
	return u
}

// statsEvery is how often scx_goland prints its counters while it is profiled.
const statsEvery = 200 * time.Millisecond

// counters returns scx_goland's counters, printed after this call.
func (a *agent) counters(b *bench) scx.Stats {
	lines := func() []string { return strings.Split(a.process.out.String(), "\n") }
	// Skip the line that may be under way, and wait for the next; text after the last line break is no line yet.
	want := len(lines()) + 2
	b.Await(loadLimit, a.impl+" prints its counters", func() bool { return len(lines()) >= want })
	all := lines()
	stats, err := parseStats(all[len(all)-2])
	b.Check(err, "read what %s prints", a.impl)
	return stats
}
