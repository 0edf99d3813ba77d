package scxtest_test

import (
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// Tests of the agent as a thread of the machine; kernel_test.go has the others.

func onMachine(cpus int, rec *scxtest.Recorder) scxtest.Config {
	cfg := exact(cpus, rec)
	cfg.Agent = scxtest.Agent{Wakeup: 100 * us, Round: 200 * us, Decision: 10 * us}
	return cfg
}

// If no CPU is idle, the agent preempts a task when it is woken: so a new task need not
// wait for the end of another's slice.
func TestAgentPreempts(t *testing.T) {
	for _, apart := range []bool{false, true} {
		var rec scxtest.Recorder
		cfg := onMachine(1, &rec)
		cfg.Agent.Apart = apart
		p := firstCome(nil)
		r := run(t, p, cfg, 40*ms, scxtest.Hog(1), once("late", 8*ms, scxtest.Compute(ms)))
		// 100 + 200 + 2 × 10 µs: the preempted hog waits for a decision, too.
		from, agent := 8320*us, 2*310*us+10*us
		if apart {
			// The hog began after 310 µs, and has run for 5 ms and for 20.
			from, agent = 25310*us, 0
		}
		if s := spansOf(&rec, "late"); len(s) != 1 || s[0].From != from {
			t.Errorf("apart %v: ran at %+v, want %v", apart, s, from)
		}
		if r.AgentTime != agent || r.Busy+r.AgentTime > r.Duration || r.Stats.AgentWakeups < 2 || (r.Stats.AgentDirect == 0) != apart {
			t.Errorf("apart %v: the agent ran for %v, want %v: %v, %+v", apart, r.AgentTime, agent, r, r.Stats)
		}
		// The trace has no events of the agent.
		for e := range rec.Events() {
			if e.PID == 0 || e.Name == "agent" {
				t.Errorf("event %+v", e)
			}
		}
	}
}

// If a CPU is idle, the agent preempts no task.
func TestAgentOnIdleCPU(t *testing.T) {
	var rec scxtest.Recorder
	cfg := onMachine(2, &rec)
	cfg.Options.NoBuiltinIdle = true
	run(t, policy.NewFIFO(0, 0), cfg, 30*ms, scxtest.Hog(1).On(0), once("late", 8*ms, scxtest.Compute(ms)).On(1))
	// Not even the end of its slice stops the hog, since no other task is for CPU 0.
	if s := spansOf(&rec, "hog"); len(s) != 0 {
		t.Errorf("the hog was stopped: %+v", s)
	}
	if s := spansOf(&rec, "late"); len(s) != 1 || s[0].From != 8310*us {
		t.Errorf("ran at %+v, want 8.31 ms", s)
	}
}

// If a round is longer than a slice, the agent is no longer urgent and shares the CPU fairly.
func TestSlowAgent(t *testing.T) {
	cfg := onMachine(1, nil)
	cfg.Agent.Round = 60 * ms
	r := run(t, policy.NewFIFO(0, 0), cfg, 4*time.Second, scxtest.Hog(3))
	s := r.Stats
	if s.AgentDirect < s.AgentWakeups+100 || r.AgentTime < time.Second || r.Busy < time.Second || r.Busy+r.AgentTime != r.Duration {
		t.Errorf("agent %v, tasks %v, agent direct %d:\n%v", r.AgentTime, r.Busy, s.AgentDirect, r)
	}
}

// Preempt does not preempt the agent in the middle of its flush.
func TestPreemptSparesTheAgent(t *testing.T) {
	var rec scxtest.Recorder
	p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		d.CPU = 0
		if t.Name() == "urgent" {
			d.Flags = scxbridge.Preempt
		}
		return true
	})
	r := run(t, p, onMachine(1, &rec), 20*ms, scxtest.Hog(2), once("urgent", 7*ms, scxtest.Compute(ms)))
	if s := spansOf(&rec, "urgent"); len(s) != 1 || s[0].From != 7310*us || r.Stats.Preempts != 1 {
		t.Errorf("ran at %+v, want 7.31 ms; %d preempts", s, r.Stats.Preempts)
	}
}

// A stall in the middle of a round makes its decisions late. The thread needs no CPU meanwhile.
func TestStallInARound(t *testing.T) {
	for _, apart := range []bool{false, true} {
		cfg := onMachine(1, nil)
		cfg.Agent.Apart = apart
		cfg.Agent.Stalls = []scxtest.Stall{{At: 200 * us, For: 30 * ms}, {At: 30100 * us, For: 10 * ms}}
		r := run(t, policy.NewFIFO(0, 0), cfg, 200*ms, scxtest.Hog(2))
		if s := r.Stats; r.Err() != nil || s.Rescued != 3 || s.Stale != 3 || s.Dispatched < 10 || r.Busy < 180*ms {
			t.Errorf("apart %v: %v", apart, r)
		}
	}
}

// A task that the agent preempts returns to its place, for the rest of its slice: no other
// hog runs before it, and no record is sent.
func TestResume(t *testing.T) {
	var rec scxtest.Recorder
	cfg := onMachine(1, &rec)
	r := run(t, policy.NewFIFO(uint64(8*ms), 0), cfg, 200*ms, scxtest.Hog(3), once("late", 30*ms, scxtest.Compute(ms)))
	if s := r.Stats; s.Resumed == 0 || s.Queued != s.Dispatched+s.InFlight {
		t.Fatalf("%d resumed: %v", s.Resumed, r)
	}
	var last scxtest.Span
	var had time.Duration
	turns := 0
	for s := range rec.Spans() {
		if s.PID != last.PID {
			if strings.HasPrefix(last.Name, "hog") && strings.HasPrefix(s.Name, "hog") && had < 7*ms {
				t.Fatalf("%s had %v of its slice of 8 ms: %+v", last.Name, had, last)
			}
			had = 0
			turns++
		}
		had += s.To - s.From
		last = s
	}
	if turns < 15 {
		t.Errorf("%d turns", turns)
	}
}

// waits notes how long records waited for the policy.
type waits struct {
	*policy.FIFO
	machine *scxtest.Machine
	longest uint64
}

func (w *waits) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		w.longest = max(w.longest, w.machine.Now()-tasks[i].ReadyTS)
	}
	w.FIFO.Enqueue(tasks)
}

// A record waits for the agent to wake up, and its policy can tell how long.
func TestRecordsSayHowLongTheyWait(t *testing.T) {
	m := scxtest.NewMachine(scxtest.Config{Agent: scxtest.Agent{Wakeup: ms, Round: scxtest.NoCost, Decision: scxtest.NoCost, Apart: true}})
	m.Add(once("a", 0, scxtest.Compute(ms)))
	w := &waits{FIFO: policy.NewFIFO(0, 0), machine: m}
	if _, err := m.Run(w, time.Second); err != nil || w.longest != uint64(ms) {
		t.Errorf("a record waited for %v, not for %v: %v", time.Duration(w.longest), ms, err)
	}
}
