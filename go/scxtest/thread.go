package scxtest

import (
	"math"
	"math/rand/v2"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// Thread is a simulated task, as its [Behavior] sees it.
type Thread struct {
	m        *Machine
	group    *group
	name     string
	index    int
	behavior Behavior
	rng      *rand.Rand
	stream   uint64
	children uint64

	pid, tgid, parent int32
	weight            uint64 // its own; see Machine.weightOf
	allowed           *affinity
	comm              [16]byte

	cgroup  *treeGroup // nil before it starts
	counted bool       // as one that competes there

	// What it does.
	state   state
	left    uint64 // ns of computation left
	cold    uint64 // ns that it has to run before that goes on, since its data are in another cache
	permits int    // wake-ups not yet waited for

	// What the kernel and the kernel side know.
	cpu       int    // where it runs, or last ran
	slice     uint64 // ns left
	sliceLeft uint64 // of its last decision's slice; 0: it slept, or runs without a decision
	decided   int    // the CPU of that decision
	parked    uint64 // sequence number of the open record; 0: it is not parked
	park      int    // the number of the PARK that it waits on, or waited on last
	seq       uint64
	toldOf    bool // it had a record
	parkedAt  uint64
	vruntime  uint64 // the kernel side's
	vtime     uint64 // the policy's
	runningAt uint64
	chargedTo uint64 // while it runs, its time is counted up to here
	stoppedAt uint64
	exec      uint64
	ran       uint64 // since its last record
	charged   uint64 // of ran: counted in vtime already
	weighted  uint64 // the same as ran and charged, weighted
	wcharged  uint64
	leased    uint32 // lease uses since its last record
	lease     lease
	quotaUse
	throttledBy *treeGroup // the group for whose quota it waits
	throttledAt uint64

	// Its place on queues.
	place int32
	on    *sharedQueue // if decided or congested: its queue, unless that is a single CPU's
	ages  [lists]ageLink

	// What is measured.
	waitsFrom uint64 // when its wait for a CPU began
	stolenAt  uint64 // when it last went to another domain
	wakeUps   uint32
	crowded   uint32 // wake-ups in a row when its domain was full
	crowdedAt uint32 // the last of them
	quotaWait uint64 // how much of this wait was for quota: it is not counted in waitsFrom
	woken     bool   // the wait began with a wake-up or a fork
	received  bool   // the policy has the open record
	answered  uint64 // the last sequence number that the policy returned a decision for
	slept     bool   // it did not always want to run
	stat      TaskReport
}

const endless = math.MaxUint64

type state uint8

const (
	asleep  state = iota
	waiting       // for a CPU, parked or on a queue
	running
	exited
)

// record is what the policy gets.
func (t *Thread) record(flags uint16) scxbridge.Task {
	return scxbridge.Task{
		PID:           t.pid,
		TGID:          t.tgid,
		CPU:           int32(t.cpu),
		NrCPUsAllowed: uint32(len(t.allowed.cpus)),
		ReadyTS:       t.m.now,
		StartTS:       t.runningAt,
		StopTS:        t.stoppedAt,
		ExecRuntime:   t.exec,
		Weight:        t.m.weightOf(t),
		VTime:         t.vtime,
		CgroupID:      t.cgroupID(),
		Seq:           t.seq,
		RunNS:         t.ran,
		WeightedNS:    t.weighted,
		Leased:        t.leased,
		OwnWeight:     uint16(t.weight),
		Flags:         flags,
		Comm:          t.comm,
	}
}

// mix hashes numbers into one (with the finalizer of splitmix64).
func mix(numbers ...uint64) uint64 {
	var h uint64
	for _, n := range numbers {
		h += n + 0x9E3779B97F4A7C15
		h = (h ^ h>>30) * 0xBF58476D1CE4E5B9
		h = (h ^ h>>27) * 0x94D049BB133111EB
		h ^= h >> 31
	}
	return h
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(0xCBF29CE484222325)
	for _, c := range []byte(s) {
		h = (h ^ uint64(c)) * 0x100000001B3
	}
	return h
}
