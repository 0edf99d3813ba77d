package rules

import "github.com/scxbridge/scxbridge/go/cgroup"

// Subject is a task as rules see it.
type Subject struct {
	TID     int32
	Thread  string // its own name
	Process *Process
	Group   *Group
	// Policy is its scheduling policy, as linux/sched.h numbers them, and CPUs is the list of those that it may use. Both are
	// there only if the task was asked for by its id.
	Policy int
	CPUs   string
}

// Process is what /proc tells of a process. It is never changed.
type Process struct {
	PID     int32
	Comm    string
	Cmdline string // its arguments with blanks between; empty if no rule asks for it
	UID     uint32 // effective
	Kernel  bool   // a kernel thread

	// Parent is the process that started it, as far as anyone knows: also when that has ended since.
	Parent *Process

	ppid  int32
	start uint64 // since boot: with PID it names the process
	depth int    // of parents

	matched matched
}

// Group is a cgroup.
type Group struct {
	Path  string
	Owner cgroup.Owner
	Pod   Pod
}

var noGroup = &Group{}

func (g *Group) containerName() string {
	if name := g.Pod.Containers[g.Owner.ContainerID]; name != "" {
		return name
	}
	return g.Owner.ContainerID
}

// Pod is what someone who knows Kubernetes tells of a pod.
type Pod struct {
	Namespace, Name string
	Labels          map[string]string
	Containers      map[string]string // names by their ids
}

// Pods knows pods by their uids. It is asked from any goroutine, beside the rounds, and should not wait for a network:
// of a pod that it does not know yet it returns false, and later calls [Engine.Review].
type Pods interface {
	Pod(uid string) (Pod, bool)
}
