//go:build !demo

package main

import (
	"debug/elf"
	endian "encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Waits for the lock of a ring of records. The kernel takes it in reserveFunction; since 6.16 it is a lock whose slow path
// allows no probe, nor does reserveFunction on newer kernels. So the processor counts how often it comes to the calls of it.
const (
	reserveFunction = "__bpf_ringbuf_reserve"
	ringSlowPath    = "resilient_queued_spin_lock_slowpath"
)

// countRingWaits starts counting, and returns a function that reads the count so far. It returns nil on kernels where
// the lock is an ordinary one: countLockWaits counts those waits too.
func (t *T) countRingWaits() (read func() int, err error) {
	calls, err := ringLockCalls()
	if len(calls) == 0 || err != nil {
		return nil, err
	}
	var counters []int
	t.Cleanup(func() {
		for _, fd := range counters {
			unix.Close(fd)
		}
	})
	for _, address := range calls {
		for _, cpu := range t.onlineCPUs() {
			fd, err := countArrivals(address, cpu)
			if err != nil {
				return nil, fmt.Errorf("count how often CPU %d comes to %#x: %w", cpu, address, err)
			}
			counters = append(counters, fd)
		}
	}
	return func() (sum int) {
		for _, fd := range counters {
			var count [8]byte
			_, err := unix.Read(fd, count[:])
			t.Check(err, "read a breakpoint's count")
			sum += int(endian.LittleEndian.Uint64(count[:]))
		}
		return sum
	}, nil
}

// countArrivals opens a counter of how often a CPU executes the instruction at an address of the kernel: a breakpoint of
// the processor, of which it has four.
func countArrivals(address uint64, cpu int) (fd int, err error) {
	const executed, length = 4, 8 // HW_BREAKPOINT_X; the kernel demands sizeof(long)
	return unix.PerfEventOpen(&unix.PerfEventAttr{
		Type: unix.PERF_TYPE_BREAKPOINT, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Bp_type: executed, Ext1: address, Ext2: length,
	}, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
}

// ringLockCalls returns the addresses in reserveFunction where it calls ringSlowPath; none if the kernel has no such function.
func ringLockCalls() ([]uint64, error) {
	symbols, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		return nil, err
	}
	target, _, found := symbolRange(string(symbols), ringSlowPath)
	if !found {
		return nil, nil
	}
	start, end, found := symbolRange(string(symbols), reserveFunction)
	if !found {
		return nil, fmt.Errorf("the kernel has no function %s", reserveFunction)
	}
	code, err := kernelCode(start, end)
	if err != nil {
		return nil, fmt.Errorf("read the code of %s: %w", reserveFunction, err)
	}
	calls := callsOf(code, start, target)
	if len(calls) == 0 {
		return nil, fmt.Errorf("%s has no call of %s", reserveFunction, ringSlowPath)
	}
	return calls, nil
}

// symbolRange returns where a function is, by the text of /proc/kallsyms: it ends where the next symbol begins.
func symbolRange(symbols, name string) (start, end uint64, found bool) {
	var addresses []uint64
	for _, line := range strings.Split(symbols, "\n") {
		fields := strings.Fields(line)
		if len(fields) != 3 { // a module's symbols have four
			continue
		}
		address, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil {
			continue
		}
		addresses = append(addresses, address)
		if fields[2] == name {
			start, found = address, true
		}
	}
	slices.Sort(addresses)
	for _, address := range addresses {
		if address > start {
			return start, address, found
		}
	}
	return start, start, false
}

// kernelCode reads the running kernel's memory.
func kernelCode(start, end uint64) ([]byte, error) {
	core, err := elf.Open("/proc/kcore")
	if err != nil {
		return nil, err
	}
	defer core.Close()
	for _, part := range core.Progs {
		if part.Type == elf.PT_LOAD && part.Vaddr <= start && end <= part.Vaddr+part.Memsz {
			code := make([]byte, end-start)
			_, err := part.ReadAt(code, int64(start-part.Vaddr))
			return code, err
		}
	}
	return nil, fmt.Errorf("/proc/kcore has no memory at %#x", start)
}

// callsOf finds the calls of a function in x86 code that is at an address, and returns their addresses.
func callsOf(code []byte, at, target uint64) (calls []uint64) {
	const opcode, size = 0xe8, 5 // call rel32, which is relative to the next instruction
	for i := 0; i+size <= len(code); i++ {
		if code[i] == opcode && at+uint64(i)+size+uint64(int64(int32(endian.LittleEndian.Uint32(code[i+1:])))) == target {
			calls = append(calls, at+uint64(i))
		}
	}
	return calls
}
