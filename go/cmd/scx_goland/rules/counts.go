package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Count is how many tasks have a rule, in how many processes.
type Count struct{ Tasks, Processes int }

// knownMax is how many tasks are remembered to be counted.
const knownMax = tableTasks

// known is a task whose rule was found.
type known struct {
	question
	number uint32 // of the generation
	rule   uint16 // + 1; 0: none
}

// counting asks for counts.
type counting struct {
	ctx  context.Context
	done chan<- counted
}

type counted struct {
	set    *Set
	counts []Count
}

// Counts returns the set in force and, for each of its rules, how many tasks have it. It knows the tasks whose rule was ever
// asked for, so those that the policy has seen. [Engine.Run] counts, and goes on with its work meanwhile.
func (e *Engine) Counts(ctx context.Context) (*Set, []Count, error) {
	done := make(chan counted, 1)
	select {
	case e.countings <- counting{ctx, done}:
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("count the tasks of rules: %w", ctx.Err())
	}
	select {
	case c := <-done:
		return c.set, c.counts, nil
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("count the tasks of rules: %w", ctx.Err())
	}
}

// remember notes a task to be counted.
func (e *Engine) remember(k known) {
	if len(e.known) >= knownMax {
		for tid, old := range e.known {
			if !e.matcher.isThread(tid, old.tgid) {
				delete(e.known, tid)
			}
		}
		// Most are alive: so each comes back when its rule is looked for again, which is soon if it runs.
		if len(e.known) > knownMax/2 {
			clear(e.known)
		}
	}
	e.known[k.pid] = k
}

// countBetween is how many tasks are looked at between two looks for questions.
const countBetween = 64

// count looks at each known task. Those that have ended are forgotten; those whose rule was found before the rules changed are
// asked for anew.
func (e *Engine) count(ctx context.Context) counted {
	g := e.live.Load()
	if g == nil {
		return counted{}
	}
	tasks := make([]known, 0, len(e.known))
	for _, k := range e.known {
		tasks = append(tasks, k)
	}
	counts, processes := make([]Count, len(g.set.Rules)), map[[2]int32]bool{}
	for i, k := range tasks {
		if i%countBetween == 0 {
			if ctx.Err() != nil {
				break // nobody waits any more
			}
			e.work()
		}
		if !e.matcher.isThread(k.pid, k.tgid) {
			delete(e.known, k.pid)
			continue
		}
		if k.number != g.number {
			before := k.number
			k.number, k.rule = g.number, e.find(g.set, k.question)
			if e.known[k.pid].number == before { // its rule was not asked for meanwhile
				e.known[k.pid] = k
			}
		}
		if k.rule == 0 {
			continue
		}
		c := &counts[k.rule-1]
		c.Tasks++
		if of := [2]int32{int32(k.rule), k.tgid}; !processes[of] {
			processes[of] = true
			c.Processes++
		}
	}
	return counted{g.set, counts}
}

// isThread reports whether the process still has this thread.
func (m *Matcher) isThread(tid, tgid int32) bool {
	_, err := os.Lstat(filepath.Join(m.Root, "proc", strconv.Itoa(int(tgid)), "task", strconv.Itoa(int(tid))))
	return err == nil
}
