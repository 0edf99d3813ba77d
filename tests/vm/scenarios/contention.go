//go:build !demo

package main

import (
	"runtime"
	"strconv"
	"time"

	"github.com/scxbridge/scxbridge/go/policy"
)

var _ = measurement("contention", contention)

// contention measures, for docs/performance.md, how often CPUs wait for the locks of dispatch queues: under the
// kernel's own scheduler, and with all wake-ups parked, without leases and with them.
func contention(args []string) int {
	if len(args) != 0 {
		wrongUsage()
	}
	return runIn(&T{began: time.Now()}, func(t *T) {
		read := t.countLockWaits()
		rings, err := t.countRingWaits()
		t.Check(err, "count waits for a ring's lock")
		if rings == nil {
			rings = func() int { return 0 } // they are among the others
		}
		load := func() lockWaits {
			before := read()
			t.messages(runtime.NumCPU(), 200)
			t.load("wakers", "--messengers", "2", "--workers", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(loadLimit)
			return read().since(before)
		}
		t.Logf("%d CPUs; under the kernel's scheduler %d waits for a lock", runtime.NumCPU(), load().sum())
		for _, lease := range []time.Duration{0, 20 * time.Millisecond} {
			s := t.schedule(t.vruntime(policy.VRuntimeOptions{Lease: lease}), parkAll)
			var waits lockWaits
			before := rings()
			st := s.during(func() { waits = load() })
			ofRings := rings() - before
			s.stop()
			queues := waits.ofQueues()
			t.Logf("with leases of %v: %d waits for a lock, %d of these for a dispatch queue's, and %d for a ring's; %d parked, %d leased",
				lease, waits.sum(), queues.sum(), ofRings, st.Queued, st.LeaseUses)
			t.Logf("all by place: %s", waits.by(func(at lockWait) string { return at.caller }))
			t.Logf("by dispatch queue's lock: %s", queues.by(func(at lockWait) string { return at.lock }))
			t.Logf("and where: %s", queues.by(func(at lockWait) string { return at.lock + " " + at.caller }))
		}
	})
}
