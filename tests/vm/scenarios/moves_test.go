package main

import (
	"testing"

	scx "github.com/scxbridge/scxbridge/go"
)

func TestParseMoves(t *testing.T) {
	// Two nodes, the first of which has two caches.
	cpus := []scx.CPU{{Cache: 0, Node: 0}, {Cache: 0, Node: 0}, {Cache: 2, Node: 0}, {Cache: 3, Node: 1}}
	got := parseMoves(`# event histogram
{ orig_cpu:          0, dest_cpu:          1 } hitcount:          5
{ orig_cpu:          2, dest_cpu:          1 } hitcount:         30
{ orig_cpu:          3, dest_cpu:          0 } hitcount:        200

Totals:
    Hits: 235
`, cpus)
	if want := (moves{within: 5, across: 230, nodes: 200}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestMovesFor1000Switches(t *testing.T) {
	m := moves{across: 30, switches: 7000}.since(moves{across: 10, switches: 3000})
	if got := m.per1000(m.across); got != 5 {
		t.Errorf("%v of %+v", got, m)
	}
	if got := (moves{}).per1000(0); got != 0 {
		t.Errorf("%v without a switch", got)
	}
}
