//go:build !demo

package main

import (
	"runtime"
	"strconv"
	"strings"
)

// countWaits counts how often CPUs wait for locks while the load of vm.py contention runs, of all kinds, of dispatch
// queues and of the ring of records. The probes slow down what waits, so these are rounds of their own.
func (b *bench) countWaits() {
	if len(b.waiters) == 0 {
		return
	}
	locks := b.countLockWaits()
	rings, err := b.countRingWaits()
	if err != nil {
		b.Missing["waits for a ring's lock"] = err.Error()
		b.Logf("waits for a ring's lock are left out: %v", err)
	}
	// How many waits there are differs by half from round to round.
	rounds := 3 * b.Rounds
	for b.round = 1; b.round <= rounds; b.round++ {
		for _, a := range b.inTurn(b.waiters) {
			a.attach(b)
			switches := b.machineSwitches()
			waits := waitsDuring(b.contendedLoad, locks, rings)
			switches = b.machineSwitches() - switches
			a.detach(b)
			b.add(a, "waits/all", float64(waits.all))
			// With so many waits, none for a queue means that the kernel's functions have other names.
			told := a.program == "" || waits.queues > 0 || waits.all < 100
			if told {
				b.add(a, "waits/queues", float64(waits.queues))
			} else {
				b.Missing["waits for a dispatch queue's lock"] = "none of the waits could be told to be one"
			}
			if err == nil {
				b.add(a, "waits/ring", float64(waits.rings))
			}
			if err == nil && told {
				b.add(a, "waits/contended", float64(waits.queues+waits.rings))
			}
			b.Logf("round %d of %d, %s: %d waits for a lock, %d for a dispatch queue's, %d for a ring's; %d context switches",
				b.round, rounds, a.impl, waits.all, waits.queues, waits.rings, switches)
			b.Logf("by place: %s", waits.places)
			// What waited in a program that is gone has another name now.
			if waits.queues > 0 {
				b.Logf("for a dispatch queue's: %s", waits.ofQueues)
			}
		}
	}
}

// contendedLoad wakes tasks on all CPUs, a fixed number of times.
func (b *bench) contendedLoad() {
	b.messages(runtime.NumCPU(), 100)
	b.load("wakers", "--messengers", "2", "--workers", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(loadLimit)
}

// waits counts waits for locks by their kind.
type waits struct {
	all, queues, rings int
	places, ofQueues   string // the most of all, and of the queues', by what waited
}

// waitsDuring counts the waits while something runs. rings is nil where the lock of a ring is as all others.
func waitsDuring(run func(), locks func() lockWaits, rings func() int) (w waits) {
	before, ringsBefore := locks(), 0
	if rings != nil {
		ringsBefore = rings()
	}
	run()
	during := locks().since(before)
	ofQueues := during.ofQueues()
	w.all, w.queues = during.sum(), ofQueues.sum()
	caller := func(at lockWait) string { return at.caller }
	w.places, w.ofQueues = during.by(caller), ofQueues.by(caller)
	if rings != nil {
		w.rings = rings() - ringsBefore
		w.all += w.rings
		return w
	}
	for at, n := range during {
		if strings.HasPrefix(at.caller, reserveFunction) {
			w.rings += n
		}
	}
	return w
}
