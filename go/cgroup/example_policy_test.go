//go:build cgo && linux

package cgroup_test

import (
	"context"
	"log"
	"os/signal"
	"syscall"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
)

// byPod runs tasks in order of arrival, and those of some pods with a shorter slice.
type byPod struct {
	tree  *cgroup.Tree
	below string // the path above those pods
	slice time.Duration

	queue []scxbridge.Decision
	count uint64
}

func (p *byPod) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		d := tasks[i].Decide(scxbridge.PickIdle)
		p.count++
		d.VTime = p.count
		// Neither a lock nor an allocation: it may be asked for each task.
		if g := p.tree.Lookup(tasks[i].CgroupID); g != nil && g.Owner.PodUID != "" && g.Under(p.below) {
			d.SliceNS = uint64(p.slice)
		}
		p.queue = append(p.queue, d)
	}
}

func (p *byPod) Dispatch(decisions []scxbridge.Decision) int {
	n := copy(decisions, p.queue)
	p.queue = p.queue[:copy(p.queue, p.queue[n:])]
	return n
}

// Pods of the class BestEffort get slices of 1 ms, all other tasks the usual ones.
func Example_policy() {
	tree, err := cgroup.Open(cgroup.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer tree.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	policy := &byPod{tree: tree, below: "/kubepods.slice/kubepods-besteffort.slice", slice: time.Millisecond}
	if err := scxbridge.Run(ctx, policy, scxbridge.RunOptions{}); err != nil {
		log.Print(err)
	}
}
