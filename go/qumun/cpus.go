package core

import (
	"errors"
	"fmt"

	"github.com/Gthulhu/plugin/models"
	scx "github.com/scxbridge/scxbridge/go"
)

// DefaultSelectCPU returns an idle CPU for the task, close to t.Cpu, and marks it busy, or
// RL_CPU_ANY if none is idle or the task is gone. It is one system call; but after it found no
// idle CPU for a task that may use all CPUs, it returns RL_CPU_ANY for other such tasks without a
// system call, until the dispatched decisions are carried out. A CPU that goes idle meanwhile is
// woken for the shared queue. An error means that the scheduler is not attached, has ended or is
// closed.
func (s *Sched) DefaultSelectCPU(t *models.QueuedTask) (error, int32) {
	k := s.kernel()
	if k == nil {
		return errNotStarted, 0
	}
	nrCPUs := s.nrCPUs.Load()
	anywhere := nrCPUs != 0 && t.NrCpusAllowed >= nrCPUs
	if anywhere && s.out.noneIdle.Load() {
		return nil, RL_CPU_ANY
	}
	switch cpu, err := k.SelectCPU(t.Pid, max(t.Cpu, -1)); {
	case err == nil:
		return nil, cpu
	case errors.Is(err, scx.ErrNoIdleCPU):
		if anywhere {
			s.out.noneIdle.Store(true)
		}
		return nil, RL_CPU_ANY
	case errors.Is(err, scx.ErrNoSuchTask):
		return nil, RL_CPU_ANY
	default:
		return fmt.Errorf("qumun: select a CPU for task %d: %w", t.Pid, err), 0
	}
}

// EnableSiblingCpu changes nothing: the kernel selects idle CPUs, and knows the caches. It fails
// for a level other than 2 and 3 and for a negative CPU.
func (s *Sched) EnableSiblingCpu(lvlId, cpuId, siblingCpuId int32) error {
	if lvlId != 2 && lvlId != 3 || cpuId < 0 || siblingCpuId < 0 {
		return fmt.Errorf("qumun: CPUs %d and %d cannot share a cache of level %d", cpuId, siblingCpuId, lvlId)
	}
	return nil
}

// PreemptCpu preempts what runs on a CPU, which then picks a task anew. It fails if there is no
// such CPU, or the scheduler is not attached, has ended or is closed.
func (s *Sched) PreemptCpu(cpuId int32) error {
	k := s.kernel()
	if k == nil {
		return errNotStarted
	}
	if err := k.PreemptCPU(cpuId); err != nil {
		return fmt.Errorf("qumun: preempt CPU %d: %w", cpuId, err)
	}
	return nil
}
