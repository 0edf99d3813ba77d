// Command peers measures how schedulers in Go talk to BPF today: libbpfgo's ring
// buffer through a channel, a user ring buffer fed by a goroutine, and
// cilium/ebpf's Program.Run to ask for a CPU.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/aquasecurity/libbpfgo"
	"github.com/cilium/ebpf"

	"github.com/scxbridge/scxbridge/tests/bench/internal/worker"
)

func init() { runtime.LockOSThread() }

// A fill fits, so neither side blocks on a full channel.
const room = worker.Fill

// Sizes of the wire structs of rust/wire.rs.
const (
	taskSize     = 112
	decisionSize = 56
)

// task is what a policy reads of a record.
type task struct {
	pid, tgid, cpu          int32
	nrCPUsAllowed           uint32
	flags, startTS, stopTS  uint64
	execRuntime, weight     uint64
	vtime, cgroupID, seqNum uint64
	comm                    [16]byte
}

// cpuRequest is struct scxb_cpu_request.
type cpuRequest struct {
	PID, PrevCPU, CPU int32
	Flags             uint32
}

type peers struct {
	records   chan []byte
	decisions *userRing
	selectCPU *ebpf.Program
	tasks     [worker.MaxBatch]task
}

// decode reads fields one by one: the fastest of the ways in use.
func decode(b []byte, t *task) {
	if len(b) != taskSize {
		worker.Check(fmt.Errorf("a record of %d bytes", len(b)))
	}
	le := binary.LittleEndian
	t.pid = int32(le.Uint32(b[0:]))
	t.tgid = int32(le.Uint32(b[4:]))
	t.cpu = int32(le.Uint32(b[8:]))
	t.nrCPUsAllowed = le.Uint32(b[12:])
	t.flags = le.Uint64(b[16:])
	t.startTS = le.Uint64(b[24:])
	t.stopTS = le.Uint64(b[32:])
	t.execRuntime = le.Uint64(b[40:])
	t.weight = le.Uint64(b[48:])
	t.vtime = le.Uint64(b[56:])
	t.cgroupID = le.Uint64(b[64:])
	t.seqNum = le.Uint64(b[72:])
	copy(t.comm[:], b[96:])
}

func encode(t *task, cpu int32) []byte {
	b := make([]byte, decisionSize)
	le := binary.LittleEndian
	le.PutUint32(b[0:], uint32(t.pid))
	le.PutUint32(b[4:], uint32(cpu))
	le.PutUint64(b[16:], t.vtime)
	le.PutUint64(b[32:], t.seqNum)
	return b
}

func (p *peers) receive(batch int) {
	for i := range p.tasks[:batch] {
		decode(<-p.records, &p.tasks[i])
	}
}

func (p *peers) askCPU(pid, prev int32) int32 {
	request := cpuRequest{PID: pid, PrevCPU: prev}
	// cilium/ebpf passes a copy, and the kernel refuses ContextOut for such a program, so
	// the answer must be the return value.
	cpu, err := p.selectCPU.Run(&ebpf.RunOptions{Context: &request})
	worker.Check(err)
	return int32(cpu)
}

func (p *peers) selectOne(batch int) {
	for range batch {
		if cpu := p.askCPU(1, 3); cpu != 3 {
			worker.Check(fmt.Errorf("select_cpu gave CPU %d", cpu))
		}
	}
}

var blank task

func (p *peers) submitBlank(batch int) {
	for range batch {
		p.decisions.samples <- encode(&blank, 0)
	}
}

func (p *peers) round(batch int) {
	p.receive(batch)
	for i := range p.tasks[:batch] {
		t := &p.tasks[i]
		p.decisions.samples <- encode(t, p.askCPU(t.pid, t.cpu))
		worker.SeqSum += t.seqNum
	}
}

func open(path string) *peers {
	libbpfgo.SetLoggerCbs(libbpfgo.Callbacks{Log: func(int, string) {}})
	// Kernels from 5.11 on do not count BPF's memory against the limit.
	module, err := libbpfgo.NewModuleFromFileArgs(libbpfgo.NewModuleArgs{BPFObjPath: path, SkipMemlockBump: true})
	worker.Check(err)
	worker.Check(module.BPFLoadObject())

	p := &peers{records: make(chan []byte, room)}
	records, err := module.InitRingBuf("queued", p.records)
	worker.Check(err)
	decisions, err := module.GetMap("decisions")
	worker.Check(err)
	p.decisions, err = newUserRing(decisions.FileDescriptor(), room)
	worker.Check(err)
	program, err := module.GetProgram("scxb_select_cpu")
	worker.Check(err)
	p.selectCPU, err = ebpf.NewProgramFromFD(program.FileDescriptor())
	worker.Check(err)
	// The limit only serves Stop, which is never called.
	records.Poll(60_000)
	return p
}

func main() {
	if len(os.Args) != 2 {
		worker.Check(fmt.Errorf("usage: peers OBJECT"))
	}
	p := open(os.Args[1])
	// All records but one are in the ring before the clock starts; the last one wakes
	// the poller, which must be asleep by then.
	feed := func() {
		time.Sleep(time.Millisecond)
		worker.Feed(worker.Fill - 1)
	}
	worker.Serve(map[string]*worker.Measure{
		"receive":    {Prepare: feed, Begin: worker.FeedAndWake, Run: p.receive},
		"dispatch":   {Run: p.submitBlank, End: p.decisions.settle, Finish: worker.Drain, Sends: true},
		"select_cpu": {Run: p.selectOne},
		"round": {Prepare: feed, Begin: worker.FeedAndWake, Run: p.round, End: p.decisions.settle,
			Finish: worker.Drain, Sends: true},
	})
}
