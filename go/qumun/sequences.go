package core

// generation is the least number of pids that are remembered; the most is twice as many.
const generation = 1 << 16

// sequences finds the sequence number of a task's newest record by its pid, since this API's
// records have none. A pid that is not seen for a long time is forgotten.
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

// get returns the number. For a pid without a record it is noTask: its decision is stale, like
// one that comes too late.
func (q *sequences) get(pid int32) uint64 {
	if seq, known := q.young[pid]; known {
		return seq
	}
	if seq, known := q.old[pid]; known {
		return seq
	}
	return noTask
}

// noTask is a valid sequence number that no task has: theirs begin at the time since boot, in ns.
const noTask = 1
