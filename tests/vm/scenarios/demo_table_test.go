package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	scx "github.com/scxbridge/scxbridge/go"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		want   float64
		values []float64
	}{{0, nil}, {7, []float64{7}}, {4, []float64{9, 1, 4}}, {5, []float64{8, 2}}, {3, []float64{9, 2, 1, 4}}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func TestComparison(t *testing.T) {
	// The machine becomes slower from round to round, equally for both.
	kernel := []figures{{4000, 4e6, 20, 800, 0}, {2000, 2e6, 40, 1600, 0}, {1000, 1e6, 80, 3200, 3}}
	goland := []figures{{3000, 6e6, 10, 800, 1}, {1500, 3e6, 5.125, 1600, 2}, {750, 15e5, 40, 3200, 3}}
	want := `
Same loads, medians of 3 rounds    better   kernel default          goland  goland/default
messages/s                           more            2,000           1,500            0.75
hog loops/s                          more        2,000,000       3,000,000            1.50
sleeper's wake-up latency p50, µs    less             40.0            10.0            0.50
sleeper's wake-up latency p99, µs    less            1,600           1,600            1.00
sleeper's periods missed, %          less             0.00            2.00
(goland/default: of each round's two phases, then the median)
`
	if got := comparison(kernel, goland, "goland", demoLoads); got != want[1:] {
		t.Errorf("got:\n%s", got)
	}
}

func TestComparisonOfOneLoad(t *testing.T) {
	f := []figures{{loops: 10}}
	got := comparison(f, []figures{{loops: 20}}, "mine", []string{"hogs"})
	if !strings.Contains(got, "mine/default") || !strings.Contains(got, "2.00") || strings.Contains(got, "messages") || strings.Contains(got, "sleeper") {
		t.Errorf("got:\n%s", got)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", 123456: "123,456"} {
		if got := count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestWidth(t *testing.T) {
	const much = 123_456_789_012
	stats := scx.Stats{Queued: much, Dispatched: much, Rescued: much, Gone: much, Decisions: much, Stale: much,
		Refused: much, IdleDirect: much, Congested: much, AgentDirect: much, KthreadDirect: much}
	f := []figures{{messages: 1e8, loops: 1e9, p50: 1e6, p99: 1e6, missed: 99}}
	for _, accel := range []string{"tcg", "kvm", "host", ""} {
		text := demoHeader("7.3.4+deb13-amd64", 512, accel) + f[0].String() + "\n" + comparison(f, f, "goland", demoLoads) + accountTable(stats, 1) + closing(accel)
		for _, line := range strings.Split(text, "\n") {
			if utf8.RuneCountInString(line) > 100 {
				t.Errorf("wider than 100: %s", line)
			}
		}
	}
}
