//go:build !demo

package main

import (
	"reflect"
	"testing"
)

func TestParseLockWaits(t *testing.T) {
	const text = `# event histogram
#
# trigger info: hist:keys=lock.hex,common_stacktrace:vals=hitcount:sort=hitcount:size=4096 [active]
#

{ lock: ffff8881000000c0, common_stacktrace:
         native_queued_spin_lock_slowpath+0x29b/0x2c0
         _raw_spin_lock+0x2d/0x30
         dispatch_enqueue+0x5c/0x2f0
         do_enqueue_task+0x11c/0x2d0
} hitcount:          7
{ lock: ffff88813bd2c140, common_stacktrace:
         __pv_queued_spin_lock_slowpath+0x29b/0x2c0
         raw_spin_rq_lock_nested+0x15/0x80
         try_to_wake_up+0x1f3/0x6b0
} hitcount:         12
{ lock: ffff8881000000c0, common_stacktrace:
         0xffffffffc064a0da
         native_queued_spin_lock_slowpath+0x5/0x2c0
         _raw_spin_lock+0x2d/0x30
         dispatch_enqueue+0x5c/0x2f0
} hitcount:          1
{ lock: ffff8881000000d0, common_stacktrace:
         _raw_spin_lock+0x2d/0x30
         bpf_iter_scx_dsq_next+0x5c/0x2f0
         bpf_prog_6deef7357e7b4530_scxb_dispatch+0x5c/0x2f0
} hitcount:          3

Totals:
    Hits: 23
    Entries: 4
    Dropped: 0
`
	enqueue := lockWait{"ffff8881000000c0", "dispatch_enqueue"}
	walk := lockWait{"ffff8881000000d0", "bpf_iter_scx_dsq_next in scxb_dispatch"}
	want := lockWaits{enqueue: 8, {"ffff88813bd2c140", "try_to_wake_up"}: 12, walk: 3}
	got := parseLockWaits(text)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parseLockWaits() = %v, want %v", got, want)
	}
	if queues := got.ofQueues(); !reflect.DeepEqual(queues, lockWaits{enqueue: 8, walk: 3}) {
		t.Errorf("ofQueues() = %v, want the first and the last", queues)
	}
}
