package scxtest

import (
	"fmt"
	"slices"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// domainTable says which CPUs are near each other, as struct domain_table of the kernel side does. It numbers domains
// node by node, and so programs, which choose their own numbers, have others.
type domainTable struct {
	ofCPU      []int
	domains    []domain
	byNumber   []int // by a program's numbers
	someClosed bool
}

type domain struct {
	number             int // a program's
	cpus               cpumask
	begin, end         int // its CPUs are in these words of the mask
	nodeBegin, nodeEnd int // the domains of its node follow each other
	closed             bool
}

// newDomainTable makes the table of the domain of each CPU, by numbers without gaps.
func newDomainTable(numbers []int, closed []bool, nodeOf func(cpu int) int) *domainTable {
	n := slices.Max(numbers) + 1
	nodes := make([]int, n)
	order := make([]int, n)
	for number := range order {
		order[number] = number
		nodes[number] = nodeOf(slices.Index(numbers, number))
	}
	for cpu, number := range numbers {
		nodes[number] = min(nodes[number], nodeOf(cpu))
	}
	slices.SortStableFunc(order, func(a, b int) int { return nodes[a] - nodes[b] })
	t := &domainTable{ofCPU: make([]int, len(numbers)), domains: make([]domain, n), byNumber: make([]int, n)}
	for at, number := range order {
		d := &t.domains[at]
		d.number, d.cpus, d.begin = number, newMask(len(numbers)), len(numbers)
		d.closed = number < len(closed) && closed[number]
		t.someClosed = t.someClosed || d.closed
		t.byNumber[number] = at
		for d.nodeBegin = at; d.nodeBegin > 0 && nodes[order[d.nodeBegin-1]] == nodes[number]; d.nodeBegin-- {
		}
		for d.nodeEnd = at + 1; d.nodeEnd < n && nodes[order[d.nodeEnd]] == nodes[number]; d.nodeEnd++ {
		}
	}
	for cpu, number := range numbers {
		at := t.byNumber[number]
		d := &t.domains[at]
		t.ofCPU[cpu] = at
		d.cpus.set(cpu)
		d.begin, d.end = min(d.begin, cpu/64), cpu/64+1
	}
	return t
}

// groupsOfCaches returns the group of each CPU: the number of its last-level cache. If there are more caches than most,
// neighbours share a group.
func (c *Config) groupsOfCaches(most int) []int {
	caches := (c.CPUs + c.CPUsPerLLC - 1) / c.CPUsPerLLC
	groups := make([]int, c.CPUs)
	for cpu := range groups {
		groups[cpu] = cpu / c.CPUsPerLLC * min(caches, most) / caches
	}
	return groups
}

func (c *Config) nodeOf(cpu int) int { return cpu / c.CPUsPerLLC / c.LLCsPerNode }

// defaultDomains are the last-level caches.
func (c *Config) defaultDomains() *domainTable {
	most := scxbridge.MaxDomains
	if c.Options.OneDomain {
		most = 1
	}
	return newDomainTable(c.groupsOfCaches(most), nil, c.nodeOf)
}

// first returns the first CPU of the domain that is in both sets, or -1.
func (d *domain) first(one, other cpumask) int {
	return d.cpus.firstOfThree(one, other, d.begin, d.end)
}

// other returns the other domains, for i from 1 on: those of the same node come first.
func (t *domainTable) other(own, i int) int {
	begin, end := t.domains[own].nodeBegin, t.domains[own].nodeEnd
	if i < end-begin {
		return begin + (own-begin+i)%(end-begin)
	}
	return (end + i - (end - begin)) % len(t.domains)
}

// namesDomain reports whether a decision's CPU names a domain. Its number may be too large.
func namesDomain(cpu int) bool { return cpu <= int(scxbridge.Domain(0)) }

// named returns the domain that a decision's CPU names, or -1 if it names none that exists.
func (t *domainTable) named(cpu int) int {
	number := int(scxbridge.Domain(0)) - cpu
	if number < 0 || number >= len(t.byNumber) {
		return -1
	}
	return t.byNumber[number]
}

// allowed returns the domain that a decision's CPU names, or -1 if the task may not go there.
func (m *Machine) allowedDomain(t *Thread, cpu int) int {
	n := m.domains.named(cpu)
	if n >= 0 && m.domains.domains[n].first(t.allowed.mask, t.allowed.mask) < 0 {
		return -1
	}
	return n
}

// domainOf is the domain where the task runs, or last ran.
func (m *Machine) domainOf(t *Thread) int { return m.domains.ofCPU[t.cpu] }

// homeOf is where a task belongs that waits: in the domain that its decision named, or where it last ran.
func (m *Machine) homeOf(t *Thread) int {
	if t.parked == 0 {
		if n := m.domains.named(t.decided); n >= 0 {
			return n
		}
	}
	return m.domainOf(t)
}

// mayLeave reports whether a task whose home is one domain may be taken into another. All CPUs run tasks, so closed
// domains keep theirs; but others wait for the agent.
func (m *Machine) mayLeave(t *Thread, home, other int) bool {
	d := m.domains
	return !d.someClosed || home == other || !d.domains[home].closed && !d.domains[other].closed || t == m.agent.thread
}

func (m *Machine) mayTake(t *Thread, c *cpu) bool {
	return !m.domains.someClosed || m.mayLeave(t, m.homeOf(t), m.domains.ofCPU[c.id])
}

// makeShared makes the shared queues that the domains need. Queues of domains that there were before stay, empty.
func (m *Machine) makeShared() {
	for len(m.shared) < len(m.domains.domains) {
		q := newSharedQueue(m)
		q.counts, q.domain = true, len(m.shared)
		m.shared = append(m.shared, &q)
	}
}

// Domains does what [scxbridge.Scheduler.Domains] does. If Config is invalid, it returns the error.
func (m *Machine) Domains() (scxbridge.Domains, error) {
	if m.domains == nil {
		return scxbridge.Domains{}, m.err
	}
	d := scxbridge.Domains{OfCPU: make([]int, m.cfg.CPUs), Closed: make([]bool, len(m.domains.domains))}
	for cpu, n := range m.domains.ofCPU {
		d.OfCPU[cpu] = m.domains.domains[n].number
	}
	for i := range m.domains.domains {
		d.Closed[m.domains.domains[i].number] = m.domains.domains[i].closed
	}
	return d, m.err
}

// SetDomains does what [scxbridge.Scheduler.SetDomains] does, with the same errors. It needs Options.OwnDomains. It may be
// called before Run, too.
func (m *Machine) SetDomains(d scxbridge.Domains) error {
	if m.domains == nil {
		return m.err
	}
	if !m.cfg.Options.OwnDomains {
		return fmt.Errorf("scxtest: set domains: without Options.OwnDomains: %w", scxbridge.ErrNotSupported)
	}
	if err := m.checkDomains(&d); err != nil {
		return fmt.Errorf("scxtest: set domains: %w: %w", err, scxbridge.ErrInvalid)
	}
	m.domains = newDomainTable(d.OfCPU, d.Closed, m.cfg.nodeOf)
	m.tellDomains(&d)
	m.makeShared()
	for _, q := range m.shared {
		m.moveToDomains(q)
	}
	return nil
}

func (m *Machine) checkDomains(d *scxbridge.Domains) error {
	if len(d.OfCPU) != m.cfg.CPUs {
		return fmt.Errorf("there are %d CPUs in OfCPU, the machine has %d", len(d.OfCPU), m.cfg.CPUs)
	}
	var used [scxbridge.MaxDomains]bool
	last := 0
	for cpu, n := range d.OfCPU {
		if n < 0 || n >= len(used) {
			return fmt.Errorf("OfCPU[%d] is %d, domains have numbers from 0 to %d", cpu, n, len(used)-1)
		}
		used[n] = true
		last = max(last, n)
	}
	if empty := slices.Index(used[:last+1], false); empty >= 0 {
		return fmt.Errorf("no CPU is in domain %d", empty)
	}
	if len(d.Closed) > last+1 {
		return fmt.Errorf("there are %d domains in Closed, %d in OfCPU", len(d.Closed), last+1)
	}
	return nil
}

// moveToDomains moves the tasks of one shared queue that belong on others.
func (m *Machine) moveToDomains(q *sharedQueue) {
	for _, p := range sorted(q.byID) {
		home := m.allowedDomain(p.t, p.t.decided)
		if home < 0 {
			home = m.domainOf(p.t)
		}
		if home != q.domain {
			q.remove(p.t)
			m.shareIn(p.t, home, p.vtime)
		}
	}
}
