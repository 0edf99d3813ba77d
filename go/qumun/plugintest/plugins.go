// Package plugintest has plugins, and the main loop that runs one, for the tests of the package
// core. The plugins use a scheduler in the ways that plugins of github.com/Gthulhu/plugin do, so
// that what those rely on is tested without them.
package plugintest

import (
	"container/heap"
	"context"
	"sync"

	"github.com/Gthulhu/plugin/models"
	"github.com/Gthulhu/plugin/plugin"
	"github.com/Gthulhu/plugin/plugin/util"
	core "github.com/scxbridge/scxbridge/go/qumun"
)

// Modes of the plugins, as NewSchedulerPlugin knows them after Register.
const (
	Vtime    = "test-vtime"
	FIFO     = "test-fifo"
	Deadline = "test-deadline"
)

const (
	defaultSlice = 5_000_000 // ns
	poolLimit    = 4096
)

// Register adds the plugins to the register of plugins. Call it once.
func Register() error {
	for mode, make := range map[string]func(slice uint64) plugin.CustomScheduler{
		Vtime:    func(slice uint64) plugin.CustomScheduler { return &vtime{base: base{slice: slice}} },
		FIFO:     func(slice uint64) plugin.CustomScheduler { return &fifo{base: base{slice: slice}} },
		Deadline: func(slice uint64) plugin.CustomScheduler { return NewDeadline(slice) },
	} {
		err := plugin.RegisterNewPlugin(mode, func(_ context.Context, c *plugin.SchedConfig) (plugin.CustomScheduler, error) {
			slice := c.Scheduler.SliceNsDefault
			if slice == 0 {
				slice = defaultSlice
			}
			return make(slice), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// base has what the plugins share.
type base struct {
	slice uint64
}

func (base) SendMetrics(interface{}) {}

func (base) GetChangedStrategies() (changed, removed []util.SchedulingStrategy) { return nil, nil }

// A plugin that leaves the CPU and the slice alone.
func (base) SelectCPU(plugin.Sched, *models.QueuedTask) (error, int32) { return nil, core.RL_CPU_ANY }

func (b base) DetermineTimeSlice(plugin.Sched, *models.QueuedTask) uint64 { return b.slice }

// pooled is a task in a pool that is ordered by key, and by arrival among equal keys.
type pooled struct {
	task    *models.QueuedTask
	key     uint64
	arrival uint64
}

// pool is a heap of tasks.
type pool struct {
	tasks   []pooled
	arrived uint64
}

func (p *pool) Len() int      { return len(p.tasks) }
func (p *pool) Swap(i, j int) { p.tasks[i], p.tasks[j] = p.tasks[j], p.tasks[i] }
func (p *pool) Push(x any)    { p.tasks = append(p.tasks, x.(pooled)) }
func (p *pool) Pop() any {
	last := p.tasks[len(p.tasks)-1]
	p.tasks = p.tasks[:len(p.tasks)-1]
	return last
}

func (p *pool) Less(i, j int) bool {
	a, b := &p.tasks[i], &p.tasks[j]
	if a.key != b.key {
		return a.key < b.key
	}
	return a.arrival < b.arrival
}

func (p *pool) add(t *models.QueuedTask, key uint64) {
	p.arrived++
	heap.Push(p, pooled{task: t, key: key, arrival: p.arrived})
}

func (p *pool) first() *models.QueuedTask {
	if len(p.tasks) == 0 {
		return nil
	}
	return heap.Pop(p).(pooled).task
}

// fifo runs tasks as they come, and gives none a Vtime.
type fifo struct {
	base
	tasks []*models.QueuedTask
}

func (f *fifo) DrainQueuedTask(s plugin.Sched) (n int) {
	for ; ; n++ {
		t := new(models.QueuedTask)
		if s.DequeueTask(t); t.Pid <= 0 {
			return n
		}
		f.tasks = append(f.tasks, t)
	}
}

func (f *fifo) SelectQueuedTask(plugin.Sched) *models.QueuedTask {
	if len(f.tasks) == 0 {
		return nil
	}
	t := f.tasks[0]
	f.tasks = f.tasks[1:]
	return t
}

func (f *fifo) GetPoolCount() uint64 { return uint64(len(f.tasks)) }

// vtime runs tasks in the order of their Vtime; a sleeper keeps at most one slice of credit.
type vtime struct {
	base
	pool
	now uint64
}

func (v *vtime) DrainQueuedTask(s plugin.Sched) (n int) {
	for ; ; n++ {
		t := new(models.QueuedTask)
		if s.DequeueTask(t); t.Pid <= 0 {
			return n
		}
		t.Vtime += (t.StopTs - t.StartTs) * 100 / t.Weight
		if v.now > v.slice {
			t.Vtime = max(t.Vtime, v.now-v.slice)
		}
		t.Vtime = max(t.Vtime, 1)
		v.add(t, t.Vtime)
	}
}

func (v *vtime) SelectQueuedTask(plugin.Sched) *models.QueuedTask {
	t := v.first()
	if t != nil {
		v.now = max(v.now, t.Vtime)
	}
	return t
}

func (v *vtime) GetPoolCount() uint64 { return uint64(v.Len()) }

// DeadlinePlugin runs tasks by virtual deadlines, selects their CPUs, and obeys strategies, which
// are set by the pid of a task or of its process.
type DeadlinePlugin struct {
	slice uint64
	pool  pool
	now   uint64

	mu         sync.Mutex
	strategies map[int32]util.SchedulingStrategy
}

// NewDeadline returns a DeadlinePlugin with a slice of this many ns.
func NewDeadline(slice uint64) *DeadlinePlugin { return &DeadlinePlugin{slice: slice} }

// SetStrategies replaces all strategies.
func (d *DeadlinePlugin) SetStrategies(strategies ...util.SchedulingStrategy) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.strategies = map[int32]util.SchedulingStrategy{}
	for _, st := range strategies {
		d.strategies[int32(st.PID)] = st
	}
}

func (d *DeadlinePlugin) strategy(t *models.QueuedTask) util.SchedulingStrategy {
	d.mu.Lock()
	defer d.mu.Unlock()
	if st, there := d.strategies[t.Pid]; there {
		return st
	}
	return d.strategies[t.Tgid]
}

// DrainQueuedTask fills the pool up to a limit. It ends the drain when it has drained as many tasks
// as are queued, and then drops the task that it just took.
func (d *DeadlinePlugin) DrainQueuedTask(s plugin.Sched) (n int) {
	for ; d.pool.Len() < poolLimit; n++ {
		t := new(models.QueuedTask)
		if s.DequeueTask(t); t.Pid == -1 || uint64(n) == s.GetNrQueued() {
			return n
		}
		if d.strategy(t).Priority > 0 {
			t.Vtime = 0
			d.pool.add(t, 0)
			continue
		}
		ran := (t.StopTs - t.StartTs) * 100 / t.Weight
		t.Vtime += ran
		if d.now > d.slice {
			t.Vtime = max(t.Vtime, d.now-d.slice)
		}
		t.Vtime = max(t.Vtime, d.slice*100/t.Weight)
		d.now += ran
		d.pool.add(t, t.Vtime+min(t.SumExecRuntime, 100*d.slice))
	}
	return n
}

// SelectQueuedTask returns the task with the earliest deadline.
func (d *DeadlinePlugin) SelectQueuedTask(plugin.Sched) *models.QueuedTask { return d.pool.first() }

// SelectCPU asks the scheduler.
func (d *DeadlinePlugin) SelectCPU(s plugin.Sched, t *models.QueuedTask) (error, int32) {
	return s.DefaultSelectCPU(t)
}

// DetermineTimeSlice returns the strategy's slice, or 0.
func (d *DeadlinePlugin) DetermineTimeSlice(_ plugin.Sched, t *models.QueuedTask) uint64 {
	return d.strategy(t).ExecutionTime
}

// GetPoolCount returns how many tasks wait here.
func (d *DeadlinePlugin) GetPoolCount() uint64 { return uint64(d.pool.Len()) }

// SendMetrics does nothing.
func (d *DeadlinePlugin) SendMetrics(interface{}) {}

// GetChangedStrategies returns nothing.
func (d *DeadlinePlugin) GetChangedStrategies() (changed, removed []util.SchedulingStrategy) {
	return nil, nil
}
