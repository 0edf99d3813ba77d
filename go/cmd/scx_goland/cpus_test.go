package main

import (
	"slices"
	"strings"
	"testing"
)

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string][]int{"": nil, "0": {0}, "3,1": {3, 1}, "0,4-7": {0, 4, 5, 6, 7}, "2-2": {2}} {
		if got, err := parseCPUs(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("parseCPUs(%q) = %v, %v; want %v", list, got, err, want)
		}
	}
	for _, list := range []string{",", "a", "1-", "-1", "3-2", "1,,2", " 1", "70000"} {
		if got, err := parseCPUs(list); err == nil || !strings.Contains(err.Error(), "no list of CPUs") {
			t.Errorf("parseCPUs(%q) = %v, %v", list, got, err)
		}
	}
}
