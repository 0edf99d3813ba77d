package main

import (
	"encoding/json"
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

// addAgent takes "default", "goland" or "rustland"; options may follow, each after a colon.
func (b *bench) addAgent(spec string) {
	parts := strings.Split(spec, ":")
	a := &agent{impl: strings.Join(parts, " "), args: parts[1:]}
	switch parts[0] {
	case "default":
	case "goland":
		a.program, a.ops = "scx_goland", "goland"
	case "rustland":
		a.program, a.ops = "scx_rustland", "rustland"
		if err := fetchPeer(a.program); err != nil {
			b.Missing[a.impl] = err.Error()
			b.Logf("%s is left out: %v", a.impl, err)
			return
		}
	default:
		b.Fatalf("no scheduler is called %q", parts[0])
	}
	if a.program != "" {
		out, err := exec.Command(binary(a.program), "--version").Output()
		b.Check(err, "ask for the version of %s", a.program)
		b.Versions[a.program] = strings.TrimSpace(string(out))
	}
	b.agents = append(b.agents, a)
}

// fetchPeer copies another project's scheduler, which tests/bench/build-system.sh built, or says why there
// is none.
func fetchPeer(name string) error {
	folder := filepath.Join(os.Getenv("SCXB_VM"), "peers")
	if why, err := os.ReadFile(filepath.Join(folder, name+".why")); err == nil {
		return fmt.Errorf("%s", strings.TrimSpace(string(why)))
	}
	return copyProgram(filepath.Join(folder, name), name)
}

func (a *agent) attach(b *bench) {
	b.expectState("disabled")
	if a.program == "" {
		return
	}
	args := a.args
	if b.profile && a.program == "scx_goland" {
		args = append([]string{"--stats-format", "json", "--stats", fmt.Sprint(statsEvery.Seconds())}, args...)
	}
	a.process = b.start(a.program, args...)
	a.process.await("it schedules the machine", func() bool {
		return extState("state") == "enabled" && strings.HasPrefix(extState("root/ops"), a.ops)
	})
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

func parseStats(line string) (scx.Stats, error) {
	var report struct {
		Total *scx.Stats `json:"total"`
	}
	if err := json.Unmarshal([]byte(line), &report); err != nil {
		return scx.Stats{}, fmt.Errorf("%q: %w", line, err)
	}
	if report.Total == nil {
		return scx.Stats{}, fmt.Errorf("%q has no total", line)
	}
	return *report.Total, nil
}
