//go:build !demo

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

var _ = register(Scenario{
	Name: "simulator_order",
	Doc:  "a policy orders tasks that wait for one CPU: in this kernel and in the simulator (scxtest) they run in the same order",
	run: func(t *T) {
		want := simulatedOrder(t)
		t.Logf("simulated order: %v", want)
		t.orderRounds(3, func(ran []int64) {
			byTime := slices.Sorted(slices.Values(ran))
			got := make([]string, orderTasks)
			for n := range ran {
				got[slices.Index(byTime, ran[n])] = fmt.Sprintf("ord-%d", n)
			}
			t.ErrorIf(!slices.Equal(got, want), "the kernel's order is %v, the simulator's %v", got, want)
		})
	},
})

func simulatedOrder(t *T) []string {
	var rec scxtest.Recorder
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2, Options: orderOptions, Trace: rec.Record, WaitBound: time.Minute})
	m.Add(
		scxtest.Workload{Name: "ord", Tasks: orderTasks, CPUs: []int{1}, New: func(int) scxtest.Behavior {
			waits := false
			return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action {
				if waits = !waits; waits {
					return scxtest.Wait()
				}
				return scxtest.Compute(time.Millisecond)
			})
		}},
		// The pids of the others are 1 to 6.
		scxtest.Workload{Name: "waker", Start: time.Second, New: func(int) scxtest.Behavior {
			n := 0
			return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action {
				if n == len(orderWoken) {
					return scxtest.Exit()
				}
				n++
				return scxtest.Wake(int32(1 + orderWoken[n-1]))
			})
		}},
	)
	r, err := m.Run(&byName{held: map[int32]scx.Task{}}, 2*time.Second)
	t.Check(err, "simulate")
	t.Check(r.Err(), "simulate")
	var order []string
	for span := range rec.Spans() {
		if span.From >= time.Second && strings.HasPrefix(span.Name, "ord-") {
			order = append(order, span.Name)
		}
	}
	t.FatalIf(len(order) != orderTasks, "the simulator ran %v", order)
	return order
}
