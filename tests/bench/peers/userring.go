package main

/*
#include <bpf/libbpf.h>
#include <string.h>
*/
import "C"

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/scxbridge/scxbridge/tests/bench/internal/worker"
)

// userRing does what newer versions of libbpfgo offer for a user ring buffer: a
// goroutine takes samples from a channel, and reserves, copies and submits each
// with a call of C. The version in go.mod, the newest one whose checksum the
// public database has, lacks this.
type userRing struct {
	ring      *C.struct_user_ring_buffer
	samples   chan []byte
	sent      uint64
	submitted atomic.Uint64
}

func newUserRing(fd, room int) (*userRing, error) {
	ring, err := C.user_ring_buffer__new(C.int(fd), nil)
	if ring == nil {
		return nil, fmt.Errorf("open the ring of decisions: %w", err)
	}
	u := &userRing{ring: ring, samples: make(chan []byte, room)}
	go u.submitAll()
	return u, nil
}

func (u *userRing) submitAll() {
	for sample := range u.samples {
		size := len(sample)
		entry, err := C.user_ring_buffer__reserve(u.ring, C.uint(size))
		if entry == nil {
			worker.Check(fmt.Errorf("reserve a decision: %w", err))
		}
		C.memcpy(entry, unsafe.Pointer(unsafe.SliceData(sample)), C.size_t(size))
		C.user_ring_buffer__submit(u.ring, entry)
		u.submitted.Add(1)
	}
}

// settle waits until a fill of samples is in the ring.
func (u *userRing) settle() {
	u.sent += worker.Fill
	for u.submitted.Load() != u.sent {
		runtime.Gosched()
	}
}
