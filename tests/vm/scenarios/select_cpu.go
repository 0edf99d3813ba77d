package main

import (
	"errors"
	"os/exec"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "select_cpu", Kernels: bothEnds, Shapes: []Shape{smt},
	Doc: "an idle allowed CPU is returned, affinity is respected, busy and no such task are told apart",
	run: func(t *T) {
		s := t.schedule(newFirstCome(), scx.Options{})
		sleeper := t.startCmd(exec.Command("sleep", "1000"))
		pid := sleeper.pid()
		allow := func(cpus ...int) {
			t.bind(pid, cpus...)
		}

		// The machine has nothing to do, but after an answer its CPU counts as
		// taken until it goes idle again, so ask until then.
		for _, cpu := range []int32{0, 1, 0} {
			allow(int(cpu))
			t.Await(time.Minute, "the only allowed CPU is found idle", func() bool {
				got, err := s.sched.SelectCPU(pid, -1)
				t.FatalIf(err == nil && got != cpu, "CPU %d was selected, but only %d is allowed", got, cpu)
				t.FatalIf(err != nil && !errors.Is(err, scx.ErrNoIdleCPU), "select a CPU: %v", err)
				return err == nil
			})
		}
		allow(0, 1)
		t.Await(time.Minute, "the preferred CPU is found idle", func() bool {
			got, err := s.sched.SelectCPU(pid, 1)
			return err == nil && got == 1
		})

		// Affinity decides even when another CPU is idle.
		hog := t.load("hog", "--threads", "1", "--cpu", "0", "--seconds", "1.5")
		allow(0)
		busy := 0
		for hog.running() {
			got, err := s.sched.SelectCPU(pid, -1)
			switch {
			case errors.Is(err, scx.ErrNoIdleCPU):
				busy++
			case err != nil || got != 0:
				t.Fatalf("select a CPU: %d, %v", got, err)
			}
		}
		hog.succeed(time.Minute)
		t.ErrorIf(busy == 0, "a busy CPU was never reported as busy")

		if _, err := s.sched.SelectCPU(1<<30, -1); !errors.Is(err, scx.ErrNoSuchTask) {
			t.Errorf("a task that does not exist: %v", err)
		}
		if _, err := s.sched.SelectCPU(pid, 4096); !errors.Is(err, scx.ErrInvalid) {
			t.Errorf("a CPU that does not exist: %v", err)
		}
		if _, err := s.sched.SelectCPU(-1, -1); !errors.Is(err, scx.ErrInvalid) {
			t.Errorf("a negative task id: %v", err)
		}

		// More requests than one system call takes, each with its own answer.
		requests := make([]scx.CPURequest, 1000)
		for i := range requests {
			requests[i] = scx.CPURequest{PID: pid, PrevCPU: -1}
			if i%2 == 1 {
				requests[i].PID = 1 << 30
			}
		}
		t.Check(s.sched.SelectCPUs(requests), "select a batch")
		for i := range requests {
			err := requests[i].Err()
			if none := errors.Is(err, scx.ErrNoSuchTask); none != (i%2 == 1) {
				t.Fatalf("request %d: CPU %d, %v", i, requests[i].CPU, err)
			}
			t.FatalIf(err == nil && requests[i].CPU != 0, "request %d: CPU %d is not allowed", i, requests[i].CPU)
		}
	},
})
