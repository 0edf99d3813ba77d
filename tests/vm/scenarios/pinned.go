package main

import (
	"os"
	"strings"
	"time"
	"unsafe"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

const pinFolder = "/sys/fs/bpf/scxbridge/goland"

var _ = register(Scenario{
	Name: "killed_pinned", Kernels: everyKernel,
	Doc: "SIGKILL of a pinned agent: for seven seconds the kernel side runs everything, then a new agent adopts it",
	run: func(t *T) {
		agent := t.goland("--pin", "--no-builtin-idle")
		stays := t.sameScheduler()
		load := t.hogs(4)
		agent.kill()
		for end := time.Now().Add(7 * time.Second); time.Now().Before(end); {
			t.forks(2, 5)
			t.expectState("enabled")
		}
		agent = t.adopt()
		t.forks(2, 20)
		stays()
		load.end() // what is refused below would load for long beside it
		t.refused(1, "its agent is alive", agentCmd("--adopt"))
		t.refused(1, "its agent is alive", agentCmd("--detach"))
		t.refused(1, "is active; stop it first (one of this name is pinned", agentCmd())
		agent.terminate()
		t.expectState("enabled")
		t.detachPinned()
		t.refused(1, "no scheduler is pinned", agentCmd("--adopt"))
	},
})

var _ = register(Scenario{
	Name: "upgrades",
	Doc:  "six agents in a row under load, each adopts from the one before: never disabled, both sums hold over all",
	run: func(t *T) {
		s, err := scx.Open(scx.Options{Name: "goland", Pin: true, NoBuiltinIdle: true})
		t.Check(err, "open")
		t.Check(s.Attach(), "attach")
		t.Check(s.Close(), "leave it pinned")
		t.expectState("enabled")
		stays := t.sameScheduler()
		t.forkstorm(3)
		t.hogs(2)
		for round := 1; round <= 6; round++ {
			agent := t.adopt("--stats", "0.2")
			agent.await("it schedules", func() bool { return strings.Count(agent.out.String(), "\n") > 3 })
			if round%3 == 0 {
				agent.kill() // not every agent ends by itself
			} else {
				agent.terminate()
			}
			t.expectState("enabled")
		}
		stays()
		last, err := scx.Adopt("goland")
		t.Check(err, "adopt")
		t.ErrorIf(t.detach(last).Dispatched == 0, "no agent decided anything")
		t.Check(last.Close(), "close")
	},
})

var _ = register(Scenario{
	Name: "other_layout",
	Doc:  "a pinned scheduler of another memory layout is not adopted, with a clear message; it can be detached, and --adopt=auto does so",
	run: func(t *T) {
		agent := t.goland("--pin")
		agent.terminate()
		t.expectState("enabled")
		t.setLayoutVersion(999)
		t.refused(1, "memory layout 999", agentCmd("--adopt"))
		t.forks(2, 3)
		t.expectState("enabled")
		t.startsAnew("memory layout 999")
	},
})

// startsAnew starts an agent with --adopt=auto, which can't take over what is left, and says so.
func (t *T) startsAnew(says string) {
	agent := t.start("scx_goland", "run", "--pin", "--adopt=auto")
	agent.await("attached", func() bool { return strings.Contains(agent.err.String(), `"goland" is attached`) })
	t.ErrorIf(!strings.Contains(agent.err.String(), says), "it does not say %q:\n%s", says, &agent.err)
	agent.terminate()
	t.detachPinned()
}

// setLayoutVersion changes the pinned scheduler's layout version; see struct scxb_layout.
func (t *T) setLayoutVersion(version uint32) {
	path, err := unix.BytePtrFromString(pinFolder + "/shared")
	t.Check(err, "name the pin")
	const bpfObjGet = 7
	attr := struct {
		path  uint64
		fd    uint32
		flags uint32
	}{path: uint64(uintptr(ptr(path)))}
	fd, err := bpf(bpfObjGet, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	t.Check(err, "open the pinned map")
	defer unix.Close(fd)
	memory, err := unix.Mmap(fd, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	t.Check(err, "map the pinned map")
	defer unix.Munmap(memory)
	*(*uint32)(unsafe.Pointer(&memory[4])) = version // struct scxb_layout
}
