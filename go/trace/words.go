package trace

import (
	"strconv"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// why says why a task was queued.
func why(q *scxbridge.Task) string {
	switch {
	case q.Ended():
		return "ended"
	case q.Woke():
		return "wake-up"
	case q.Flags&scxbridge.EnqReenq != 0:
		return "put back by the kernel"
	case q.StartTS == 0:
		return "new"
	}
	return "slice end or preempted"
}

// target says where a decision puts a task.
func target(cpu int32) string {
	switch {
	case cpu >= 0:
		return "CPU " + itoa(cpu)
	case cpu == scxbridge.AnyCPU:
		return "any CPU"
	case cpu == scxbridge.PickIdle:
		return "idle CPU, else any"
	case cpu <= scxbridge.Domain(0):
		return "domain " + itoa(scxbridge.Domain(0)-cpu)
	}
	return itoa(cpu)
}

func preempts(flags uint64) string {
	switch {
	case flags&scxbridge.Preempt != 0:
		return "now"
	case flags&scxbridge.PreemptLater != 0:
		return "what comes later"
	}
	return ""
}
