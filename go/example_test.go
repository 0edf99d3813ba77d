package scxbridge_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// shells runs shells before all else, and everything else in order of arrival.
type shells struct {
	first, rest []scxbridge.Decision
}

func (p *shells) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		d := tasks[i].Decide(scxbridge.PickIdle)
		if string(tasks[i].NameBytes()) == "bash" {
			d.VTime = 0 // queues are ordered by VTime
			p.first = append(p.first, d)
		} else {
			d.VTime = 1
			p.rest = append(p.rest, d)
		}
	}
}

func (p *shells) Dispatch(decisions []scxbridge.Decision) int {
	n := copy(decisions, p.first)
	p.first = p.first[:copy(p.first, p.first[n:])]
	m := copy(decisions[n:], p.rest)
	p.rest = p.rest[:copy(p.rest, p.rest[m:])]
	return n + m
}

// A policy is two methods.
func ExampleRun() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scxbridge.Run(ctx, &shells{}, scxbridge.RunOptions{}); err != nil {
		log.Fatal(err)
	}
}

// A program with a loop of its own.
func ExampleScheduler() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	s, err := scxbridge.Open(scxbridge.Options{Name: "mine"})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := s.Attach(); err != nil {
		log.Fatal(err)
	}
	tasks := make([]scxbridge.Task, 64)
	decisions := make([]scxbridge.Decision, 64)
	for {
		n, err := s.Receive(ctx, tasks)
		if err != nil {
			break // ctx is done, or the kernel ended the scheduler
		}
		for i := range tasks[:n] {
			decisions[i] = tasks[i].Decide(scxbridge.AnyCPU)
		}
		if _, err := s.Dispatch(decisions[:n]); err != nil {
			break
		}
	}
	if info, err := s.ExitInfo(); err == nil && info.Kind != scxbridge.ExitNone {
		fmt.Println(info.Kind, info.Message)
	}
}

func ExampleScheduler_SelectCPU() {
	var s *scxbridge.Scheduler // attached
	var task scxbridge.Task    // received

	cpu, err := s.SelectCPU(task.PID, task.CPU)
	switch {
	case errors.Is(err, scxbridge.ErrNoIdleCPU):
		cpu = scxbridge.AnyCPU
	case err != nil:
		log.Fatal(err)
	}
	s.Dispatch([]scxbridge.Decision{task.Decide(cpu)})
}
