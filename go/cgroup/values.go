package cgroup

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A setting is a file of the cpu controller and how its text is taken over.
type setting struct {
	file  string
	parse func(*CPU, string) error
}

var settings = [...]setting{
	{"cpu.weight", func(c *CPU, text string) (err error) {
		c.Weight, err = number(text, 0, 10000)
		return err
	}},
	{"cpu.weight.nice", func(c *CPU, text string) (err error) {
		c.Nice, err = number(text, -20, 19)
		return err
	}},
	{"cpu.idle", func(c *CPU, text string) error {
		idle, err := number(text, 0, 1)
		c.Idle = idle == 1
		return err
	}},
	{"cpu.max", func(c *CPU, text string) (err error) {
		c.Limit.Quota, c.Limit.Period, err = parseMax(text)
		return err
	}},
	{"cpu.max.burst", func(c *CPU, text string) (err error) {
		c.Limit.Burst, err = microseconds(strings.TrimSpace(text))
		return err
	}},
}

// controls reports whether a group's directory has a file of that name whose
// change changes the group's settings.
func controls(name string) bool {
	for i := range settings {
		if settings[i].file == name {
			return true
		}
	}
	return false
}

func number(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, err
	}
	if n < least || n > most {
		return 0, fmt.Errorf("%d is not within %d to %d", n, least, most)
	}
	return n, nil
}

// parseMax reads the text of cpu.max: a quota in microseconds, or "max", and
// a period in microseconds.
func parseMax(text string) (quota, period time.Duration, err error) {
	first, second, found := strings.Cut(strings.TrimSpace(text), " ")
	if !found {
		return 0, 0, fmt.Errorf("%q is not a quota and a period", text)
	}
	if period, err = microseconds(second); err != nil {
		return 0, 0, err
	}
	if first == "max" {
		return 0, period, nil
	}
	if quota, err = microseconds(first); err != nil {
		return 0, 0, err
	}
	if quota == 0 || period == 0 {
		return 0, 0, fmt.Errorf("%q has a quota or a period of 0", text)
	}
	return quota, period, nil
}

func microseconds(text string) (time.Duration, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, err
	}
	if n > math.MaxInt64/uint64(time.Microsecond) {
		return 0, fmt.Errorf("%d µs is out of range", n)
	}
	return time.Duration(n) * time.Microsecond, nil
}
