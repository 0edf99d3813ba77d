// Command fifo runs every task in the order in which it came.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

type fifo struct {
	queue   []scxbridge.Decision
	arrival uint64
}

func (f *fifo) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		d := tasks[i].Decide(scxbridge.PickIdle) // an idle CPU, or the first that is free
		f.arrival++
		d.VTime = f.arrival // the order on the queue
		f.queue = append(f.queue, d)
	}
}

func (f *fifo) Dispatch(decisions []scxbridge.Decision) int {
	n := copy(decisions, f.queue)
	f.queue = f.queue[:copy(f.queue, f.queue[n:])]
	return n
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scxbridge.Run(ctx, &fifo{}, scxbridge.RunOptions{}); err != nil {
		log.Fatal(err)
	}
}
