package differential

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/scxbridge/scxbridge/go/internal/lockstep"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// kernelSide is the folder of the kernel side's code.
const kernelSide = "../../rust/bpf"

// compile builds the program from the kernel side's code in the folder source. A failure shows clang's messages.
func compile(t testing.TB, source string, flags ...string) string {
	t.Helper()
	// The sum of that code, from the Makefile: go test takes an old result only if what the test asked for is the same, and
	// does not see what clang reads.
	_ = os.Getenv("KERNEL_SIDE")
	clang := os.Getenv("CLANG")
	if clang == "" {
		clang = "clang"
	}
	program := filepath.Join(t.TempDir(), "replay")
	args := append([]string{"-std=gnu11", "-Wall", "-Werror", "-Wno-unused-function",
		// Some attributes exist only for BPF.
		"-Wno-unknown-attributes",
		// replay.c removes const from the kernel side's code.
		"-Wno-incompatible-pointer-types-discards-qualifiers",
		"-Ihost", "-I" + source}, flags...)
	args = append(args, "host/replay.c", "-o", program)
	if out, err := exec.Command(clang, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v; `make setup` installs what it needs\n%s", clang, strings.Join(args, " "), err, out)
	}
	return program
}

// host runs the program.
type host struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	err strings.Builder
}

func startHost(t testing.TB, program string) *host {
	t.Helper()
	h := &host{cmd: exec.Command(program)}
	h.cmd.Stderr = &h.err
	var err error
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	h.out = bufio.NewReaderSize(out, 1<<20)
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.in.Close()
		_ = h.cmd.Wait() // its errors have been reported already
	})
	return h
}

// replay makes the kernel side do the calls. If it ends early, the error has its output.
func (h *host) replay(calls []lockstep.Step) ([]lockstep.Step, error) {
	var count [8]byte
	binary.NativeEndian.PutUint64(count[:], uint64(len(calls)))
	_, err := h.in.Write(append(count[:], bytesOf(calls)...))
	if err == nil {
		_, err = io.ReadFull(h.out, count[:])
	}
	var steps []lockstep.Step
	if err == nil {
		steps = make([]lockstep.Step, binary.NativeEndian.Uint64(count[:]))
		_, err = io.ReadFull(h.out, bytesOf(steps))
	}
	if err != nil {
		_ = h.in.Close()
		_ = h.cmd.Wait()
		return nil, fmt.Errorf("the program with the kernel side ended: %w\n%s", err, h.err.String())
	}
	return steps, nil
}

// bytesOf returns the steps in the program's layout, which is the same, since a Step has no padding.
func bytesOf(steps []lockstep.Step) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(steps))), uintptr(len(steps))*unsafe.Sizeof(lockstep.Step{}))
}

// begin returns the steps that describe a machine to the program.
func begin(c *scxtest.Config) []lockstep.Step {
	o := &c.Options
	var flags, apart uint64
	if o.NoBuiltinIdle {
		flags |= 1
	}
	if o.DirectBound {
		flags |= 2
	}
	if o.OneDomain {
		flags |= 4
	}
	if o.OwnDomains {
		flags |= 8
	}
	if c.Agent.Apart {
		apart = 1
	}
	return []lockstep.Step{
		{Kind: lockstep.Begin, Args: [6]uint64{uint64(c.CPUs), uint64(c.ThreadsPerCore), uint64(c.CPUsPerLLC), uint64(o.QueuedBytes), apart, flags}},
		{Kind: lockstep.Begin, Args: [6]uint64{uint64(o.Slice), uint64(o.SliceMax), uint64(max(o.Grace, 0)), uint64(o.BatchWindow), uint64(o.Timeout / time.Millisecond * time.Millisecond / 2), uint64(c.LLCsPerNode)}},
	}
}
