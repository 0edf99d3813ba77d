package node

import (
	"sync"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// askedMax is how many uids are remembered.
const askedMax = 2 * agentsocket.MaxPods

// Asked remembers which pods the matching of tasks has asked for: news of others concern no task, such as those of a pod that is
// yet to start.
type Asked struct {
	mu   sync.Mutex
	uids map[string]bool
	all  bool // more than are remembered
}

// Add notes a uid. It comes before the answer is looked up.
func (a *Asked) Add(uid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.all || a.uids[uid]:
	case len(a.uids) >= askedMax:
		a.uids, a.all = nil, true
	case a.uids == nil:
		a.uids = map[string]bool{uid: true}
	default:
		a.uids[uid] = true
	}
}

// Any reports whether one of these was asked for.
func (a *Asked) Any(uids []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, uid := range uids {
		if a.all || a.uids[uid] {
			return true
		}
	}
	return false
}

// Forget drops pods that are gone.
func (a *Asked) Forget(uids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, uid := range uids {
		delete(a.uids, uid)
	}
}
