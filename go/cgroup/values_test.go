package cgroup

import (
	"fmt"
	"testing"
	"time"
)

func TestParseMax(t *testing.T) {
	for text, want := range map[string]Limit{
		"max 100000\n":                  {Period: 100 * time.Millisecond},
		"20000 100000\n":                {Quota: 20 * time.Millisecond, Period: 100 * time.Millisecond},
		"250000 50000\n":                {Quota: 250 * time.Millisecond, Period: 50 * time.Millisecond},
		"17592186044415 1000000":        {Quota: 17592186044415 * time.Microsecond, Period: time.Second},
		"1000 1000\n\n\n\n\n\n\n\n\n\n": {Quota: time.Millisecond, Period: time.Millisecond},
	} {
		quota, period, err := parseMax(text)
		if got := (Limit{Quota: quota, Period: period}); err != nil || got != want {
			t.Errorf("%q is %+v, %v, not %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "\n", "max", "20000", "20000 ", "-1 100000", "max -1", "max max", "0 100000", "1 0", "20000  100000",
		"20000 100000 3", "18446744073709551615 100000", "99999999999999999999 1", "1e3 100000",
	} {
		if quota, period, err := parseMax(text); err == nil {
			t.Errorf("%q is taken for %v in %v", text, quota, period)
		}
	}
}

func FuzzParseMax(f *testing.F) {
	f.Add("max 100000\n")
	f.Add("20000 100000\n")
	f.Fuzz(func(t *testing.T, text string) {
		quota, period, err := parseMax(text)
		if err != nil {
			return
		}
		if quota < 0 || period < 0 {
			t.Fatalf("%q is %v in %v", text, quota, period)
		}
		written := fmt.Sprintf("%d %d\n", quota.Microseconds(), period.Microseconds())
		if quota == 0 {
			written = fmt.Sprintf("max %d\n", period.Microseconds())
		}
		if q, p, err := parseMax(written); q != quota || p != period || err != nil {
			t.Fatalf("%q is %v in %v, written as %q and read as %v in %v, %v", text, quota, period, written, q, p, err)
		}
	})
}

func TestNumber(t *testing.T) {
	for _, text := range []string{"", "x", "10001", "-1", "1 2"} {
		if n, err := number(text, 0, 10000); err == nil {
			t.Errorf("%q is taken for %d", text, n)
		}
	}
	if n, err := number("10000\n", 0, 10000); n != 10000 || err != nil {
		t.Errorf("10000 is %d, %v", n, err)
	}
}

func TestTighter(t *testing.T) {
	none := Limit{Period: 100}
	fifth, half, two := Limit{Quota: 20, Period: 100}, Limit{Quota: 5, Period: 10}, Limit{Quota: 200, Period: 100}
	for _, c := range []struct {
		l, than Limit
		want    bool
	}{{none, none, false}, {none, fifth, false}, {fifth, none, true}, {fifth, half, true}, {half, fifth, false}, {two, half, false}, {half, two, true}, {half, half, false}} {
		if got := c.l.tighter(c.than); got != c.want {
			t.Errorf("%+v tighter than %+v: %v", c.l, c.than, got)
		}
	}
	if none.CPUs() != 0 || fifth.CPUs() != 0.2 || two.CPUs() != 2 {
		t.Errorf("in CPUs: %v %v %v", none.CPUs(), fifth.CPUs(), two.CPUs())
	}
}

func TestUnder(t *testing.T) {
	g := Group{Path: "/a/b"}
	for prefix, want := range map[string]bool{
		"/": true, "": true, "/a": true, "/a/": true, "/a/b": true, "/a/b/": true,
		"/a/b/c": false, "/a/bc": false, "/b": false, "/aa": false,
	} {
		if g.Under(prefix) != want {
			t.Errorf("%s under %q is %v", g.Path, prefix, !want)
		}
	}
	if root := (&Group{Path: "/"}); !root.Under("/") || root.Under("/a") {
		t.Error("the root is under itself alone")
	}
	if (&Group{Path: "/ab"}).Under("/a") {
		t.Error("/ab is not under /a")
	}
}

func TestDifferences(t *testing.T) {
	old := CPU{Controlled: true, Weight: 100, Limit: Limit{Period: 100}}
	for want, change := range map[Values]func(*CPU){
		0:               func(*CPU) {},
		ControlledValue: func(c *CPU) { c.Controlled = false },
		WeightValue:     func(c *CPU) { c.Weight = 99 },
		IdleValue:       func(c *CPU) { c.Idle = true },
		LimitValue:      func(c *CPU) { c.Limit.Quota = 3 },
		BurstValue:      func(c *CPU) { c.Limit.Burst = 3 },
		allValues:       func(c *CPU) { *c = CPU{Weight: 1, Idle: true, Limit: Limit{1, 2, 3}} },
	} {
		now := old
		change(&now)
		if got := now.differences(old); got != want {
			t.Errorf("%+v and %+v differ in %b, not %b", now, old, got, want)
		}
	}
}
