package main

import (
	"debug/elf"
	endian "encoding/binary"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Waits for the lock of a ring of records. The kernel takes it in reserveFunction; since 6.16 it is a lock whose slow path
// allows no probe, so the probes are at the calls of it.
const (
	reserveFunction = "__bpf_ringbuf_reserve"
	ringSlowPath    = "resilient_queued_spin_lock_slowpath"
	ringEvent       = tracefs + "/events/scxbridge/ring"
	ringHistogram   = "hist:keys=common_cpu:size=1024"
)

// countRingWaits starts counting, and returns a function that reads the count so far. It returns nil on kernels where
// the lock is an ordinary one: countLockWaits counts those waits too.
func (t *T) countRingWaits() (read func() int, err error) {
	calls, err := ringLockCalls()
	if len(calls) == 0 || err != nil {
		return nil, err
	}
	for _, offset := range calls {
		probe := fmt.Sprintf("p:scxbridge/ring %s+%d", reserveFunction, offset)
		if err := appendTo(tracefs+"/kprobe_events", probe); err != nil {
			return nil, fmt.Errorf("probe waits for a ring's lock with %q: %w", probe, err)
		}
	}
	t.Cleanup(func() { t.Check(appendTo(tracefs+"/kprobe_events", "-:scxbridge/ring"), "remove the probe") })
	if err := appendTo(ringEvent+"/trigger", ringHistogram); err != nil {
		return nil, fmt.Errorf("count waits for a ring's lock: %w", err)
	}
	t.Cleanup(func() { t.Check(appendTo(ringEvent+"/trigger", "!"+ringHistogram), "end counting") })
	return func() int { return sumHits(t.read(ringEvent + "/hist")) }, nil
}

// ringLockCalls returns the offsets in reserveFunction where it calls ringSlowPath; none if the kernel has no such function.
func ringLockCalls() ([]int, error) {
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

// callsOf finds the calls of a function in x86 code that is at an address, and returns their offsets.
func callsOf(code []byte, at, target uint64) (offsets []int) {
	const opcode, size = 0xe8, 5 // call rel32, which is relative to the next instruction
	for i := 0; i+size <= len(code); i++ {
		if code[i] == opcode && at+uint64(i)+size+uint64(int64(int32(endian.LittleEndian.Uint32(code[i+1:])))) == target {
			offsets = append(offsets, i)
		}
	}
	return offsets
}

var hitCount = regexp.MustCompile(`hitcount: +(\d+)`)

// sumHits sums the counts of a histogram.
func sumHits(histogram string) (sum int) {
	for _, entry := range hitCount.FindAllStringSubmatch(histogram, -1) {
		n, _ := strconv.Atoi(entry[1])
		sum += n
	}
	return sum
}
