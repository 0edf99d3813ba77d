package node

import (
	"reflect"
	"slices"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// Node is what was told last. It is never changed. A nil one is that of a machine of which nobody told anything.
type Node struct {
	State *agentsocket.KubernetesState

	pods     map[string]rules.Pod
	policies []*policy // by precedence
}

// policy is one with its rules, or why there are none.
type policy struct {
	agentsocket.Policy
	set     *rules.Set
	refused string
}

// Parser reads the rules of a policy. The error says all that is wrong with them.
type Parser func(policy string, p *agentsocket.Policy) (*rules.Set, error)

// New reads a state. Policies that are as they were before are not read again.
func New(state *agentsocket.KubernetesState, parse Parser, before *Node) *Node {
	n := &Node{State: state, pods: make(map[string]rules.Pod, len(state.Pods))}
	for _, p := range state.Pods {
		containers := make(map[string]string, len(p.Containers))
		for _, c := range p.Containers {
			containers[c.ID] = c.Name
		}
		n.pods[p.UID] = rules.Pod{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, Containers: containers}
	}
	if n.SamePolicies(before) {
		n.policies = before.policies
		return n
	}
	old := map[string]*policy{}
	if before != nil {
		for _, p := range before.policies {
			old[p.Name] = p
		}
	}
	for i := range state.Policies {
		p := &policy{Policy: state.Policies[i]}
		if same := old[p.Name]; same != nil && reflect.DeepEqual(same.Rules, p.Rules) {
			p.set, p.refused = same.set, same.refused
		} else if set, err := parse(p.Name, &p.Policy); err != nil {
			p.refused = err.Error()
		} else {
			p.set = set
		}
		n.policies = append(n.policies, p)
	}
	slices.SortFunc(n.policies, func(a, b *policy) int { return agentsocket.Precedence(&a.Policy, &b.Policy) })
	return n
}

// Pod implements [rules.Pods]. While nobody tells of pods, nothing more will be known of any.
func (n *Node) Pod(uid string) (rules.Pod, bool) {
	if n == nil {
		return rules.Pod{}, true
	}
	p, is := n.pods[uid]
	return p, is
}

// NewsOfPods returns the uids of pods that are new or other than before, and of those that are gone.
func (n *Node) NewsOfPods(before *Node) (news, gone []string) {
	var old map[string]rules.Pod
	if before != nil {
		old = before.pods
	}
	for uid, p := range n.pods {
		if was, is := old[uid]; !is || !reflect.DeepEqual(p, was) {
			news = append(news, uid)
		}
	}
	for uid := range old {
		if _, is := n.pods[uid]; !is {
			gone = append(gone, uid)
		}
	}
	return news, gone
}

// SamePolicies reports whether both have the same policies.
func (n *Node) SamePolicies(other *Node) bool {
	return n != nil && other != nil && reflect.DeepEqual(n.State.Policies, other.State.Policies)
}
