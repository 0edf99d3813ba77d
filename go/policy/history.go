package policy

import scxbridge "github.com/scxbridge/scxbridge/go"

// history remembers what a task's record does not have: its virtual runtime
// apart from its deadline.
//
// It is a four-way set-associative cache, indexed by pid and allocated beforehand.
// A full set evicts the task with the least virtual runtime, which ran or slept
// longest ago. A task that is forgotten is charged a little inexactly, once.
type history struct {
	sets []historySet
	mask uint32
}

const ways = 4

type historySet [ways]past

// past is what was known of a task at its last record. Pid 0: the entry is free.
type past struct {
	pid      int32
	seq      uint64
	vruntime uint64
	stopTS   uint64
}

// before reports whether the entry is of the record just before t. A task's sequence
// number grows by one with each record, and no two tasks share a number. So a reused pid
// does not match, nor does a task about which another agent decided meanwhile.
func (p *past) before(t *scxbridge.Task) bool { return p.pid == t.PID && p.seq+1 == t.Seq }

// newHistory returns a history for at least this many tasks.
func newHistory(tasks int) history {
	sets := 1
	for sets*ways < tasks {
		sets *= 2
	}
	return history{sets: make([]historySet, sets), mask: uint32(sets - 1)}
}

// find returns the task's entry or, if it has none, a free one or one to evict,
// which has another pid.
func (h *history) find(pid int32) *past {
	// Pids come in sequence; the multiplier (2^32 / golden ratio) spreads them.
	set := &h.sets[(uint32(pid)*0x9E3779B1)>>16&h.mask]
	victim := &set[0]
	for i := range set {
		p := &set[i]
		if p.pid == pid {
			return p
		}
		if p.vruntime < victim.vruntime {
			victim = p
		}
	}
	return victim
}
