package rules

import scxbridge "github.com/scxbridge/scxbridge/go"

// table remembers which rule each task has. It is the round's alone, and allocated beforehand. It is a cache: in a full set
// the task that was seen least recently makes room, and is asked about again when it comes back.
type table struct {
	sets  []tableSet
	mask  uint32
	finds uint64 // for tests: how often it was searched
}

const (
	ways       = 8
	tableTasks = 1 << 14
)

type tableSet [ways]entry

// entry is a task. Pid 0: the entry is free.
type entry struct {
	pid, tgid int32
	comm      [16]byte
	cgroup    uint64
	seq       uint64 // of its last record
	seen      uint64 // when that was
	asked     uint64 // when its rule was last asked for
	ticket    uint64 // of that question
	shift     int64  // of its last decision
	number    uint32 // of the generation that the rule belongs to; 0: there was no answer yet
	rule      uint16 // its number in the set + 1; 0: none
	pending   bool   // the answer has not come yet
}

func newTable(tasks int) *table {
	sets := 1
	for sets*ways < tasks {
		sets *= 2
	}
	return &table{sets: make([]tableSet, sets), mask: uint32(sets - 1)}
}

// find returns a task's entry or, if it has none, the one to use for it, which has another pid.
func (t *table) find(pid int32) *entry {
	t.finds++
	// Pids come in sequence; the multiplier (2^32 / golden ratio) spreads them.
	set := &t.sets[(uint32(pid)*0x9E3779B1)>>16&t.mask]
	victim := &set[0]
	for i := range set {
		e := &set[i]
		if e.pid == pid {
			return e
		}
		if e.pid == 0 && victim.pid != 0 || (e.pid == 0) == (victim.pid == 0) && e.seen < victim.seen {
			victim = e
		}
	}
	return victim
}

// same reports whether the entry is of the task, as far as its ids tell.
func (e *entry) same(t *scxbridge.Task) bool { return e.pid == t.PID && e.tgid == t.TGID }

// changed reports whether something about the task has changed that a rule may depend on, or that it may be another
// task with the same ids: one task's records have numbers without gaps, unless one found no room.
func (e *entry) changed(t *scxbridge.Task) bool {
	return e.seq+1 != t.Seq || e.cgroup != t.CgroupID || e.comm != t.Comm
}
