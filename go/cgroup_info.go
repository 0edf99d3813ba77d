package scxbridge

import (
	"time"
	"unsafe"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// CgroupInfo is a cgroup as the kernel side keeps it: its limit, and how its tasks waited for quota.
// A wait counts in the group whose quota is used up, not in those below it. For a group's path,
// weight and owner see package cgroup.
type CgroupInfo struct {
	// ID is the group's, as in [Task].CgroupID.
	ID uint64
	// Quota is what cpu.max gives it for each Period; 0: it has no limit of its own. Burst is how
	// much of it may be saved up.
	Quota, Period, Burst time.Duration
	// Throttled is how often a task began to wait for the group's quota, and ThrottledTime how long
	// those waits were that have ended, summed up over tasks. (The kernel's own nr_throttled and
	// throttled_usec in cpu.stat do not count them.)
	Throttled     uint64
	ThrottledTime time.Duration
	// ThrottledNow is how many tasks wait for it now.
	ThrottledNow int
}

// cgroupCalls is the part of library that this file uses.
type cgroupCalls interface {
	CgroupRead(id uint64, info *capi.CgroupInfo) int32
}

// Cgroup reads a cgroup's limit and waits by its id. It is one system call, and fails with
// ErrNoSuchCgroup, ErrNotAttached, ErrEnded and ErrClosed.
//
// ErrNoSuchCgroup means that the kernel side keeps nothing of it: there is no such group, it has no
// cpu controller and so counts as a part of its parent, it is the root, or
// cgroups are ignored.
func (s *Scheduler) Cgroup(id uint64) (CgroupInfo, error) {
	c := capi.CgroupInfo{Size: uint32(unsafe.Sizeof(capi.CgroupInfo{}))}
	if status := s.lib.CgroupRead(id, &c); status < 0 {
		return CgroupInfo{}, s.check(opCgroup, status)
	}
	return CgroupInfo{
		ID:            c.ID,
		Quota:         time.Duration(c.QuotaNS),
		Period:        time.Duration(c.PeriodNS),
		Burst:         time.Duration(c.BurstNS),
		Throttled:     c.Throttled,
		ThrottledTime: time.Duration(c.ThrottledNS),
		ThrottledNow:  int(c.ThrottledNow),
	}, nil
}

const opCgroup = "read cgroup"
