package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// binary returns the path of a program that belongs to the scenarios. Of these the machine has only those in memory that
// nearly each of its boots needs; others are copied there when they are asked for.
func binary(name string) string {
	if dir := os.Getenv("SCXB_BIN"); dir != "" {
		path := filepath.Join(dir, name)
		if from := os.Getenv("SCXB_VM"); from != "" {
			if _, err := os.Stat(path); err != nil {
				// One that is not there fails when it is started.
				_ = copyProgram(filepath.Join(from, name), path)
			}
		}
		return path
	}
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}

func copyProgram(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}

// out returns the folder for a scenario's output files.
func (t *T) out() string {
	if dir := os.Getenv("SCXB_OUT"); dir != "" {
		return dir
	}
	return os.TempDir()
}

// process is a child whose output is kept, unless its command redirects it.
type process struct {
	t    *T
	cmd  *exec.Cmd
	out  lockedBuffer // standard output
	err  lockedBuffer // standard error
	done chan struct{}
	fate error
	over bool // the scenario has ended it, or waited for its end
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs one of the scenarios' programs in the background; the scenario's end kills it.
func (t *T) start(name string, args ...string) *process {
	return t.startCmd(exec.Command(binary(name), args...))
}

func (t *T) startCmd(cmd *exec.Cmd) *process {
	p := &process{t: t, cmd: cmd, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = &p.out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.err
	}
	t.Check(cmd.Start(), "start %s", cmd.Path)
	go func() {
		p.fate = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) pid() int32 { return int32(p.cmd.Process.Pid) }

// await waits for something that the process does, and fails if it ends instead.
func (p *process) await(what string, holds func() bool) {
	p.t.Await(2*time.Minute, what, func() bool {
		if !p.running() && !holds() {
			p.t.Fatalf("%v ended before %s: exit status %d\n%s%s", p.cmd.Args, what, p.exitCode(0), &p.out, &p.err)
		}
		return holds()
	})
}

// threads returns the ids of all its threads.
func (p *process) threads() []int32 {
	dirs, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.cmd.Process.Pid))
	p.t.Check(err, "list the threads of %v", p.cmd.Args)
	var ids []int32
	for _, dir := range dirs {
		id, err := strconv.ParseInt(dir.Name(), 10, 32)
		p.t.Check(err, "read a thread's id")
		ids = append(ids, int32(id))
	}
	return ids
}

// cpuTime returns the CPU time of all its threads.
func (p *process) cpuTime() time.Duration {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.pid()))
	var sum time.Duration
	for _, thread := range threads {
		used, err := schedstatTime(thread)
		if threadEnded(err) {
			continue
		}
		p.t.Check(err, "read a thread's CPU time")
		sum += used
	}
	return sum
}

// threadTime returns the CPU time of one thread.
func (t *T) threadTime(tid int32) time.Duration {
	used, err := schedstatTime(fmt.Sprintf("/proc/%d/schedstat", tid))
	t.Check(err, "read a thread's CPU time")
	return used
}

// preemptions returns how often a thread had to leave a CPU.
func (t *T) preemptions(tid int32) uint64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	t.Check(err, "read a thread's status")
	return procNumber(string(status), "nonvoluntary_ctxt_switches:")
}

// bind lets a thread run only on these CPUs.
func (t *T) bind(tid int32, cpus ...int) {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	t.Check(unix.SchedSetaffinity(int(tid), &set), "bind thread %d to the CPUs %v", tid, cpus)
}

// bind lets its threads run only on these CPUs.
func (p *process) bind(cpus ...int) {
	for _, tid := range p.threads() {
		p.t.bind(tid, cpus...)
	}
}

// kill kills the process, and waits for its end.
func (p *process) kill() {
	p.over = true
	p.signal(syscall.SIGKILL)
	<-p.done
}

func (p *process) signal(sig syscall.Signal) { p.cmd.Process.Signal(sig) }

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// exitCode waits for the end; limit is generous.
func (p *process) exitCode(limit time.Duration) int {
	p.over = true
	if p.running() {
		select {
		case <-p.done:
		case <-time.After(limit):
		}
	}
	p.t.FatalIf(p.running(), "%v did not end within %v\n%s%s", p.cmd.Args, limit, &p.out, &p.err)
	var exit *exec.ExitError
	p.t.FatalIf(p.fate != nil && !errors.As(p.fate, &exit), "%v: %v", p.cmd.Args, p.fate)
	return p.cmd.ProcessState.ExitCode()
}

// succeed waits for the end, which must have exit status 0.
func (p *process) succeed(limit time.Duration) {
	if code := p.exitCode(limit); code != 0 {
		p.t.Fatalf("%v: exit status %d\n%s%s", p.cmd.Args, code, &p.out, &p.err)
	}
}

// report reads the JSON line with which the load generator ends.
func (p *process) report(limit time.Duration, into any) {
	p.succeed(limit)
	p.readLast(into)
}

// readLast reads the last line of the output, JSON.
func (p *process) readLast(into any) {
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	err := json.Unmarshal([]byte(lines[len(lines)-1]), into)
	p.t.Check(err, "understand what %v said last:\n%s%s", p.cmd.Args, &p.out, &p.err)
}
