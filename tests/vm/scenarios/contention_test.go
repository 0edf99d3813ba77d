package main

import (
	"reflect"
	"testing"
)

func TestParseContention(t *testing.T) {
	const text = `# event histogram
#
# trigger info: hist:keys=common_stacktrace:vals=hitcount:sort=hitcount:size=4096 [active]
#

{ common_stacktrace:
         native_queued_spin_lock_slowpath+0x29b/0x2c0
         _raw_spin_lock+0x2d/0x30
         dispatch_enqueue+0x5c/0x2f0
         do_enqueue_task+0x11c/0x2d0
} hitcount:          7
{ common_stacktrace:
         __pv_queued_spin_lock_slowpath+0x29b/0x2c0
         raw_spin_rq_lock_nested+0x15/0x80
         try_to_wake_up+0x1f3/0x6b0
} hitcount:         12
{ common_stacktrace:
         _raw_spin_lock+0x2d/0x30
         dispatch_enqueue+0x5c/0x2f0
} hitcount:          1

Totals:
    Hits: 20
    Entries: 3
    Dropped: 0
`
	want := map[string]int{"dispatch_enqueue": 8, "try_to_wake_up": 12}
	if got := parseContention(text); !reflect.DeepEqual(got, want) {
		t.Errorf("parseContention() = %v, want %v", got, want)
	}
}
