//go:build !demo

package main

import (
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

const (
	rotationHogs  = "012" // "hog 0" is the first
	rotations     = 60
	rotationSlice = 40 * time.Millisecond
)

// strict gives the threads "hog 0", "hog 1" and "hog 2" a strict order on their CPU, and notes the
// order of their records. Such a record means that the hog has used up its slice.
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

// A CPU picks its next task before the one that ran is parked, so the first two take turns and the third waits.
var _ = register(Scenario{
	Name: "simulator_rotation",
	Doc:  "three hogs on one CPU under strict priorities: in this kernel and in the simulator the same ones follow each other",
	run: func(t *T) {
		opts := scx.Options{Grace: time.Second}
		follows := simulatedRotation(t, opts)
		// If the agent is late, as happens on a busy host, the third one gets a turn.
		t.quietRun(5, "the kernel's order is not the simulator's", func() bool {
			p := newStrict()
			s := t.schedule(p, opts)
			hogs := t.hogsOn(1, len(rotationHogs))
			select {
			case <-p.full:
			case <-time.After(time.Minute):
				t.Fatalf("the hogs do not run")
			}
			s.stop()
			hogs.end()
			agree := 0
			for i := range p.order[1:] {
				if follows[string(p.order[i:i+2])] {
					agree++
				}
			}
			t.Logf("in the kernel: %s: %d of %d as simulated", p.order, agree, rotations-1)
			return agree >= rotations*8/10
		})
	},
})

// simulatedRotation returns which hogs follow which in the simulator.
func simulatedRotation(t *T, opts scx.Options) map[string]bool {
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
	t.FatalIf(len(p.order) != rotations || len(follows) == 0 || r.Stats.Rescued != 0, "the simulator ran %s:\n%v", p.order, r)
	return follows
}
