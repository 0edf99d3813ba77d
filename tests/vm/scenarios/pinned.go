package main

import (
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

const pinFolder = "/sys/fs/bpf/scxbridge/goland"

// adopt starts an agent that takes over, and returns when it has.
func (t *T) adopt(args ...string) *process {
	p := t.start("scx_goland", append([]string{"--adopt"}, args...)...)
	t.Await(time.Minute, "the scheduler is adopted", func() bool {
		if !p.running() {
			t.Fatalf("%v ended: exit status %d\n%s", p.cmd.Args, p.exitCode(0), &p.err)
		}
		return strings.Contains(p.err.String(), `"goland" is adopted`)
	})
	return p
}

// detachPinned ends a pinned scheduler, which leaves no trace.
func (t *T) detachPinned() {
	t.start("scx_goland", "--detach").succeed(time.Minute)
	t.expectState("disabled")
	if _, err := os.Stat(pinFolder); err == nil {
		t.Errorf("%s is still there", pinFolder)
	}
}

// enabledSeq tells schedulers apart: it counts how many there were.
func enabledSeq() string { return extState("enable_seq") }

var _ = register(Scenario{
	Name:    "killed_pinned",
	Kernels: everyKernel,
	Doc:     "SIGKILL of a pinned agent: for ten seconds the kernel side runs everything, then a new agent adopts it",
	Timeout: 240,
	run: func(t *T) {
		agent := t.goland("--pin", "--no-builtin-idle")
		seq := enabledSeq()
		hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
		agent.kill()
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
			t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(time.Minute)
			t.expectState("enabled")
		}
		if !hogs.running() {
			t.Fatalf("the hogs ended: %s", &hogs.err)
		}
		agent = t.adopt("--stats", "1")
		t.load("forkstorm", "--parallel", "2", "--count", "20").succeed(time.Minute)
		if enabledSeq() != seq {
			t.Errorf("the scheduler was not the same all the time")
		}
		t.refused(1, "its agent is alive", agentCmd("--adopt"))
		t.refused(1, "its agent is alive", agentCmd("--detach"))
		t.refused(1, "is active; stop it first (one of this name is pinned", agentCmd())
		agent.signal(syscall.SIGTERM)
		agent.succeed(time.Minute)
		t.expectState("enabled")
		t.detachPinned()
		hogs.signal(syscall.SIGKILL)
		t.refused(1, "no scheduler is pinned", agentCmd("--adopt"))
	},
})

var _ = register(Scenario{
	Name:    "upgrades",
	Doc:     "ten agents in a row under load, each adopts from the one before: never disabled, both sums hold over all",
	Timeout: 300,
	run: func(t *T) {
		s, err := scx.Open(scx.Options{Name: "goland", Pin: true, NoBuiltinIdle: true})
		t.Check(err, "open")
		t.Check(s.Attach(), "attach")
		t.Check(s.Close(), "leave it pinned")
		t.expectState("enabled")
		seq := enabledSeq()
		storm := t.load("forkstorm", "--parallel", "3", "--seconds", "1000")
		hogs := t.load("hog", "--threads", "2", "--seconds", "1000")
		for round := 1; round <= 10; round++ {
			agent := t.adopt("--stats", "0.2")
			t.Await(time.Minute, "it schedules", func() bool { return strings.Count(agent.out.String(), "\n") > 3 })
			if round%3 == 0 {
				agent.signal(syscall.SIGKILL) // not every one leaves politely
				<-agent.done
			} else {
				agent.signal(syscall.SIGTERM)
				agent.succeed(time.Minute)
			}
			t.expectState("enabled")
		}
		if enabledSeq() != seq {
			t.Errorf("the scheduler was not the same all the time")
		}
		if !storm.running() || !hogs.running() {
			t.Fatalf("the load ended: %s%s", &storm.err, &hogs.err)
		}
		last, err := scx.Adopt("goland")
		t.Check(err, "adopt")
		storm.signal(syscall.SIGKILL)
		hogs.signal(syscall.SIGKILL)
		t.Check(last.Detach(), "detach")
		t.expectState("disabled")
		st, err := last.Stats()
		t.Check(err, "read the statistics")
		t.conserved(st)
		if st.Dispatched == 0 {
			t.Errorf("no agent decided anything")
		}
		t.Check(last.Close(), "close")
	},
})

var _ = register(Scenario{
	Name: "other_layout",
	Doc:  "a pinned scheduler of another memory layout is not adopted, with a clear message; it can be detached",
	run: func(t *T) {
		agent := t.goland("--pin")
		agent.signal(syscall.SIGTERM)
		agent.succeed(time.Minute)
		t.expectState("enabled")
		t.setLayoutVersion(999)
		t.refused(1, "memory layout 999", agentCmd("--adopt"))
		t.load("forkstorm", "--parallel", "2", "--count", "3").succeed(time.Minute)
		t.expectState("enabled")
		t.detachPinned()
	},
})

// setLayoutVersion makes the pinned scheduler one of another version; see struct scxb_layout.
func (t *T) setLayoutVersion(version uint32) {
	path, err := unix.BytePtrFromString(pinFolder + "/shared")
	t.Check(err, "name the pin")
	const objGet = 7 // BPF_OBJ_GET
	attr := struct {
		path  uint64
		fd    uint32
		flags uint32
	}{path: uint64(uintptr(ptr(path)))}
	fd, _, errno := unix.Syscall(unix.SYS_BPF, objGet, uintptr(ptr(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		t.Fatalf("open the pinned map: %v", errno)
	}
	defer unix.Close(int(fd))
	memory, err := unix.Mmap(int(fd), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	t.Check(err, "map the pinned map")
	defer unix.Munmap(memory)
	*(*uint32)(unsafe.Pointer(&memory[4])) = version // struct scxb_layout
}
