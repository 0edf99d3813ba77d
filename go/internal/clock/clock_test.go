package clock

import (
	"testing"
	"time"
)

func TestFastIsMonotonic(t *testing.T) {
	c := NewFast()
	before := Read(Monotonic)
	now := c.Now()
	if after := Read(Monotonic); now+1e6 < before || now > after+1e6 {
		t.Errorf("%d is not between %d and %d", now, before, after)
	}
}

func TestTwoAgree(t *testing.T) {
	first := NewFast()
	before := first.Now()
	second := NewFast()
	if reader := second.Now(); reader+1e6 < before || reader > before+uint64(time.Minute) {
		t.Errorf("two clocks: %d and %d", before, reader)
	}
}
