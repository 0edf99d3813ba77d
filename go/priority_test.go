package scxbridge

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// asked holds the arguments of the last call of the fake.
type asked struct {
	pid     int32
	process bool
	level   uint32
	sliceNS uint64
	cpu     int32
}

var lastAsked asked

func (f *fake) PrioritySet(pid int32, level uint32, sliceNS uint64) int32 {
	defer f.leave()
	lastAsked = asked{pid: pid, level: level, sliceNS: sliceNS}
	return f.enter("priority")
}

func (f *fake) PriorityRemove(pid int32) int32 {
	defer f.leave()
	lastAsked = asked{pid: pid}
	return f.enter("priority")
}

func (f *fake) PrioritySetProcess(pid int32, level uint32, sliceNS uint64) int32 {
	defer f.leave()
	lastAsked = asked{pid: pid, process: true, level: level, sliceNS: sliceNS}
	return f.enter("priority")
}

func (f *fake) PriorityRemoveProcess(pid int32) int32 {
	defer f.leave()
	lastAsked = asked{pid: pid, process: true}
	return f.enter("priority")
}

func (f *fake) PreemptCPU(cpu int32) int32 {
	defer f.leave()
	lastAsked = asked{cpu: cpu}
	return f.enter("preempt")
}

func TestPriorities(t *testing.T) {
	s, f := openFake(t)
	if err := s.SetPriority(7, 12, time.Millisecond); err != nil || lastAsked != (asked{pid: 7, level: 12, sliceNS: 1e6}) {
		t.Errorf("set: %v, %+v", err, lastAsked)
	}
	if err := s.RemovePriority(8); err != nil || lastAsked != (asked{pid: 8}) {
		t.Errorf("remove: %v, %+v", err, lastAsked)
	}
	if err := s.SetProcessPriority(9, 3, 0); err != nil || lastAsked != (asked{pid: 9, process: true, level: 3}) {
		t.Errorf("set of a process: %v, %+v", err, lastAsked)
	}
	if err := s.RemoveProcessPriority(10); err != nil || lastAsked != (asked{pid: 10, process: true}) {
		t.Errorf("remove of a process: %v, %+v", err, lastAsked)
	}
	if err := s.PreemptCPU(3); err != nil || lastAsked != (asked{cpu: 3}) {
		t.Errorf("preempt: %v, %+v", err, lastAsked)
	}
	for _, err := range []error{
		s.SetPriority(1, -1, 0), s.SetPriority(1, 0, -1), s.SetPriority(1, 1<<40, 0), s.SetProcessPriority(1, -1, 0),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("nonsense: %v", err)
		}
	}
	f.statuses["priority"] = -int32(syscall.EOPNOTSUPP)
	if err := s.SetPriority(1, 0, 0); !errors.Is(err, ErrNotSupported) {
		t.Errorf("without kernel mode: %v", err)
	}
	f.statuses["priority"] = -int32(syscall.ESRCH)
	for _, err := range []error{s.SetPriority(1, 0, 0), s.RemovePriority(1), s.SetProcessPriority(1, 0, 0), s.RemoveProcessPriority(1)} {
		if !errors.Is(err, ErrNoSuchTask) {
			t.Errorf("of nobody: %v", err)
		}
	}
	s.Close()
	for _, err := range []error{
		s.SetPriority(1, 0, 0), s.RemovePriority(1), s.SetProcessPriority(1, 0, 0), s.RemoveProcessPriority(1), s.PreemptCPU(0),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("after close: %v", err)
		}
	}
}

func TestKernelModeIsAnOption(t *testing.T) {
	if DefaultOptions().KernelMode {
		t.Error("kernel mode is the default")
	}
	o := Options{KernelMode: true}
	if n, err := o.native(capi.Defaults()); err != nil || n.Flags&capi.OptionKernelMode == 0 {
		t.Errorf("%v, flags %#x", err, n.Flags)
	}
}
