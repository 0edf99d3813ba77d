package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// BPF programs and the kernel's counts for each, read with bpf(2): what `bpftool prog` shows.

const (
	bpfProgGetNextID  = 11
	bpfProgGetFDByID  = 13
	bpfObjGetInfoByFD = 15
)

// bpfProgInfo is the start of struct bpf_prog_info of linux/bpf.h.
type bpfProgInfo struct {
	_         [64]byte
	name      [16]byte
	_         [112]byte
	runTimeNS uint64
	runCnt    uint64
	_         uint64
	verified  uint32
	_         [4]byte
}

// programs are run times and counts by program id.
type programs map[uint32]program

type program struct {
	name string
	ns   uint64 // total
	runs uint64
	// How many instructions the verifier walked through.
	verified uint32
}

// countBPF turns the kernel's counting of BPF programs on or off. It slows each of them down.
func countBPF(on bool) error {
	text := "0"
	if on {
		text = "1"
	}
	return os.WriteFile("/proc/sys/kernel/bpf_stats_enabled", []byte(text), 0)
}

func readPrograms() (programs, error) {
	all := programs{}
	for id := uint32(0); ; {
		// start_id or prog_id, next_id, open_flags
		attr := [3]uint32{id}
		if _, err := bpf(bpfProgGetNextID, unsafe.Pointer(&attr), unsafe.Sizeof(attr)); errors.Is(err, unix.ENOENT) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("next BPF program after %d: %w", id, err)
		}
		id = attr[1]
		p, err := readProgram(id)
		if errors.Is(err, unix.ENOENT) {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("BPF program %d: %w", id, err)
		}
		all[id] = p
	}
}

func readProgram(id uint32) (program, error) {
	attr := [3]uint32{id}
	fd, err := bpf(bpfProgGetFDByID, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	if err != nil {
		return program{}, err
	}
	defer unix.Close(fd)
	info := new(bpfProgInfo)
	var pinner runtime.Pinner // info's address is passed as a number
	pinner.Pin(info)
	defer pinner.Unpin()
	query := struct {
		fd, size uint32
		info     uint64
	}{uint32(fd), uint32(unsafe.Sizeof(*info)), uint64(uintptr(unsafe.Pointer(info)))}
	if _, err := bpf(bpfObjGetInfoByFD, unsafe.Pointer(&query), unsafe.Sizeof(query)); err != nil {
		return program{}, err
	}
	return program{name: unix.ByteSliceToString(info.name[:]), ns: info.runTimeNS, runs: info.runCnt, verified: info.verified}, nil
}

func bpf(command uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	n, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(attr), size)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// since returns, by name, the programs that ran since then, with their counts since then.
func (p programs) since(then programs) map[string]program {
	ran := map[string]program{}
	for id, now := range p {
		before := then[id]
		if now.runs == before.runs {
			continue
		}
		sum := ran[now.name]
		ran[now.name] = program{name: now.name, ns: sum.ns + now.ns - before.ns, runs: sum.runs + now.runs - before.runs}
	}
	return ran
}
