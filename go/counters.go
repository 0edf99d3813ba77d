package scxbridge

// Sub returns the counters' growth since an earlier reading. Gauges stay as
// they are.
func (s Stats) Sub(earlier Stats) Stats {
	from := earlier.counters()
	for i, c := range s.counters() {
		*c -= *from[i]
	}
	return s
}

// Add returns the sum of the counters of two schedulers, such as before and
// after a restart. Gauges stay as they are.
func (s Stats) Add(other Stats) Stats {
	more := other.counters()
	for i, c := range s.counters() {
		*c += *more[i]
	}
	return s
}

// Unaccounted returns how many records and how many decisions the counters do
// not account for. Both are 0 once nothing is on its way.
func (s *Stats) Unaccounted() (records, decisions int64) {
	return int64(s.Queued - s.Dispatched - s.Rescued - s.Gone - s.InFlight),
		int64(s.Decisions - s.Dispatched - s.Stale - s.Refused)
}
