package trace

import (
	"math/rand/v2"
	"reflect"
	"sort"
	"testing"
)

func TestSpansOfACPUDoNotOverlap(t *testing.T) {
	for _, test := range []struct {
		name               string
		before, want, then []span // what is drawn before, what of {10, 20} is, and what is remembered
	}{
		{"alone", nil, []span{{10, 20}}, []span{{10, 20}}},
		{"between others that touch it", []span{{5, 10}, {20, 25}}, []span{{10, 20}}, []span{{5, 10}, {10, 20}, {20, 25}}},
		{"its beginning is taken", []span{{5, 12}}, []span{{12, 20}}, []span{{5, 12}, {12, 20}}},
		{"its end is taken", []span{{18, 30}}, []span{{10, 18}}, []span{{10, 18}, {18, 30}}},
		{"a short one is in it", []span{{13, 14}}, []span{{10, 13}, {14, 20}}, []span{{10, 13}, {13, 14}, {14, 20}}},
		{"two are in it", []span{{10, 11}, {15, 16}}, []span{{11, 15}, {16, 20}}, []span{{10, 11}, {11, 15}, {15, 16}, {16, 20}}},
		{"it is in another", []span{{9, 21}}, nil, []span{{9, 21}}},
		{"it is there already", []span{{10, 20}}, nil, []span{{10, 20}}},
	} {
		c := cpuTrack{drawn: test.before}
		var got []span
		c.draw(span{10, 20}, func(s span) { got = append(got, s) })
		if !reflect.DeepEqual(got, test.want) || !reflect.DeepEqual(c.drawn, test.then) {
			t.Errorf("%s: it drew %v, want %v, and remembers %v, want %v", test.name, got, test.want, c.drawn, test.then)
		}
	}
}

func TestSpansOfACPUAreForgotten(t *testing.T) {
	var c cpuTrack
	var all []span
	random := rand.New(rand.NewPCG(1, 2))
	for i := range uint64(10 * spansKept) {
		// Some come late, or a little wrong.
		from := max(i*10, 1000) - random.Uint64N(1000)
		c.draw(span{from, from + 1 + random.Uint64N(12)}, func(s span) { all = append(all, s) })
		c.forget()
	}
	if len(c.drawn) > 2*spansKept {
		t.Errorf("%d are remembered", len(c.drawn))
	}
	sort.Slice(all, func(i, j int) bool { return all[i].from < all[j].from })
	for i, s := range all[1:] {
		if before := all[i]; before.to > s.from {
			t.Fatalf("%v and %v overlap", before, s)
		}
	}
	if len(all) < 5*spansKept {
		t.Errorf("only %d were drawn", len(all))
	}
}
