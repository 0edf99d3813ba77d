package core

// generation is how many pids are remembered at least; twice as many at most.
const generation = 1 << 16

// sequences finds the sequence number of a task's newest record by its pid: the records of this
// API do not carry it. A pid that is not seen for a long while is forgotten.
type sequences struct {
	young, old map[int32]uint64
}

func (q *sequences) init() {
	q.young, q.old = map[int32]uint64{}, map[int32]uint64{}
}

func (q *sequences) set(pid int32, seq uint64) {
	if len(q.young) >= generation {
		q.young, q.old = q.old, q.young
		clear(q.young)
	}
	q.young[pid] = seq
}

// get returns the number. That of a pid without a record matches no task: its decision is
// stale, as one that comes too late.
func (q *sequences) get(pid int32) uint64 {
	if seq, known := q.young[pid]; known {
		return seq
	}
	if seq, known := q.old[pid]; known {
		return seq
	}
	return noTask
}

// noTask is valid, and no task's: they begin at the time since boot, in ns.
const noTask = 1
