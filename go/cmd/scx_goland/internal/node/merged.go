package node

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// Merged are the rules of the configuration and of the policies: the configuration's come first.
type Merged struct {
	Set *rules.Set
	// Policies are the accepted ones by precedence, then those refused.
	Policies []agentsocket.PolicyAnswer
}

// Merge puts the policies' rules behind those of the configuration, which may be nil. A policy whose rules find no room is
// refused. ineffective says of a rule what has no effect, or nothing.
func (n *Node) Merge(file *rules.Set, ineffective func(*rules.Rule) string) *Merged {
	m := &Merged{Set: file}
	if n == nil {
		return m
	}
	sets, room := []*rules.Set{file}, rules.MaxRules-file.Len()
	var accepted, refused []agentsocket.PolicyAnswer
	for _, p := range n.policies {
		a := agentsocket.PolicyAnswer{Name: p.Name, Generation: p.Generation, Accepted: p.refused == "", Message: p.refused}
		if a.Accepted && p.set.Len() > room {
			a.Accepted = false
			a.Message = fmt.Sprintf("its %d rules find no room: there may be %d, those of the configuration and of policies before it included",
				p.set.Len(), rules.MaxRules)
		}
		if !a.Accepted {
			refused = append(refused, a)
			continue
		}
		room -= p.set.Len()
		sets = append(sets, p.set)
		for _, r := range p.set.Rules {
			a.Rules = append(a.Rules, agentsocket.RuleAnswer{Name: strings.TrimPrefix(r.Name, p.Name+"/")})
			if text := ineffective(r); text != "" {
				a.Conflicts = append(a.Conflicts, fmt.Sprintf("rule %q: %s", r.Name, text))
			}
		}
		accepted = append(accepted, a)
	}
	m.Set = rules.Join(sets...)
	for i := range accepted {
		accepted[i].Conflicts = append(accepted[i].Conflicts, m.Set.ConflictsOf(accepted[i].Name, true)...)
	}
	m.Policies = append(accepted, refused...)
	return m
}

// Answer says what is in force. counts are those of the rules of set, if there are any.
func (m *Merged) Answer(n *Node, set *rules.Set, counts []rules.Count) *agentsocket.KubernetesAnswer {
	a := &agentsocket.KubernetesAnswer{Policies: []agentsocket.PolicyAnswer{}}
	if n == nil {
		return a
	}
	a.Version, a.Pods = n.State.Version, len(n.State.Pods)
	of := make(map[string]rules.Count, len(counts))
	for i, c := range counts {
		of[set.Rules[i].Name] = c
	}
	for _, p := range m.Policies {
		p.Rules = slices.Clone(p.Rules)
		for i := range p.Rules {
			c := of[p.Name+"/"+p.Rules[i].Name]
			p.Rules[i].MatchedTasks, p.Rules[i].MatchedProcesses = c.Tasks, c.Processes
		}
		a.Policies = append(a.Policies, p)
	}
	return a
}

// Refused counts the policies that are not in force.
func (m *Merged) Refused() int {
	n := 0
	for _, p := range m.Policies {
		if !p.Accepted {
			n++
		}
	}
	return n
}
