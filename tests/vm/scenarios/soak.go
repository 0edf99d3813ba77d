package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// soak mixes all loads and faults at random. The seed decides what it does in which order, but
// not the timing.
type soak struct {
	*T
	random *rand.Rand
	agent  *process
	stays  func()
	loads  []*process
	crowd  *crowd
	did    map[string]int
}

const soakLoads = 4 // at the same time

var soakPinned = []string{"--pin", "--no-builtin-idle"}

func newSoak(t *T, seed uint64) *soak {
	s := &soak{T: t, random: rand.New(rand.NewPCG(seed, 0)), did: map[string]int{}}
	t.Logf("seed %d", seed)
	s.crowd = t.crowd()
	s.agent = t.goland(soakPinned...)
	s.stays = t.sameScheduler()
	return s
}

// run makes random steps for this long, then checks that everything finishes and nothing was lost.
func (s *soak) run(duration time.Duration) {
	steps := []func() string{
		s.load, s.load, s.load, s.stop, s.kill, s.upgrade, s.unplug, s.pause,
		s.regroup, s.regroup, s.regroup, s.regroup,
	}
	told := time.Now()
	for end := time.Now().Add(duration); time.Now().Before(end); {
		what := steps[s.random.IntN(len(steps))]()
		s.did[what]++
		s.check(what)
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			s.Logf("%s to go; so far: %s", time.Until(end).Round(time.Second), s.summary())
		}
	}
	for _, load := range s.loads {
		load.succeed(3 * time.Minute)
	}
	s.crowd.leaveAll()
	s.finish()
	s.Logf("done: %s", s.summary())
}

func (s *soak) check(what string) {
	s.stays()
	kept := s.loads[:0]
	for _, load := range s.loads {
		if load.running() {
			kept = append(kept, load)
		} else {
			load.succeed(0)
		}
	}
	s.loads = kept
}

func (s *soak) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))
}

func (s *soak) pause() string {
	time.Sleep(s.between(0, 2*time.Second))
	return "quiet moments"
}

func (s *soak) load() string {
	if len(s.loads) >= soakLoads {
		return s.pause()
	}
	seconds := strconv.Itoa(1 + s.random.IntN(6))
	kinds := [][]string{
		{"hog", "--threads", strconv.Itoa(1 + s.random.IntN(20)), "--seconds", seconds},
		{"sleeper", "--period-us", strconv.Itoa(500 + s.random.IntN(20000)), "--seconds", seconds},
		{"forkstorm", "--parallel", strconv.Itoa(1 + s.random.IntN(4)), "--seconds", seconds},
		{"messages", "--groups", strconv.Itoa(1 + s.random.IntN(3)), "--seconds", seconds},
		{"futex", "--seconds", seconds},
		{"affinity", "--seconds", seconds},
		{"nicemix", "--seconds", seconds},
		{"memory", "--mb", "64", "--refault", "--seconds", seconds},
	}
	args := kinds[s.random.IntN(len(kinds))]
	s.loads = append(s.loads, s.T.load(args...))
	return "load " + args[0]
}

func (s *soak) stop() string {
	s.agent.signal(syscall.SIGSTOP)
	time.Sleep(s.between(100*time.Millisecond, 8*time.Second))
	s.agent.signal(syscall.SIGCONT)
	return "agent stopped"
}

func (s *soak) kill() string {
	s.agent.kill()
	time.Sleep(s.between(0, 3*time.Second))
	s.agent = s.adopt()
	return "agent killed"
}

func (s *soak) upgrade() string {
	s.agent.terminate()
	s.agent = s.adopt()
	return "agent replaced"
}

func (s *soak) unplug() string {
	if _, err := os.Stat("/sys/devices/system/cpu/cpu1/online"); err != nil {
		return s.pause()
	}
	for _, load := range s.loads {
		if load.cmd.Args[1] == "affinity" && load.running() {
			return s.pause() // it moves threads to each CPU, so all must be online
		}
	}
	s.setCPU1("0")
	time.Sleep(s.between(0, 2*time.Second))
	s.setCPU1("1")
	return "CPU unplugged"
}

// finish adopts and detaches the scheduler in this process, and checks the counters.
func (s *soak) finish() {
	s.agent.terminate()
	last, err := scx.Adopt("goland")
	s.Check(err, "adopt")
	s.detach(last)
	s.Check(last.Close(), "close")
}

func (s *soak) summary() string {
	var counts []string
	for _, name := range slices.Sorted(maps.Keys(s.did)) {
		counts = append(counts, fmt.Sprintf("%s %d", name, s.did[name]))
	}
	return strings.Join(counts, ", ")
}

// soakFor is `scenarios soak MINUTES [SEED]`.
func soakFor(minutes, seed string) int {
	length, err := strconv.ParseFloat(minutes, 64)
	if err != nil || length <= 0 {
		fmt.Fprintf(os.Stderr, "scenarios: soak: %q is no number of minutes\n", minutes)
		return 2
	}
	number := uint64(time.Now().UnixNano())
	if seed != "" {
		if number, err = strconv.ParseUint(seed, 10, 64); err != nil {
			fmt.Fprintf(os.Stderr, "scenarios: soak: %q is no seed\n", seed)
			return 2
		}
	}
	return runIn(&T{began: time.Now()}, func(t *T) {
		newSoak(t, number).run(time.Duration(length * float64(time.Minute)))
	})
}

var _ = register(Scenario{
	Name: "soak_short",
	Doc:  "12 s of `make soak`: all loads and faults mixed at random, from a seed that it prints",
	run:  func(t *T) { newSoak(t, uint64(time.Now().UnixNano())).run(12 * time.Second) },
})
