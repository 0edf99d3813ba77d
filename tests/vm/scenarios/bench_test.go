//go:build !demo

package main

import (
	"reflect"
	"testing"
)

func TestParseCyclictest(t *testing.T) {
	text := `{"file_version": 1, "thread": {"0": {"histogram": {}, "cycles": 20, "min": 63, "max": 92, "avg": 66.55, "cpu": 0}}}`
	got, err := parseCyclictest([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := []value{ns("avg", 66550), ns("max", 92000)}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, bad := range []string{"", `{"thread": {}}`, `{"thread": {"0": {"cycles": 0}}}`} {
		if got, err := parseCyclictest([]byte(bad)); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestParseHackbench(t *testing.T) {
	got, err := parseHackbench("Running in process mode with 1 groups\nTime: 0.125\n")
	if err != nil || got != 125e6 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := parseHackbench("SENDER: write: Broken pipe\n"); err == nil {
		t.Errorf("no time gives %v", got)
	}
}

func TestParseStats(t *testing.T) {
	got, err := parseStats(`{"elapsed_s":1,"interval":{"decisions":1},"total":{"decisions":42}}`)
	if err != nil || got.Decisions != 42 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parseStats(`{"elapsed_s":1}`); err == nil {
		t.Error("a line without total passes")
	}
}

func TestProfile(t *testing.T) {
	for _, names := range [][2]string{{"scxb_enqueue", "scxb_running"}, {"rustland_enqueu", "rustland_runnin"}} {
		got := newProfile(map[string]program{
			names[0]: {name: names[0], ns: 300, runs: 10}, names[1]: {name: names[1], ns: 100, runs: 20}, "other": {name: "other", ns: 600, runs: 5},
		})
		if want := (profile{perEnqueue: 100, perRun: 50}); got != want {
			t.Errorf("%v: %v, want %v", names, got, want)
		}
	}
}

func TestEachTakesEveryTurn(t *testing.T) {
	b, agents := &bench{}, []*agent{{impl: "a"}, {impl: "b"}, {impl: "c"}}
	firsts := map[string]bool{}
	for b.round = 1; b.round <= 3; b.round++ {
		turn := b.inTurn(agents)
		if len(turn) != 3 {
			t.Fatalf("%d schedulers in round %d", len(turn), b.round)
		}
		firsts[turn[0].impl] = true
	}
	if len(firsts) != 3 {
		t.Errorf("only %v came first", firsts)
	}
}
