package scxtest

import (
	"encoding/binary"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// These report each step to the test that compares the simulated kernel side with the real one:
// see package lockstep.

func (m *Machine) tell(kind lockstep.Kind, cpu int, t *Thread, flags uint32, args ...uint64) {
	s := lockstep.Step{At: m.now, Kind: kind, CPU: int32(cpu), Flags: flags}
	if t != nil {
		s.PID = m.pidOf(t)
	}
	copy(s.Args[:], args)
	m.follow(&s)
}

func (m *Machine) pidOf(t *Thread) int32 {
	if t == m.agent.thread {
		return lockstep.AgentPID
	}
	return t.pid
}

// call reports a call of the kernel side on a CPU, for a task or for none.
func (m *Machine) call(kind lockstep.Kind, cpu int, t *Thread, flags uint32) {
	if m.follow != nil {
		m.tell(kind, cpu, t, flags)
	}
}

// tellAgent reports the agent, which exists before all tasks.
func (m *Machine) tellAgent() {
	if m.follow == nil {
		return
	}
	mask := m.affinities.all.mask[0]
	if m.agent.thread == nil {
		mask = 1 << m.cfg.CPUs
	}
	cpu := int32(m.agentCPU())
	m.follow(&lockstep.Step{At: m.now, Kind: lockstep.Init, CPU: cpu, PID: lockstep.AgentPID, Flags: lockstep.AgentPID,
		Args: [6]uint64{mask, 100}})
	m.follow(&lockstep.Step{At: m.now, Kind: lockstep.Register, CPU: cpu, PID: lockstep.AgentPID})
}

func (m *Machine) tellInit(t *Thread) {
	if m.follow == nil {
		return
	}
	s := lockstep.Step{At: m.now, Kind: lockstep.Init, CPU: int32(t.cpu), PID: t.pid, Flags: uint32(t.tgid),
		Args: [6]uint64{t.allowed.mask[0], t.weight, t.cgroupID()}}
	s.Args[3], s.Args[4] = words(t.comm)
	m.follow(&s)
}

// tellWake reports a task that wakes up on a CPU, or is new.
func (m *Machine) tellWake(t *Thread, here int, woke bool) {
	if m.follow == nil {
		return
	}
	flags := uint32(0)
	if woke {
		flags = 1
	}
	m.tell(lockstep.Wake, here, t, flags, uint64(t.cpu))
}

func (m *Machine) tellFlush(decisions []scxbridge.Decision) {
	if m.follow == nil {
		return
	}
	for i := range decisions {
		d := &decisions[i]
		m.follow(&lockstep.Step{At: m.now, Kind: lockstep.Decision, CPU: d.CPU, PID: d.PID, Args: [6]uint64{
			d.SliceNS, d.VTime, d.Flags, d.Seq, d.LeaseNS, uint64(d.LeaseCount) | uint64(d.Reserved)<<32}})
	}
	m.tell(lockstep.Flush, m.agentCPU(), nil, 0)
}

// tellDomains reports domains that are set. It has room for 16 of 32 CPUs.
func (m *Machine) tellDomains(d *scxbridge.Domains) {
	if m.follow == nil {
		return
	}
	s := lockstep.Step{At: m.now, Kind: lockstep.Domains, CPU: int32(m.agentCPU())}
	for cpu, n := range d.OfCPU {
		s.Args[cpu/16] |= uint64(n) << (cpu % 16 * 4)
	}
	for n, closed := range d.Closed {
		if closed {
			s.Args[2] |= 1 << n
		}
	}
	m.follow(&s)
}

// agentCPU returns the CPU on which the agent makes its calls: if it runs apart, one after all others.
func (m *Machine) agentCPU() int {
	if m.agent.thread == nil {
		return m.cfg.CPUs
	}
	return m.agent.thread.cpu
}

// tellInsert reports a task that is put on a queue.
func (m *Machine) tellInsert(t *Thread, queue uint64, vtime uint64) {
	if m.follow != nil {
		m.tell(lockstep.Insert, -1, t, 0, queue, vtime, t.slice)
	}
}

// tellLocal reports a task that is put on a local queue.
func (m *Machine) tellLocal(t *Thread, cpu int, preempts uint32) {
	if m.follow != nil {
		m.tell(lockstep.Insert, cpu, t, preempts, lockstep.Local|uint64(cpu), 0, t.slice)
	}
}

func (m *Machine) tellTimer(timer uint32, ns uint64) {
	if m.follow != nil {
		m.tell(lockstep.Timer, -1, nil, timer, ns)
	}
}

func (m *Machine) tellRecord(r *scxbridge.Task) {
	if m.follow == nil {
		return
	}
	m.follow(&lockstep.Step{At: m.now, Kind: lockstep.Record, CPU: r.CPU, PID: r.PID, Flags: uint32(r.Flags), Args: [6]uint64{
		uint64(uint32(r.TGID)) | uint64(r.NrCPUsAllowed)<<32, r.ReadyTS, r.StartTS, r.StopTS, r.ExecRuntime, r.VTime}})
	m.follow(&lockstep.Step{At: m.now, Kind: lockstep.RecordWeights, CPU: r.CPU, PID: r.PID, Args: [6]uint64{
		r.Weight, uint64(r.OwnWeight)}})
	more := lockstep.Step{At: m.now, Kind: lockstep.RecordMore, CPU: r.CPU, PID: r.PID, Flags: r.Leased, Args: [6]uint64{
		r.CgroupID, r.Seq, r.RunNS, r.WeightedNS}}
	more.Args[4], more.Args[5] = words(r.Comm)
	m.follow(&more)
}

// words returns the bytes as two words.
func words(comm [16]byte) (a, b uint64) {
	return binary.NativeEndian.Uint64(comm[:8]), binary.NativeEndian.Uint64(comm[8:])
}
