// Package seentest has a view for tests, in which each thing is there.
package seentest

import (
	"reflect"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

// View returns it. The library's counters are 1, 2, 3 and so on, in their order.
func View() seen.View {
	v := seen.View{
		At: time.Unix(1000, 0), Attached: true, GroupsLeftOut: 3,
		Agent: seen.Agent{
			Scheduler: "goland", Policy: "vruntime", Version: "1", Library: "1", PID: 77, Began: time.Unix(900, 0), Attaches: 1,
			Errors: 1, Refused: 1, LastError: "odd", LastErrorAt: time.Unix(950, 0),
		},
		Domains: []seen.Domain{{CPUs: []int{0, 1, 2, 5}}, {CPUs: []int{3, 4}, Closed: true}},
		Groups: []seen.Group{{Path: "/a.slice", CgroupInfo: scxbridge.CgroupInfo{
			Quota: 50 * time.Millisecond, Period: 100 * time.Millisecond, Throttled: 4, ThrottledTime: 3 * time.Second, ThrottledNow: 2,
		}}},
		Events: []seen.Event{{Name: "select_cpu_fallback", Count: 6}},
	}
	s := reflect.ValueOf(&v.Stats).Elem()
	for i := range s.NumField() {
		if f := s.Field(i); f.CanInt() {
			f.SetInt(int64(i) + 1)
		} else {
			f.SetUint(uint64(i) + 1)
		}
	}
	v.Latency.Rounds = 9
	v.Latency.Round.Counts[5] = 8
	v.Latency.Stages[latency.Normal][latency.Decided].Counts[10] = 100
	v.Latency.Stages[latency.Normal][latency.Decided].Sum = 80 * time.Millisecond
	v.Latency.Stages[latency.High][latency.Running].Counts[12] = 40
	v.Latency.Waiters = []latency.Waiter{
		{PID: 4711, TGID: 4700, Comm: "slowpoke", Class: latency.Low, Stage: latency.Running, Wait: 42 * time.Millisecond, Ago: 2 * time.Second},
		{PID: 12, TGID: 12, Comm: "other", Stage: latency.Decided, Wait: time.Millisecond},
	}
	return v
}
