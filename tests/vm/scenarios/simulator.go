package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

var _ = register(Scenario{
	Name:    "simulator_agrees",
	Doc:     "the same policy and load in this kernel and in the simulator (scxtest): the same order, and the same shares",
	Timeout: 400,
	run: func(t *T) {
		sameOrder(t)
		sameRotation(t)
		sameShares(t)
	},
})

// sameOrder has a policy order tasks that wait for one CPU.
func sameOrder(t *T) {
	woken := []int{3, 5, 0, 4, 1, 2}
	want := simulatedOrder(t, woken)
	t.Logf("simulated order: %v", want)

	tasks := make([]*task, orderTasks)
	for _, n := range woken {
		tasks[n] = t.startTask("wait", fmt.Sprintf("ord-%d", n), "1")
	}
	p := &byName{held: map[int32]scx.Task{}}
	s := t.schedule(p, orderOptions())
	for good, round := 0, 0; good < 3; round++ {
		if round == 20 {
			t.Fatalf("only %d rounds without a rescue", good)
		}
		for _, task := range tasks {
			t.Await(time.Minute, "the task sleeps", task.sleeps)
		}
		p.forget()
		before := s.stats()
		for _, n := range woken {
			tasks[n].in.Write([]byte{'x'})
		}
		ran := make([]int64, orderTasks)
		got := make([]string, orderTasks)
		for n, task := range tasks {
			if !task.out.Scan() {
				t.Fatalf("the task ord-%d ended", n)
			}
			ran[n], _ = strconv.ParseInt(task.out.Text(), 10, 64)
			got[n] = fmt.Sprintf("ord-%d", n)
		}
		if rescued := s.stats().Sub(before).Rescued; rescued != 0 {
			t.Logf("round %d does not count: %d rescued on a slow machine", round, rescued)
			continue
		}
		slices.SortFunc(got, func(a, b string) int {
			return int(ran[a[len(a)-1]-'0'] - ran[b[len(b)-1]-'0'])
		})
		if !slices.Equal(got, want) {
			t.Errorf("the kernel's order is %v, the simulator's %v", got, want)
		}
		good++
	}
	s.stop()
}

// orderOptions: held tasks must not be rescued.
func orderOptions() scx.RunOptions {
	return scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Grace: time.Second, Slice: 20 * time.Millisecond}}
}

func simulatedOrder(t *T, woken []int) []string {
	var rec scxtest.Recorder
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2, Options: orderOptions().Options, Trace: rec.Record, WaitBound: time.Minute})
	m.Add(
		scxtest.Workload{Name: "ord", Tasks: orderTasks, CPUs: []int{1}, New: func(int) scxtest.Behavior {
			waits := false
			return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action {
				if waits = !waits; waits {
					return scxtest.Wait()
				}
				return scxtest.Compute(time.Millisecond)
			})
		}},
		// The pids of the others are 1 to 6.
		scxtest.Workload{Name: "waker", Start: time.Second, New: func(int) scxtest.Behavior {
			n := 0
			return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action {
				if n == len(woken) {
					return scxtest.Exit()
				}
				n++
				return scxtest.Wake(int32(1 + woken[n-1]))
			})
		}},
	)
	r, err := m.Run(&byName{held: map[int32]scx.Task{}}, 2*time.Second)
	t.Check(err, "simulate")
	t.Check(r.Err(), "simulate")
	var order []string
	for span := range rec.Spans() {
		if span.From >= time.Second && strings.HasPrefix(span.Name, "ord-") {
			order = append(order, span.Name)
		}
	}
	if len(order) != orderTasks {
		t.Fatalf("the simulator ran %v", order)
	}
	return order
}

const (
	rotationHogs  = "012" // "hog 0" is the first
	rotations     = 60
	rotationSlice = 40 * time.Millisecond
)

// strict gives the threads "hog 0", "hog 1" and "hog 2" a strict order on their CPU, and notes the
// order of their records. Such a record means that the task has run until its slice ended.
type strict struct {
	decideEach
	seen  string
	order []byte
	full  chan struct{} // closed when order is complete
}

func newStrict() *strict {
	p := &strict{order: make([]byte, 0, rotations), full: make(chan struct{})}
	p.decide = func(task *scx.Task) scx.Decision {
		name := task.Name()
		if len(name) != len("hog 0") || !strings.HasPrefix(name, "hog ") {
			return p.firstCome(task, scx.PickIdle)
		}
		p.note(name[4:])
		d := task.Decide(1)
		d.VTime, d.SliceNS = uint64(name[4]), uint64(rotationSlice)
		return d
	}
	return p
}

func (p *strict) note(hog string) {
	switch {
	case !strings.Contains(p.seen, hog):
		p.seen += hog
	case len(p.seen) < len(rotationHogs) || len(p.order) == rotations:
	default:
		if p.order = append(p.order, hog...); len(p.order) == rotations {
			close(p.full)
		}
	}
}

// sameRotation has three hogs on one CPU under strict priorities. A CPU looks for its next task
// before the one that ran is parked: so the first two take turns, and the third waits.
func sameRotation(t *T) {
	opts := scx.Options{Grace: time.Second}
	p := newStrict()
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2, Options: opts})
	for _, hog := range rotationHogs {
		m.Add(scxtest.Hog(1).Named("hog " + string(hog)).On(1))
	}
	r, err := m.Run(p, 10*time.Second)
	t.Check(err, "simulate")
	follows := map[string]bool{}
	for i := range p.order[1:] {
		follows[string(p.order[i:i+2])] = true
	}
	t.Logf("simulated: %s", p.order)
	if len(p.order) != rotations || len(follows) == 0 || r.Stats.Rescued != 0 {
		t.Fatalf("the simulator ran %s:\n%v", p.order, r)
	}

	for try := 1; ; try++ {
		p := newStrict()
		s := t.schedule(p, scx.RunOptions{Options: opts})
		hogs := t.load("hog", "--threads", strconv.Itoa(len(rotationHogs)), "--cpu", "1", "--seconds", "1000")
		select {
		case <-p.full:
		case <-time.After(time.Minute):
			t.Fatalf("the hogs do not run")
		}
		s.stop()
		hogs.kill()
		agree := 0
		for i := range p.order[1:] {
			if follows[string(p.order[i:i+2])] {
				agree++
			}
		}
		t.Logf("in the kernel: %s: %d of %d as simulated", p.order, agree, rotations-1)
		// Where the agent is late, the third one has its turn: on a busy host that happens.
		if agree >= rotations*8/10 {
			return
		}
		if try == 5 {
			t.Fatalf("five times, the kernel's order is not the simulator's")
		}
	}
}

// shareHogs are the nice values of the hogs.
var shareHogs = []int{-5, 0, 0, 0, 3, 8}

// sameShares has hogs of several weights under the policy vruntime.
func sameShares(t *T) {
	want := simulatedShares(t)
	s := t.schedule(t.vruntime(), scx.RunOptions{})
	hogs := make([]*process, len(shareHogs))
	for i, nice := range shareHogs {
		hogs[i] = t.load("hog", "--nice", strconv.Itoa(nice), "--threads", "1", "--seconds", "1000")
	}
	for i, hog := range hogs {
		t.Await(time.Minute, "the hog computes", func() bool { return hog.cpuTime(t) > 200*time.Millisecond })
		t.Logf("hog %d runs", i)
	}
	// Other loads on the host stretch time here; one quiet run of five will do.
	for try := 1; ; try++ {
		began := make([]time.Duration, len(hogs))
		for i, hog := range hogs {
			began[i] = hog.cpuTime(t)
		}
		before := s.stats()
		times := make([]float64, len(hogs))
		var all float64
		t.Await(2*time.Minute, "the hogs got 10 s of CPU time", func() bool {
			all = 0
			for i, hog := range hogs {
				times[i] = float64(hog.cpuTime(t) - began[i])
				all += times[i]
			}
			return all > float64(10*time.Second)
		})
		agree := true
		for i := range times {
			got := times[i] / all
			agree = agree && math.Abs(got-want[i]) <= shareTolerance*want[i]+shareSlack
			t.Logf("nice %d: share %.3f in the kernel, %.3f in the simulator", shareHogs[i], got, want[i])
		}
		st := s.stats().Sub(before)
		t.Logf("%d dispatched, %d rescued", st.Dispatched, st.Rescued)
		if agree {
			break
		}
		if try == 5 {
			t.Fatalf("five times, a share differs by more than %v of itself and %v", shareTolerance, shareSlack)
		}
	}
	s.stop()
}

// By how much a share in the kernel may differ from the simulator's: a part of it, and
// a little, for the machine does other things too. From the heaviest to the lightest hog
// shares differ by a factor of 18.
const (
	shareTolerance = 0.15
	shareSlack     = 0.015
)

func simulatedShares(t *T) []float64 {
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2})
	for i, nice := range shareHogs {
		m.Add(scxtest.Hog(1).Named(fmt.Sprintf("hog%d", i)).WithNice(nice))
	}
	r, err := m.Run(t.vruntime(), 20*time.Second)
	t.Check(err, "simulate")
	t.Check(r.Err(), "simulate")
	t.Logf("simulated:\n%v", r)
	var shares []float64
	for i := range r.Tasks {
		shares = append(shares, r.Tasks[i].Share)
	}
	return shares
}

func (t *T) vruntime() scx.Policy {
	p, err := policy.NewVRuntime(policy.VRuntimeOptions{})
	t.Check(err, "make the policy")
	return p
}

// cpuTime is the CPU time of all its threads, as the kernel counts it.
func (p *process) cpuTime(t *T) time.Duration {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	var sum time.Duration
	for _, thread := range threads {
		used, err := schedstatTime(thread)
		if threadEnded(err) {
			continue
		}
		t.Check(err, "read a thread's CPU time")
		sum += used
	}
	return sum
}
