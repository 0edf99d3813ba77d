package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/control"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/node"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// inForce are the rules that tasks have: those of a configuration, and then those that a companion told.
type inForce struct {
	node    atomic.Pointer[node.Node] // nil: nobody told anything
	asked   node.Asked
	ruler   *config // whose rules they are; nil: those of the start
	ruleset *node.Merged
}

// Pod implements [rules.Pods].
func (r *running) Pod(uid string) (rules.Pod, bool) {
	r.asked.Add(uid)
	return r.node.Load().Pod(uid)
}

// enforce merges the rules of a configuration and of what was told, and puts them in force if they differ from those that are.
// The caller holds ruling.
func (r *running) enforce(c *config, n *node.Node) (changed bool) {
	before := r.config.rules
	if r.ruleset != nil {
		before = r.ruleset.Set
	}
	if r.ruleset == nil || r.ruler != c || !n.SamePolicies(r.node.Load()) { // to look for conflicts takes a while
		r.ruler, r.ruleset = c, n.Merge(c.rules, c.ineffective)
	}
	r.node.Store(n)
	if before.Equal(r.ruleset.Set) {
		return false
	}
	r.engine.Set(r.ruleset.Set)
	r.revokeLeases()
	return true
}

// revokeLeases ends what the kernel side repeats by itself: it was decided under other rules.
func (r *running) revokeLeases() {
	if s := r.scheduler.Load(); s != nil {
		if err := s.RevokeLeases(); err != nil {
			r.say(warning, "rules: end all leases, which last for at most %v: %v", scxbridge.LeaseMax, err)
		}
	}
}

// kubernetes does what a companion asks for.
func (r *running) kubernetes(ctx context.Context, q *agentsocket.KubernetesRequest) control.Response {
	if q.State != nil {
		r.take(q.State)
	}
	r.ruling.Lock()
	n, merged := r.node.Load(), r.ruleset
	r.ruling.Unlock()
	var set *rules.Set
	var counts []rules.Count
	if q.Counts && n != nil {
		var err error
		if set, counts, err = r.engine.Counts(ctx); err != nil {
			return control.Response{Error: err.Error()}
		}
	}
	answer := merged.Answer(n, set, counts)
	if q.Full && n != nil {
		answer.State = n.State
	}
	return control.Response{Kubernetes: answer}
}

// take puts a companion's state in force. What it says of policies is told when it changes.
func (r *running) take(state *agentsocket.KubernetesState) {
	r.ruling.Lock()
	defer r.ruling.Unlock()
	c := r.ruler
	if c == nil {
		r.mu.Lock()
		c = r.config
		r.mu.Unlock()
	}
	before := r.node.Load()
	n := node.New(state, c.parsePolicy, before)
	news, gone := n.NewsOfPods(before)
	// Other rules are looked for anyway; news of pods that no task is known of concern none.
	if !r.enforce(c, n) && r.ruleset.Set.NeedsPods() && (before == nil || r.asked.Any(news)) {
		r.engine.Review()
		r.revokeLeases()
	}
	r.asked.Forget(gone)
	if n.SamePolicies(before) {
		return
	}
	r.say(notice, "kubernetes: %s", summary(r.ruleset, len(state.Pods)))
	for _, p := range r.ruleset.Policies {
		if !p.Accepted {
			r.say(warning, "kubernetes: policy %s is refused: %s", p.Name, p.Message)
		}
	}
}

// summary tells of policies and pods in a few words.
func summary(m *node.Merged, pods int) string {
	sum := 0
	for _, p := range m.Policies {
		sum += len(p.Rules)
	}
	text := fmt.Sprintf("%d policies with %d rules", len(m.Policies)-m.Refused(), sum)
	if n := m.Refused(); n > 0 {
		text += fmt.Sprintf(", %d refused", n)
	}
	return fmt.Sprintf("%s; %d pods", text, pods)
}

// messageMax bounds what is told of a policy's faults.
const messageMax = 2000

// parsePolicy reads a policy's rules.
func (c *config) parsePolicy(name string, p *agentsocket.Policy) (*rules.Set, error) {
	if len(p.Rules) == 0 || len(p.Rules) > agentsocket.MaxPolicyRules {
		return nil, fmt.Errorf("it has %d rules; there are 1 to %d in a policy", len(p.Rules), agentsocket.MaxPolicyRules)
	}
	set, wrong := rules.ParsePolicy(name, p.Rules, parseOptions)
	var texts []string
	for _, f := range wrong {
		texts = append(texts, f.Text)
	}
	if set != nil {
		for _, r := range set.Rules {
			if text := c.forbids(r); text != "" {
				texts = append(texts, fmt.Sprintf("rule %q: %s", strings.TrimPrefix(r.Name, name+"/"), text))
			}
		}
	}
	if len(texts) == 0 {
		return set, nil
	}
	// A cluster's user wrote what is cited here, and an administrator reads it.
	text := printable(strings.ReplaceAll(strings.Join(texts, "; "), "\n", " "))
	if len(text) > messageMax {
		text = strings.ToValidUTF8(text[:messageMax], "") + " ..."
	}
	return nil, errors.New(text)
}

// askKubernetes asks the running agent of this name what was told to it; nil if none runs, or if this user may not ask.
func (a *agent) askKubernetes(name string, q agentsocket.KubernetesRequest) (*agentsocket.KubernetesAnswer, error) {
	path := agentsocket.SocketOf(a.root, name)
	if _, err := os.Stat(path); err != nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), agentTimeout)
	defer cancel()
	answer, err := agentsocket.AskKubernetes(ctx, path, q)
	switch {
	case errors.Is(err, os.ErrPermission), agentsocket.NobodyThere(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("ask the running agent about Kubernetes: %w", err)
	case answer.Version == "":
		return nil, nil
	}
	return answer, nil
}

// nodeRules are the rules of the configuration together with those of the policies that the running agent knows, and what that
// knows of pods. If it does not tell, they are those of the configuration alone.
func (a *agent) nodeRules(c *config) (*node.Node, *node.Merged) {
	var n *node.Node
	answer, err := a.askKubernetes(c.options.Name, agentsocket.KubernetesRequest{Full: true})
	if err != nil {
		a.say(warning, "pods and policies are left out: %v", err)
	} else if answer != nil && answer.State != nil {
		n = node.New(answer.State, c.parsePolicy, nil)
	}
	return n, n.Merge(c.rules, c.ineffective)
}

// kubernetesStatus is what status shows of it.
func kubernetesStatus(k *agentsocket.KubernetesAnswer) string {
	m := &node.Merged{Policies: k.Policies}
	text := fmt.Sprintf("kubernetes: %s\n", summary(m, k.Pods))
	for _, p := range k.Policies {
		if !p.Accepted {
			text += fmt.Sprintf("           policy %s is refused: %s\n", p.Name, p.Message)
		}
	}
	return text
}

// agentTimeout is how long an agent may take to answer.
const agentTimeout = 3 * time.Second
