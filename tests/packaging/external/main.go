// Command external is a program as users of the package write it, in a module of its own: first come, first
// served. At its end it prints the scheduler's counters as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

type firstCome struct {
	waiting []scxbridge.Decision
	arrival uint64
}

func (f *firstCome) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		d := tasks[i].Decide(scxbridge.PickIdle)
		f.arrival++
		d.VTime = f.arrival
		f.waiting = append(f.waiting, d)
	}
}

func (f *firstCome) Dispatch(decisions []scxbridge.Decision) int {
	n := copy(decisions, f.waiting)
	f.waiting = f.waiting[:copy(f.waiting, f.waiting[n:])]
	return n
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(scxbridge.LibraryVersion())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := scxbridge.Run(ctx, &firstCome{}, scxbridge.RunOptions{
		Options:  scxbridge.Options{Name: "external", NoBuiltinIdle: true},
		OnDetach: report,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "external:", err)
		os.Exit(1)
	}
}

func report(s *scxbridge.Scheduler) {
	stats, err := s.Stats()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(stats)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "external: report the counters:", err)
	}
}
