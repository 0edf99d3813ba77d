package scxtest

import (
	"errors"
	"fmt"
	"time"
)

// Workload is a number of tasks that do the same. Make one with [Hog], [Sleeper],
// [PingPong] or [ForkStorm] and change it with its methods, which return a
// changed copy; or fill in the fields.
type Workload struct {
	// Name names the tasks, and the line of the report. A task's comm is the name,
	// or NAME-0, NAME-1 … if there are several, cut to 15 bytes. Two workloads of
	// a machine must not have the same name.
	Name string
	// Tasks is how many there are at the start. Default 1.
	Tasks int
	// Weight is the weight of each task, 1 to 10000. Default 100, which is nice 0.
	Weight uint64
	// CPUs are the CPUs that the tasks may use. Default: all.
	CPUs []int
	// Start is when the tasks start, since the start of the simulation.
	Start time.Duration
	// OneProcess makes the tasks threads of one process: they have the same TGID.
	OneProcess bool
	// Group is the path of their cgroup. Default: the root. It must exist when they start: see
	// Config.Groups.
	Group string
	// CgroupID is the cgroup in their records while they are in the root. Default 1.
	CgroupID uint64
	// New returns the behavior of a task, by its number in the workload.
	New func(index int) Behavior
}

// Hog is n tasks, called hog, that compute and never sleep.
func Hog(n int) Workload {
	forever := BehaviorFunc(func(*Thread) Action { return Compute(Forever) })
	return Workload{Name: "hog", Tasks: n, New: func(int) Behavior { return forever }}
}

// Sleeper is n tasks, called sleeper, that sleep and compute in turns, for times
// from these distributions. Each begins with a part of a sleep, so that they do
// not wake in step.
func Sleeper(n int, compute, sleep Dist) Workload {
	return Workload{Name: "sleeper", Tasks: n, New: func(int) Behavior {
		return &sleeper{compute: compute, sleep: sleep}
	}}
}

type sleeper struct {
	compute, sleep Dist
	begun, rested  bool
}

func (s *sleeper) Next(t *Thread) Action {
	if !s.begun {
		s.begun, s.rested = true, true
		return Sleep(Uniform(0, s.sleep(t.Rand()))(t.Rand()))
	}
	s.rested = !s.rested
	if s.rested {
		return Sleep(s.sleep(t.Rand()))
	}
	return Compute(s.compute(t.Rand()))
}

// PingPong is n pairs of tasks, called pingpong, that wake each other in turns: one
// computes, wakes the other and waits.
func PingPong(n int, compute Dist) Workload {
	return Workload{Name: "pingpong", Tasks: 2 * n, New: func(index int) Behavior {
		return &player{compute: compute, step: 1 - index%2} // one serves, the other waits
	}}
}

type player struct {
	compute Dist
	step    int
}

func (p *player) Next(t *Thread) Action {
	step := p.step % 3
	p.step++
	switch step {
	case 0:
		return Wait()
	case 1:
		return Compute(p.compute(t.Rand()))
	}
	return Wake(t.Peer(t.Index() ^ 1))
}

// ForkStorm is n tasks, called forkstorm, each of which forks a child, waits for
// it to finish and begins anew. The children, called forked, compute and exit.
func ForkStorm(n int, compute Dist) Workload {
	child := &Workload{Name: "forked", New: func(int) Behavior { return &forked{compute: compute} }}
	return Workload{Name: "forkstorm", Tasks: n, New: func(int) Behavior {
		waits := true
		return BehaviorFunc(func(*Thread) Action {
			if waits = !waits; waits {
				return Wait()
			}
			return Fork(child)
		})
	}}
}

type forked struct {
	compute Dist
	step    int
}

func (f *forked) Next(t *Thread) Action {
	f.step++
	switch f.step {
	case 1:
		return Compute(f.compute(t.Rand()))
	case 2:
		return Wake(t.Parent())
	}
	return Exit()
}

// Named returns the workload under another name.
func (w Workload) Named(name string) Workload {
	w.Name = name
	return w
}

// WithWeight returns the workload with this weight for each task: 1 to 10000.
func (w Workload) WithWeight(weight uint64) Workload {
	w.Weight = weight
	return w
}

// WithNice returns the workload with the weight of this nice value, -20 to 19.
func (w Workload) WithNice(nice int) Workload {
	w.Weight = NiceWeight(nice)
	return w
}

// On returns the workload with its tasks bound to these CPUs.
func (w Workload) On(cpus ...int) Workload {
	w.CPUs = cpus
	return w
}

// In returns the workload with its tasks in the group with this path.
func (w Workload) In(path string) Workload {
	w.Group = path
	return w
}

// From returns the workload with its tasks starting at this time.
func (w Workload) From(start time.Duration) Workload {
	w.Start = start
	return w
}

// sched_ext's weights of nice 0 to 19 and 0 to -20: the kernel's own, in which
// nice 0 is 1024, scaled to 100 and rounded.
var (
	gentle = [...]uint64{100, 80, 64, 51, 41, 33, 27, 21, 17, 13, 11, 8, 7, 5, 4, 4, 3, 2, 2, 1}
	rude   = [...]uint64{100, 125, 155, 194, 244, 305, 381, 479, 596, 744, 932,
		1164, 1460, 1827, 2271, 2847, 3544, 4519, 5516, 7007, 8668}
)

// NiceWeight returns the weight that a task with this nice value has in its
// records: 100 for nice 0, 8668 for -20, 1 for 19. A value out of this range
// counts as the nearest one.
func NiceWeight(nice int) uint64 {
	if nice < 0 {
		return rude[min(-nice, len(rude)-1)]
	}
	return gentle[min(nice, len(gentle)-1)]
}

func (w *Workload) check(cpus int) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("scxtest: workload %q: %s", w.Name, fmt.Sprintf(format, args...))
	}
	switch {
	case w.Name == "":
		return errors.New("scxtest: a workload has no name")
	case w.Tasks < 0 || w.Tasks > maxTasks:
		return fail("%d tasks: must be 1 to %d", w.Tasks, maxTasks)
	case w.Weight > 10000:
		return fail("weight %d: must be 1 to 10000", w.Weight)
	case w.Start < 0:
		return fail("starts at %v: must not be negative", w.Start)
	case w.New == nil:
		return fail("has no behavior: set New")
	}
	for _, cpu := range w.CPUs {
		if cpu < 0 || cpu >= cpus {
			return fail("CPU %d does not exist: the machine has 0 to %d", cpu, cpus-1)
		}
	}
	return nil
}
