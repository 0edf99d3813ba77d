package top

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
)

func TestUsage(t *testing.T) {
	before := parseUsage("cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 10 0 10 80 0 0 0 0 0 0\ncpu1 1 1 1 1\ncpux 1 1 1 1 1 1 1 1\nintr 5\n")
	now := parseUsage("cpu0 20 0 15 140 25 0 0 0 0 0\ncpu2 1 0 0 1 0 0 0 0 0 0\n")
	if len(before) != 1 {
		t.Errorf("%v", before)
	}
	// 15 of 100 ticks: neither idle nor waiting.
	if percent, known := now.since(before, 0); percent != 15 || !known {
		t.Errorf("CPU 0: %d, %v", percent, known)
	}
	for _, cpu := range []int{1, 2} {
		if _, known := now.since(before, cpu); known {
			t.Errorf("CPU %d is known", cpu)
		}
	}
	if _, known := before.since(now, 0); known {
		t.Error("time went back")
	}
	if readUsage(t.TempDir()) != nil {
		t.Error("a folder is read")
	}
}

func TestList(t *testing.T) {
	for list, want := range map[string][]int{"": nil, "3": {3}, "0-2,5": {0, 1, 2, 5}, "x,1": {1}, "1-": nil, "0-99999999": nil, "-1": nil} {
		if got := parseList(list); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v", list, got)
		}
		if want != nil && strings.Trim(list, "x,") == list && scxstats.List(want) != list {
			t.Errorf("%v: %s", want, scxstats.List(want))
		}
	}
}

func TestTexts(t *testing.T) {
	for ns, want := range map[uint64]string{0: "0ns", 999: "999ns", 1000: "1.0us", 42_000: "42us", 1_500_000: "1.5ms", 61e9: "61s"} {
		if got := short(ns); got != want {
			t.Errorf("%d: %s", ns, got)
		}
	}
	for n, want := range map[uint64]string{0: "0", 99_999: "99999", 100_000: "100k", 12_345_678: "12M", 1 << 63: "9223372036G"} {
		if got := count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := printable("a\x1b[2Jb\n"); got != "a?[2Jb?" {
		t.Errorf("%q", got)
	}
}

func read1(pid int, attaches, queued uint64, at int64) reading {
	r := reading{top: &scxstats.Top{PID: pid, Attaches: attaches, Attached: 1}, at: time.Unix(at, 0)}
	r.top.Queued = queued
	return r
}

func queued(t *scxstats.Top) uint64 { return t.Queued }

// Rates are those of one scheduler under one agent.
func TestRates(t *testing.T) {
	var v view
	v.next(read1(1, 1, 100, 10), nil)
	if _, known := v.rate(queued); known {
		t.Error("a rate of one reading")
	}
	v.next(read1(1, 1, 300, 12), nil)
	if n, known := v.rate(queued); n != 100 || !known {
		t.Errorf("%d, %v", n, known)
	}
	for name, r := range map[string]reading{"another agent": read1(2, 1, 900, 13), "another scheduler": read1(1, 2, 900, 13), "fewer": read1(1, 1, 2, 13)} {
		w := v
		w.next(r, nil)
		if _, known := w.rate(queued); known {
			t.Errorf("%s: a rate", name)
		}
	}
	if text := v.rateText(queued); text != "100" {
		t.Error(text)
	}
}

// No line is wider than the screen, but for names at its end, however small it is; and nothing fails without a reading.
func TestSmallScreens(t *testing.T) {
	var v view
	if l := v.lines(80, 24); len(l) != 1 {
		t.Errorf("%v", l)
	}
	r := read1(1, 1, 1, 1)
	r.top.Domains = map[string]scxstats.Domain{"0": {CPUs: "0-99"}, "1": {CPUs: "100-199"}, "10": {CPUs: "5"}, "9": {CPUs: "6"}}
	v.next(r, nil)
	for _, width := range []int{20, 40, 80, 200} {
		for _, height := range []int{1, 10, 60} {
			for i, l := range v.cpus(width, max(2, height/3)) {
				n := 0
				for _, s := range l {
					n += len(s.text)
				}
				if n > max(width, 40) {
					t.Errorf("%dx%d: line %d has %d columns: %v", width, height, i, n, l)
				}
			}
		}
		for _, height := range []int{3, 9, 30} {
			if n := len(v.cpus(width, height)); n > height {
				t.Errorf("%d lines, not %d", n, height)
			}
		}
	}
	if names := inOrder(r.top.Domains); !reflect.DeepEqual(names, []string{"0", "1", "9", "10"}) {
		t.Errorf("%v", names)
	}
}
