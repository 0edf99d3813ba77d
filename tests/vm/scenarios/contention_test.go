package main

import (
	"reflect"
	"testing"
)

func TestParseContention(t *testing.T) {
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
         _raw_spin_lock+0x2d/0x30
         dispatch_enqueue+0x5c/0x2f0
} hitcount:          1

Totals:
    Hits: 20
    Entries: 3
    Dropped: 0
`
	queue := waitPlace{"ffff8881000000c0", "dispatch_enqueue"}
	want := waitCounts{queue: 8, {"ffff88813bd2c140", "try_to_wake_up"}: 12}
	if got := parseContention(text); !reflect.DeepEqual(got, want) {
		t.Errorf("parseContention() = %v, want %v", got, want)
	}
	if got := parseContention(text).queueLocks(); !reflect.DeepEqual(got, waitCounts{queue: 8}) {
		t.Errorf("queueLocks() = %v, want %v", got, waitCounts{queue: 8})
	}
}
