package policy

import scxbridge "github.com/scxbridge/scxbridge/go"

// history remembers what a task's record does not tell: its virtual runtime
// apart from its deadline.
//
// It is a cache, bounded and made beforehand: sets of four ways, chosen by pid;
// in a full set the task with the least virtual runtime, which ran or slept longest
// ago, makes room. A task that is forgotten is charged a little inexactly once.
type history struct {
	sets []historySet
	mask uint32
}

const ways = 4

type historySet [ways]past

// past is what was known of a task at its last record. Pid 0 is no task.
type past struct {
	pid      int32
	seq      uint64
	vruntime uint64
}

// before tells whether this is what was known just before the record. A task's
// sequence grows by one with each record, and two tasks never share a part of it: so
// neither a reused pid matches, nor a task about which another agent decided meanwhile.
func (p *past) before(t *scxbridge.Task) bool { return p.pid == t.PID && p.seq+1 == t.Seq }

// newHistory returns a history for at least that many tasks.
func newHistory(tasks int) history {
	sets := 1
	for sets*ways < tasks {
		sets *= 2
	}
	return history{sets: make([]historySet, sets), mask: uint32(sets - 1)}
}

// find returns the task's place: its past, or a free or given up one, which
// does not carry its pid.
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
