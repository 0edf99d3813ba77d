package policy

// history remembers what a task's record does not tell: its virtual runtime
// apart from its deadline, and how long it had run when that was set.
//
// It is a cache, bounded and made beforehand: sets of four ways, chosen by pid;
// in a full set the task with the earliest deadline, which ran or slept longest
// ago, makes room. A task that is forgotten is charged a little inexactly once.
type history struct {
	sets []historySet
	mask uint32
}

const ways = 4

type historySet [ways]past

// past is what was known of a task at its last decision. Pid 0 is no task.
type past struct {
	pid      int32
	vruntime uint64
	deadline uint64
	exec     uint64 // Task.ExecRuntime
	start    uint64 // Task.StartTS
}

// newHistory returns a history for at least so many tasks.
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
		if p.deadline < victim.deadline {
			victim = p
		}
	}
	return victim
}
