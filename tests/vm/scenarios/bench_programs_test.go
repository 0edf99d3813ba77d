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
	before := programs{1: {name: "old", ns: 100, runs: 10}, 2: {name: "idle", ns: 50, runs: 5}}
	after := programs{1: {name: "old", ns: 130, runs: 12}, 2: {name: "idle", ns: 50, runs: 5}, 3: {name: "twice", ns: 7, runs: 1}, 4: {name: "twice", ns: 8, runs: 2}}
	want := map[string]program{"old": {name: "old", ns: 30, runs: 2}, "twice": {name: "twice", ns: 15, runs: 3}}
	if got := after.since(before); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
