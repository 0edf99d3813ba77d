package main

import (
	"errors"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "stopped",
	Doc:  "SIGSTOP of the agent for 11 s, twice what the watchdog waits, under hogs, a fork storm and sleepers: nothing stops, decisions resume",
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle")
		t.hogs(2)
		t.forkstorm(2)
		// A sleeper measures how long tasks wait, first with the agent running.
		sleeper := func(seconds string) time.Duration {
			waited := t.sleeper("--period-us", "20000", "--seconds", seconds)
			t.Logf("a sleeper waited %v", waited)
			return waited.p99
		}
		running := sleeper("4")
		agent.signal(syscall.SIGSTOP)
		stopped := time.Now()
		worst := sleeper("10")
		for time.Since(stopped) < 11*time.Second {
			t.forks(1, 2)
		}
		t.expectState("enabled")
		agent.signal(syscall.SIGCONT)
		t.ErrorIf(worst > running+100*time.Millisecond,
			"p99 of waiting was %v with the agent stopped, %v with it running", worst, running)
		t.forks(2, 20)
		if st := agent.stopAfter(100); st.Rescued < 100 {
			t.Errorf("only %d were rescued", st.Rescued)
		}
	},
})

var _ = register(Scenario{
	Name: "killed",
	Doc:  "SIGKILL of the agent: the kernel's scheduler is active at once, and all work finishes",
	run: func(t *T) {
		// The best of several times: other loads on the host stretch them.
		best := time.Minute
		for range 5 {
			agent := t.goland()
			load := t.load("messages", "--groups", "2", "--count", "100")
			killed := time.Now()
			agent.kill()
			t.awaitDisabled()
			best = min(best, time.Since(killed))
			load.succeed(2 * time.Minute)
		}
		t.Logf("after at best %v the kernel's scheduler was active", best)
		t.ErrorIf(best > time.Second, "it took more than a second each time")
	},
})

// twice makes each decision twice.
type twice struct{ *decideEach }

func (p *twice) Enqueue(tasks []scx.Task) {
	p.decideEach.Enqueue(tasks)
	p.decideEach.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "decides_twice",
	Doc:  "an agent that dispatches each task twice: the second decision is stale, counted and harmless",
	run: func(t *T) {
		s := t.schedule(&twice{newFirstCome()}, parkAll)
		t.messages(1, 100)
		if st := s.stop(); st.Stale < st.Dispatched || st.Decisions < 2*st.Dispatched {
			t.Errorf("%d decisions, %d dispatched, %d stale", st.Decisions, st.Dispatched, st.Stale)
		}
	},
})

// fuzzer usually answers a task with a correct decision, and adds random ones.
type fuzzer struct {
	decideEach
	random *rand.Rand
	last   scx.Decision
}

func (p *fuzzer) mangle(d scx.Decision) scx.Decision {
	r := p.random
	for n := r.IntN(4); n > 0; n-- {
		switch r.IntN(6) {
		case 0:
			d.PID = int32(r.Uint32())
		case 1:
			d.CPU = []int32{int32(r.Uint32()), int32(r.IntN(8)) - 4, 4096, scx.AnyCPU}[r.IntN(4)]
		case 2:
			d.SliceNS = []uint64{r.Uint64(), 1, 0, ^uint64(0)}[r.IntN(4)]
		case 3:
			d.VTime = []uint64{r.Uint64(), 0, ^uint64(0), 1 << 63}[r.IntN(4)]
		case 4:
			d.Flags = []uint64{r.Uint64(), scx.Preempt, 1 << 32, 1 << 63}[r.IntN(4)]
		case 5:
			d.Seq = []uint64{r.Uint64(), 0, d.Seq | 1<<63, d.Seq - 1}[r.IntN(4)]
		}
	}
	return d
}

func (p *fuzzer) Enqueue(tasks []scx.Task) {
	for i := range tasks {
		right := p.firstCome(&tasks[i], scx.PickIdle)
		for n := p.random.IntN(40); n > 0; n-- {
			p.Add(p.mangle(right), p.mangle(p.last))
		}
		p.last = right
		if p.random.IntN(4) != 0 {
			p.Add(right)
		}
	}
}

var _ = register(Scenario{
	Name: "fuzzer",
	Doc:  "at least 100,000 decisions with random pids, CPUs, slices, vtimes, flags and sequences: the machine lives, each is counted",
	run: func(t *T) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		p := &fuzzer{random: rand.New(rand.NewPCG(seed, 0))}
		s := t.schedule(p, parkAll)
		t.hogs(4)
		for s.stats().Decisions < 100_000 {
			t.messages(1, 40)
			t.forks(2, 3)
			t.expectState("enabled")
		}
		st := s.stop()
		t.Logf("bounced %d, refused %d, stale %d, starved %d, preempts %d", st.Bounced, st.Refused, st.Stale, st.Starved, st.Preempts)
		t.ErrorIf(st.Bounced == 0 || st.Refused == 0 || st.Stale == 0 || st.Dispatched == 0, "not all kinds of decisions were met")
	},
})

var _ = register(Scenario{
	Name: "starving_policy",
	Doc:  "a task whose vtime keeps it behind a steady flow of others runs before the watchdog sees it",
	run: func(t *T) {
		s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
			d := p.firstCome(task, scx.AnyCPU)
			if strings.HasPrefix(task.Name(), "sleeper") {
				d.VTime = 1 << 62
			}
			return d
		}), parkLong)
		s.underHogs(6)
		t.sleeper("--period-us", "1000", "--count", "2")
		t.ErrorIf(s.stop().Starved == 0, "no starved task was found")
	},
})

// panicking panics after some rounds.
type panicking struct {
	*decideEach
	rounds int
}

func (p *panicking) Enqueue(tasks []scx.Task) {
	if p.rounds++; p.rounds > 20 {
		panic("a bug in the policy")
	}
	p.decideEach.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "policy_panics",
	Doc:  "a policy that panics: Run detaches and returns the panic, all work finishes",
	run: func(t *T) {
		s := t.schedule(&panicking{decideEach: newFirstCome()}, parkAll)
		load := t.load("messages", "--groups", "1", "--count", "100")
		// The messages may cause only a few rounds; hogs want to run again and again.
		t.hogs(3)
		err := s.wait(time.Minute)
		var panicked *scx.PanicError
		t.FatalIf(!errors.As(err, &panicked) || panicked.Value != "a bug in the policy", "Run ended with %v", err)
		t.expectState("disabled")
		t.conserved(s.final)
		load.succeed(2 * time.Minute)
	},
})
