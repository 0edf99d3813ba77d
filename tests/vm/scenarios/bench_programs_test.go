package main

import (
	"reflect"
	"testing"
	"unsafe"
)

func TestLayoutOfProgramInfo(t *testing.T) {
	var info bpfProgInfo
	if name, time := unsafe.Offsetof(info.name), unsafe.Offsetof(info.runTimeNS); name != 64 || time != 192 {
		t.Errorf("the name is at %d, the run time at %d; linux/bpf.h has 64 and 192", name, time)
	}
}

func TestProgramsSince(t *testing.T) {
	before := programs{1: {"old", 100, 10}, 2: {"idle", 50, 5}}
	after := programs{1: {"old", 130, 12}, 2: {"idle", 50, 5}, 3: {"twice", 7, 1}, 4: {"twice", 8, 2}}
	want := map[string]program{"old": {"old", 30, 2}, "twice": {"twice", 15, 3}}
	if got := after.since(before); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
