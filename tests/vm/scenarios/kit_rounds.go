package main

import scx "github.com/scxbridge/scxbridge/go"

// quietRun repeats a measurement of times until it succeeds: other loads on the host stretch time in the guest,
// so one quiet run of several is enough.
func (t *T) quietRun(tries int, wrong string, run func() bool) {
	for range tries {
		if run() {
			return
		}
	}
	t.Errorf("%d times: %s", tries, wrong)
}

// unrescued repeats a round until enough had no rescue: on a slow machine the kernel side may run tasks before
// their decisions come, and such a round proves nothing. The function that round returns judges it.
func (s *session) unrescued(want int, round func(n int) (judge func(scx.Stats))) {
	good := 0
	for n := 0; n < 4*want && good < want; n++ {
		before := s.stats()
		judge := round(n)
		st := s.stats().Sub(before)
		if st.Rescued != 0 {
			s.t.Logf("round %d does not count: %d rescued", n, st.Rescued)
			continue
		}
		judge(st)
		good++
	}
	s.t.FatalIf(good < want, "only %d rounds without a rescue", good)
}
