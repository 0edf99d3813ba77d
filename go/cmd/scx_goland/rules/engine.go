package rules

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

const (
	// So long a task's rule holds without another look: some of what a rule matches can change without a notice.
	reviewNS = uint64(10 * time.Second)
	// A question without an answer is asked again after this time.
	retryNS = uint64(time.Second)
	// So many questions, and answers, can be on their way. A task whose question finds no room asks again later.
	questions = 1 << 12
	// So long after its last record a task with a latency goal counts as being there.
	goalNS = uint64(time.Second)
)

// Engine applies rules in a scheduler's rounds. [Engine.Enqueue], [Engine.Dispatch] and [Engine.End] are the round's: they
// look tasks up in a table, allocate nothing, and cost the same however many rules there are. A task that is not in the table
// is told to [Engine.Run], on another goroutine, which finds its rule and puts it on the way back.
type Engine struct {
	live    atomic.Pointer[generation]
	asks    *ring[question]
	answers *ring[answer]
	wake    chan struct{}

	mu      sync.Mutex // of what Set changes
	number  uint32
	matcher *Matcher
	find    func(*Set, question) uint16 // the matcher's, or a test's
	stale   atomic.Bool                 // groups are to be read anew

	countings chan counting
	known     map[int32]known // by the tasks' ids; only Run's

	// The round's.
	now       *generation
	concerned bool // a task of this round has a rule
	goals     goals
}

// generation is a set of rules in use.
type generation struct {
	number  uint32
	set     *Set
	effects []effect // by the rules' numbers + 1; the first does nothing
	before  *generation
	table   *table
}

// effect is what the round needs of [Effects].
type effect struct {
	weight  uint64
	slice   uint64
	shift   int64
	lease   int64
	goal    uint64
	cpu     int32
	domain  bool
	kernel  bool
	preempt Preemption
	some    bool
}

// unset is a lease of which nobody says anything.
const unset = -1

func newEffect(e *Effects) effect {
	out := effect{
		weight: uint64(e.Weight), slice: uint64(e.Slice), shift: e.Class.shift(), lease: unset, goal: uint64(e.Latency),
		kernel: e.Kernel, preempt: e.Preempt, some: true,
	}
	if e.Lease != nil {
		out.lease = int64(*e.Lease)
	}
	if e.Domain > 0 {
		out.cpu, out.domain = scxbridge.Domain(e.Domain-1), true
	}
	return out
}

// question asks for a task's rule, or tells that a process has ended.
type question struct {
	pid, tgid int32
	ended     bool
	comm      [16]byte
	cgroup    uint64
	ticket    uint64
}

type answer struct {
	pid    int32
	number uint32
	rule   uint16
	ticket uint64
}

// NewEngine returns an engine with this set, which may be nil.
func NewEngine(m *Matcher, s *Set) *Engine {
	e := &Engine{
		matcher: m, asks: newRing[question](questions), answers: newRing[answer](questions), wake: make(chan struct{}, 1),
		countings: make(chan counting), known: map[int32]known{},
	}
	e.find = m.rule
	e.Set(s)
	return e
}

// Set replaces all rules, from any goroutine. Until a task's new rule is found, it keeps the old one.
func (e *Engine) Set(s *Set) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.live.Load()
	if s.Len() == 0 {
		e.live.Store(nil)
		return
	}
	e.number++
	g := &generation{number: e.number, set: s, effects: make([]effect, 0, 1+len(s.Rules))}
	g.effects = append(g.effects, effect{lease: unset})
	for _, r := range s.Rules {
		g.effects = append(g.effects, newEffect(&r.Effects))
	}
	if before == nil {
		g.table = newTable(tableTasks)
	} else {
		g.table = before.table
		g.before = &generation{number: before.number, effects: before.effects}
	}
	e.stale.Store(true)
	e.live.Store(g)
}

// Generation counts how often rules were set or reviewed.
func (e *Engine) Generation() uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.number
}

// Review finds the rules of all tasks anew, as after news of pods.
func (e *Engine) Review() {
	if g := e.live.Load(); g != nil {
		e.Set(g.set)
	}
}

// of returns what a task's rule does. While the answer is missing after a change of the rules, it is what its old one does.
func (g *generation) of(t *entry) *effect {
	switch {
	case t.number == g.number:
		return &g.effects[t.rule]
	case g.before != nil && t.number == g.before.number:
		return &g.before.effects[t.rule]
	}
	return &g.effects[0]
}

// Enqueue prepares records for the policy: they weigh what the rules say.
func (e *Engine) Enqueue(tasks []scxbridge.Task) {
	g := e.live.Load()
	e.now, e.concerned = g, false
	if g == nil {
		return
	}
	e.takeAnswers(g.table)
	asked := false
	for i := range tasks {
		t := &tasks[i]
		known := g.table.find(t.PID)
		if known.same(t) && known.seq+1 == t.Seq && known.shift != 0 && t.VTime != 0 {
			t.VTime -= uint64(known.shift) // the policy's own number
		}
		asked = e.see(g, known, t) || asked
		does := g.of(known)
		if does.some || known.pending {
			e.concerned = true
		}
		if does.weight != 0 {
			t.Weight = scaled(t.Weight, does.weight)
			t.OwnWeight = uint16(scaled(uint64(t.OwnWeight), does.weight))
			t.WeightedNS = t.WeightedNS / does.weight * 100
		}
		if does.goal != 0 {
			e.goals.add(does.goal, t.ReadyTS)
		}
		e.goals.pass(t.ReadyTS)
	}
	if asked {
		e.wakeUp()
	}
}

// see notes a record, and asks for the task's rule if that may not be known. It reports whether it asked.
func (e *Engine) see(g *generation, known *entry, t *scxbridge.Task) bool {
	fresh := !known.same(t)
	if fresh {
		*known = entry{pid: t.PID, tgid: t.TGID}
	}
	changed := fresh || known.changed(t)
	known.seq, known.seen, known.cgroup, known.comm = t.Seq, t.ReadyTS, t.CgroupID, t.Comm
	since := t.ReadyTS - min(known.asked, t.ReadyTS)
	switch {
	case changed:
	case known.pending:
		if since < retryNS {
			return false
		}
	case known.number == g.number && since < reviewNS:
		return false
	}
	known.ticket, known.pending = t.Seq, true
	q := question{pid: t.PID, tgid: t.TGID, comm: t.Comm, cgroup: t.CgroupID, ticket: t.Seq}
	if !e.asks.push(q) {
		known.asked = t.ReadyTS - min(retryNS, t.ReadyTS) // again with its next record
		return false
	}
	known.asked = t.ReadyTS
	return true
}

func (e *Engine) takeAnswers(t *table) {
	for {
		a, ok := e.answers.pop()
		if !ok {
			return
		}
		if known := t.find(a.pid); known.pid == a.pid && known.ticket == a.ticket {
			known.rule, known.number, known.pending = a.rule, a.number, false
		}
	}
}

// Dispatch changes the policy's decisions. ordered says that its VTime is virtual time in ns.
func (e *Engine) Dispatch(decisions []scxbridge.Decision, ordered bool) {
	g := e.now
	if g == nil {
		return
	}
	most := e.goals.least()
	if !e.concerned && most == 0 {
		return
	}
	for i := range decisions {
		d := &decisions[i]
		known := g.table.find(d.PID)
		if known.pid == d.PID {
			g.of(known).apply(d, known, ordered)
		}
		if most != 0 && (d.SliceNS == 0 || d.SliceNS > most) {
			d.SliceNS = most
		}
	}
}

func (does *effect) apply(d *scxbridge.Decision, known *entry, ordered bool) {
	known.shift = 0
	if does.slice != 0 {
		d.SliceNS = does.slice
	}
	if does.shift != 0 && ordered {
		known.shift = does.shift
		d.VTime += uint64(does.shift)
	}
	switch does.preempt {
	case PreemptNever:
		d.Flags &^= scxbridge.Preempt | scxbridge.PreemptLater
	case PreemptLater:
		d.Flags = d.Flags&^scxbridge.Preempt | scxbridge.PreemptLater
	case PreemptAlways:
		d.Flags = d.Flags&^scxbridge.PreemptLater | scxbridge.Preempt
	}
	if does.domain {
		d.CPU, d.Flags = does.cpu, 0
	}
	switch {
	case known.pending, does.lease == 0:
		// Without a lease the answer counts from the next record on.
		d.LeaseNS, d.LeaseCount = 0, 0
	case does.kernel:
		d.LeaseNS, d.LeaseCount = uint64(scxbridge.LeaseMax), 0
	case does.lease > 0 && (d.LeaseNS > 0 || d.LeaseCount > 0):
		d.LeaseNS = uint64(does.lease)
	}
}

// End forgets tasks that have ended.
func (e *Engine) End(tasks []scxbridge.Task) {
	g := e.live.Load()
	if g == nil {
		return
	}
	told := false
	for i := range tasks {
		t := &tasks[i]
		if known := g.table.find(t.PID); known.pid == t.PID && known.seq <= t.Seq {
			*known = entry{}
		}
		if t.PID == t.TGID {
			told = e.asks.push(question{pid: t.PID, ended: true}) || told
		}
	}
	if told {
		e.wakeUp()
	}
}

func (e *Engine) wakeUp() {
	select {
	case e.wake <- struct{}{}:
	default: // it is awake
	}
}

// Run answers questions until the context is done.
func (e *Engine) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
			e.work()
		case c := <-e.countings:
			e.work()
			c.done <- e.count(c.ctx)
		}
	}
}

// work answers all questions that are there.
func (e *Engine) work() {
	for {
		q, ok := e.asks.pop()
		if !ok {
			return
		}
		g := e.live.Load()
		if e.stale.Swap(false) {
			clear(e.matcher.groups)
		}
		if q.ended {
			e.matcher.forget(q.pid)
			delete(e.known, q.pid)
		} else if g != nil {
			rule := e.find(g.set, q)
			e.answers.push(answer{q.pid, g.number, rule, q.ticket})
			e.remember(known{q, g.number, rule})
		}
	}
}

// rule returns the number of a task's rule + 1, or 0.
func (m *Matcher) rule(s *Set, q question) uint16 {
	comm := scxbridge.Task{Comm: q.comm}
	t, err := m.subject(s.needs, q.pid, q.tgid, q.cgroup, comm.Name())
	if err != nil {
		if errors.Is(err, ErrEnded) && q.pid == q.tgid {
			m.forget(q.pid)
		}
		return 0
	}
	return uint16(s.First(t) + 1)
}

// scaled returns a weight times so many hundredths, within what weights can be.
func scaled(weight, hundredths uint64) uint64 {
	return max(1, min(weight*hundredths/100, 10000))
}

// goals keep the least latency goal of the tasks that were there lately: in this window of time, and the one before.
type goals struct {
	began         uint64
	this, earlier uint64 // 0: none
}

func (g *goals) add(goal, now uint64) {
	g.pass(now)
	if g.this == 0 || goal < g.this {
		g.this = goal
	}
}

// pass moves on with time.
func (g *goals) pass(now uint64) {
	if g.this == 0 && g.earlier == 0 {
		g.began = now
		return
	}
	if passed := now - min(g.began, now); passed >= goalNS {
		g.began, g.earlier = now, g.this
		if passed >= 2*goalNS {
			g.earlier = 0
		}
		g.this = 0
	}
}

// least returns the least goal, 0 if there is none.
func (g *goals) least() uint64 {
	least := min(g.this-1, g.earlier-1) // 0 becomes the greatest number
	if least == math.MaxUint64 {
		return 0
	}
	return least + 1
}
