package main

import (
	"slices"
	"strings"
	"testing"
)

func TestChosenLoads(t *testing.T) {
	for names, want := range map[string][]string{"all": demoLoads, "hogs": {"hogs"}, "sleeper,messages": {"sleeper", "messages"}} {
		if got, err := chosenLoads(names); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", names, got, err)
		}
	}
	if _, err := chosenLoads("hogs,snails"); err == nil || !strings.Contains(err.Error(), `no load "snails"`) {
		t.Errorf("an unknown load: %v", err)
	}
}

func TestWhatCannotBeTried(t *testing.T) {
	for _, args := range [][3]string{{"snails", "1", "true"}, {"hogs", "0", "true"}, {"hogs", "1", "%zz"}} {
		if status := tryProgram(args[0], args[1], args[2]); status != exitCannotRun {
			t.Errorf("%v: exit status %d, not %d", args, status, exitCannotRun)
		}
	}
}
