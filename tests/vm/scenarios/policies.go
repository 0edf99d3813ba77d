package main

import (
	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

func (t *T) vruntime(opts policy.VRuntimeOptions) *policy.VRuntime {
	p, err := policy.NewVRuntime(opts)
	t.Check(err, "make the policy")
	return p
}

// decideEach is a policy that decides about each task as it comes.
type decideEach struct {
	policy.Each
	decide func(*scx.Task) scx.Decision
	order  uint64
}

// firstCome is the decision of a first-come-first-served policy.
func (p *decideEach) firstCome(task *scx.Task, cpu int32) scx.Decision {
	p.order++
	d := task.Decide(cpu)
	d.VTime = p.order
	return d
}

func decideBy(decide func(*decideEach, *scx.Task) scx.Decision) *decideEach {
	p := &decideEach{}
	p.decide = func(task *scx.Task) scx.Decision { return decide(p, task) }
	return p
}

func newFirstCome() *decideEach {
	return decideBy(func(p *decideEach, task *scx.Task) scx.Decision { return p.firstCome(task, scx.PickIdle) })
}

func (p *decideEach) Enqueue(tasks []scx.Task) {
	for i := range tasks {
		p.Add(p.decide(&tasks[i]))
	}
}
