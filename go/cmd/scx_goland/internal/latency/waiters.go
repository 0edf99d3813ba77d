package latency

import (
	"slices"
	"sync"
	"time"
)

const (
	waitersKept = 8
	// Late is how long a waiter is kept.
	Late = 10 * time.Second
)

// Waiter is a task that waited long.
type Waiter struct {
	PID, TGID int32
	Comm      string
	Class     Class
	Stage     Stage
	Wait      time.Duration
	Ago       time.Duration
}

// waiters are the tasks that waited longest of late, each once.
type waiters struct {
	// Of the round alone: less than this is not worth a look, until then.
	least, until uint64

	mu   sync.Mutex // the round only tries to take it
	kept [waitersKept]waiter
}

type waiter struct {
	task  task
	stage Stage
	wait  uint64
	at    uint64 // 0: none
}

func (w *waiter) over(now uint64) bool { return w.at == 0 || now-w.at > uint64(Late) }

// offer keeps the wait if it is one of the longest. If somebody copies them just now, it is left out.
func (w *waiters) offer(now uint64, t *task, stage Stage, wait uint64) {
	if wait <= w.least && now < w.until || !w.mu.TryLock() {
		return
	}
	defer w.mu.Unlock()
	place := -1
	for i := range w.kept {
		k := &w.kept[i]
		switch {
		case k.over(now):
			*k = waiter{}
			if place < 0 {
				place = i
			}
		case k.task.pid == t.pid && k.stage == stage:
			if k.wait < wait {
				*k = waiter{*t, stage, wait, now}
			}
			w.look()
			return
		}
	}
	if place < 0 {
		place = 0
		for i := range w.kept {
			if w.kept[i].wait < w.kept[place].wait {
				place = i
			}
		}
		if w.kept[place].wait >= wait {
			w.look()
			return
		}
	}
	w.kept[place] = waiter{*t, stage, wait, now}
	w.look()
}

// look finds what the next one must exceed.
func (w *waiters) look() {
	w.least, w.until = w.kept[0].wait, w.kept[0].at+uint64(Late)
	for i := range w.kept {
		w.least = min(w.least, w.kept[i].wait)
		w.until = min(w.until, w.kept[i].at+uint64(Late))
	}
}

func (w *waiters) read(now uint64) []Waiter {
	w.mu.Lock()
	kept := w.kept
	w.mu.Unlock()
	var all []Waiter
	for i := range kept {
		k := &kept[i]
		if now = max(now, k.at); k.over(now) {
			continue
		}
		all = append(all, Waiter{k.task.pid, k.task.tgid, k.task.name(), k.task.class, k.stage, time.Duration(k.wait), time.Duration(now - k.at)})
	}
	slices.SortFunc(all, func(a, b Waiter) int { return int(b.Wait - a.Wait) })
	return all
}
