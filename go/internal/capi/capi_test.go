//go:build cgo && linux

package capi

import (
	"strings"
	"syscall"
	"testing"
)

func TestLibrary(t *testing.T) {
	if v := ABIVersion(); v>>16 != ABIMajor || v&0xffff < ABIMinor {
		t.Errorf("the library's ABI is %d.%d, the header's %d.%d", v>>16, v&0xffff, ABIMajor, ABIMinor)
	}
	if Version() == "" || Strerror(-int32(syscall.EBUSY)) == "" {
		t.Error("the library has no version, or no text for an errno")
	}
	d := Defaults()
	if d.Flags&OptionBuiltinIdle == 0 || d.TimeoutMS == 0 || d.SliceNS == 0 || d.SliceMaxNS < d.SliceNS || d.QueuedBytes == 0 || d.DecisionsBytes == 0 {
		t.Errorf("Defaults() = %+v", d)
	}
}

func TestOpenRefuses(t *testing.T) {
	o := Defaults()
	o.Name = "bad!"
	h, status, text := Open(o)
	if h != nil || status != -int32(syscall.EINVAL) || !strings.Contains(text, "name") {
		t.Errorf("Open() with a bad name = %v, %d, %q", h, status, text)
	}
	if Live() != 0 {
		t.Errorf("%d handles are open", Live())
	}
}

// Arrays may be a part of an object that has pointers.
func TestArraysWithinObjects(t *testing.T) {
	type object struct {
		pointer   *int
		tasks     [2]Task
		decisions [2]Decision
		requests  [2]CPURequest
	}
	var h Handle
	o := &object{pointer: new(int)}
	refused := -int32(syscall.EINVAL)
	if _, status := h.Receive(o.tasks[:]); status != refused {
		t.Errorf("Receive() = %d", status)
	}
	if _, status := h.ReceiveWait(o.tasks[:], 0); status != refused {
		t.Errorf("ReceiveWait() = %d", status)
	}
	if _, status := h.Dispatch(o.decisions[:]); status != refused {
		t.Errorf("Dispatch() = %d", status)
	}
	if status := h.SelectCPUs(o.requests[:]); status != refused {
		t.Errorf("SelectCPUs() = %d", status)
	}
}

// The library refuses a NULL handle, and the call allocates nothing.
func TestCallsDoNotAllocate(t *testing.T) {
	var h Handle
	tasks, decisions, requests := make([]Task, 4), make([]Decision, 4), make([]CPURequest, 4)
	refused := -int32(syscall.EINVAL)
	check := func(op string, status int32) {
		if status != refused {
			t.Errorf("%s with NULL = %d, want %d", op, status, refused)
		}
	}
	if n := testing.AllocsPerRun(10, func() {
		_, status := h.Receive(tasks)
		check("receive", status)
		_, status = h.Dispatch(decisions)
		check("dispatch", status)
		_, status = h.SelectCPU(1, -1)
		check("select_cpu", status)
		check("select_cpus", h.SelectCPUs(requests))
		_, status = h.Stats()
		check("stats_read", status)
		_, status = h.ReceiveWait(tasks, 0)
		check("receive_wait", status)
		check("wake", h.Wake())
	}); n != 0 {
		t.Errorf("allocations = %v, want 0", n)
	}
}
