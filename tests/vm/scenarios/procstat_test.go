package main

import (
	"os"
	"testing"
)

func TestParseUsage(t *testing.T) {
	stat := "42 (a) b (c)) S 1 42 42 0 -1 4194560 7 100 3 200 12 34 5 6 20 0 4 0 100 1000 500 18446744073709551615\n"
	status := "Name:\ta) b (c)\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n"
	got, err := parseUsage(stat, status)
	if err != nil {
		t.Fatal(err)
	}
	want := usage{minorFaults: 7, majorFaults: 3, rssMax: 2 << 20}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := parseUsage("42 (a) S 1", ""); err == nil {
		t.Error("a text that is cut off passes")
	}
}

func TestReadUsageOfOurselves(t *testing.T) {
	before, err := readUsage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const pages = 1000
	memory := make([]byte, pages*os.Getpagesize())
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	after, err := readUsage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	used := after.sub(before)
	if used.minorFaults == 0 || used.rssMax == 0 || after.switches == 0 || after.onCPU == 0 {
		t.Errorf("%d pages were touched: %+v", pages, used)
	}
}

func TestProcNumber(t *testing.T) {
	const stat = "cpu  9 0 0 0\ncpu0 4 0 1 7\ncpu12 5 0 1 7\ncpu3 x\nctxt 17\nMem:  \t 23 kB\n"
	for key, want := range map[string]uint64{"cpu ": 9, "cpu0 ": 4, "cpu1 ": 0, "cpu12 ": 5, "cpu3 ": 0, "ctxt": 17, "Mem:": 23} {
		if got := procNumber(stat, key); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}
