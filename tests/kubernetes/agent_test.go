package kubernetes

import (
	"bufio"
	"encoding/json"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// fakeAgent stands for the agent: it keeps what it is told at its control socket, and answers as if each rule had three tasks of
// one process. The policies named in refuses it refuses.
type fakeAgent struct {
	path    string
	refuses string

	listener net.Listener
	mu       sync.Mutex
	state    agentState
	told     int // states
}

// agentState is what the companion tells, in this test's own words: docs of the agent's control socket are in its package.
type agentState struct {
	Version string `json:"version"`
	Pods    []struct {
		UID        string            `json:"uid"`
		Namespace  string            `json:"namespace"`
		Name       string            `json:"name"`
		Labels     map[string]string `json:"labels"`
		Containers []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"containers"`
	} `json:"pods"`
	Policies []struct {
		Name       string            `json:"name"`
		Generation int64             `json:"generation"`
		Priority   int32             `json:"priority"`
		Rules      []json.RawMessage `json:"rules"`
	} `json:"policies"`
}

// names are those of the policies, in the order in which they are told.
func (s *agentState) names() []string {
	var all []string
	for _, p := range s.Policies {
		all = append(all, p.Name)
	}
	slices.Sort(all)
	return all
}

// startAgent starts one, which knows nothing.
func startAgent(t *testing.T, path string) *fakeAgent {
	t.Helper()
	a := &fakeAgent{path: path, refuses: "refused"}
	var err error
	if a.listener, err = net.Listen("unix", path); err != nil {
		t.Fatalf("listen at %s: %v", filepath.Base(path), err)
	}
	t.Cleanup(func() { _ = a.listener.Close() })
	go func() {
		for {
			c, err := a.listener.Accept()
			if err != nil {
				return
			}
			go a.serve(c)
		}
	}()
	return a
}

func (a *fakeAgent) serve(c net.Conn) {
	defer c.Close()
	var request struct {
		Command    string
		Kubernetes struct {
			State  *agentState
			Counts bool
		}
	}
	line, err := bufio.NewReader(c).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &request)
	}
	var response any
	switch {
	case err != nil:
		response = map[string]any{"error": err.Error()}
	case request.Command != "kubernetes":
		response = map[string]any{"error": "no command " + request.Command}
	default:
		response = map[string]any{"kubernetes": a.answer(request.Kubernetes.State)}
	}
	_ = json.NewEncoder(c).Encode(response)
}

func (a *fakeAgent) answer(told *agentState) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	if told != nil {
		a.state = *told
		a.told++
	}
	var all []any
	for _, p := range a.state.Policies {
		if p.Name == a.refuses {
			all = append(all, map[string]any{"name": p.Name, "generation": p.Generation, "accepted": false, "message": "no such key"})
			continue
		}
		var counts []any
		for _, text := range p.Rules {
			var rule struct{ Name string }
			_ = json.Unmarshal(text, &rule)
			counts = append(counts, map[string]any{"name": rule.Name, "matched_tasks": 3, "matched_processes": 1})
		}
		all = append(all, map[string]any{
			"name": p.Name, "generation": p.Generation, "accepted": true, "conflicts": []string{"likely a mistake"}, "rules": counts,
		})
	}
	return map[string]any{"version": a.state.Version, "pods": len(a.state.Pods), "policies": all}
}

// knows is what it was told last, and how often it was.
func (a *fakeAgent) knows() (agentState, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state, a.told
}
