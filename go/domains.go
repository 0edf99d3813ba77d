package scxbridge

import (
	"unsafe"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// MaxDomains is how many domains there can be.
const MaxDomains = capi.MaxDomains

// Domains says which CPUs are near each other. Each CPU is in one domain, and a task stays in the domain where it
// last ran, unless CPUs would be idle or order would be lost. By default each last-level cache is a domain.
type Domains struct {
	// OfCPU is the domain of each CPU, by the CPU's ID. Domains have numbers from 0 on, without gaps. So a task's
	// last domain is OfCPU[task.CPU].
	OfCPU []int
	// Closed says which domains are closed, by their numbers; domains beyond its end are not. As long as a CPU of a
	// closed domain runs tasks, tasks come and go only by decisions that name a CPU or a [Domain].
	Closed []bool
}

// Domain is the place of a decision that names a domain: its shared queue, and if a CPU of it is idle, that is woken. The
// numbers are those of [Domains].OfCPU. A decision for a domain may have no Flags.
func Domain(n int) int32 { return capi.CPUDomain - int32(n) }

// domainCalls is the part of library that this file uses.
type domainCalls interface {
	DomainsRead(domains *capi.Domains) int32
	DomainsSet(domains *capi.Domains) int32
}

// Domains returns the domains. It is no system call, and fails with ErrClosed only.
func (s *Scheduler) Domains() (Domains, error) {
	native := newDomains()
	if status := s.lib.DomainsRead(&native); status < 0 {
		return Domains{}, s.check(opDomains, status)
	}
	d := Domains{OfCPU: make([]int, native.CPUs), Closed: make([]bool, native.Domains)}
	for cpu := range d.OfCPU {
		d.OfCPU[cpu] = int(native.OfCPU[cpu])
	}
	for n := range d.Closed {
		d.Closed[n] = native.Closed[n] != 0
	}
	return d, nil
}

// SetDomains sets the domains; see Options.OwnDomains. Tasks that wait go to the queues of their new domains; those that
// run go on. They hold until they are set anew, also for another agent that adopts the scheduler.
//
// It is one system call, and reads some files of sysfs. It fails with ErrInvalid (a domain without a CPU, or not one
// domain for each CPU), ErrNotSupported (without Options.OwnDomains), ErrEnded and ErrClosed, and then changes nothing.
func (s *Scheduler) SetDomains(d Domains) error {
	native, err := d.native()
	if err != nil {
		return err
	}
	return s.call(opSetDomains, func() int32 { return s.lib.DomainsSet(&native) })
}

func newDomains() capi.Domains {
	return capi.Domains{Size: uint32(unsafe.Sizeof(capi.Domains{}))}
}

// native checks only what its form can't hold.
func (d *Domains) native() (capi.Domains, error) {
	native := newDomains()
	if len(d.OfCPU) > len(native.OfCPU) {
		return native, invalid(opSetDomains, "OfCPU has %d CPUs, at most %d are possible", len(d.OfCPU), len(native.OfCPU))
	}
	last := 0
	for cpu, n := range d.OfCPU {
		if n < 0 || n >= MaxDomains {
			return native, invalid(opSetDomains, "OfCPU[%d] is %d, domains have numbers from 0 to %d", cpu, n, MaxDomains-1)
		}
		native.OfCPU[cpu] = byte(n)
		last = max(last, n)
	}
	if len(d.Closed) > last+1 {
		return native, invalid(opSetDomains, "Closed has %d domains, OfCPU has %d", len(d.Closed), last+1)
	}
	for n, closed := range d.Closed {
		if closed {
			native.Closed[n] = 1
		}
	}
	native.CPUs, native.Domains = uint32(len(d.OfCPU)), uint32(last+1)
	return native, nil
}

const (
	opDomains    = "read domains"
	opSetDomains = "set domains"
)
