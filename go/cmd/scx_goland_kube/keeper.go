package main

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	// So often the agent is asked whether it still has what it was told: one that was started anew has nothing.
	pollPeriod = 2 * time.Second
	// Changes within this time are told together: after each, the agent looks for all tasks' rules again.
	settlePeriod = time.Second
	// An agent that does not answer by then counts as not there.
	agentTimeout = 10 * time.Second
	// After a failed write the next one waits this long, and twice as long each time.
	writeAgain, writeAgainMax = 2 * time.Second, time.Minute
)

// asker is how the agent is asked.
type asker func(context.Context, agentsocket.KubernetesRequest) (*agentsocket.KubernetesAnswer, error)

func askAgent(path string) asker {
	return func(ctx context.Context, q agentsocket.KubernetesRequest) (*agentsocket.KubernetesAnswer, error) {
		ctx, cancel := context.WithTimeout(ctx, agentTimeout)
		defer cancel()
		return agentsocket.AskKubernetes(ctx, path, q)
	}
}

// keeper keeps the agent and the policies' status as the API server's view says.
type keeper struct {
	log                  *slog.Logger
	node                 string
	view                 func() *view
	changed              <-chan struct{}
	ask                  asker
	write                func(ctx context.Context, policy string, entry *v1alpha1.NodeStatus) error
	period, poll, settle time.Duration

	plan    *plan // of the last view
	told    string
	answer  *agentsocket.KubernetesAnswer // the last one with counts
	counted time.Time                     // when that was
	// policies are those that it is about.
	policies []agentsocket.Policy
	lost     string // why the agent did not answer

	again    time.Duration // the pause after a failed write
	notUntil time.Time
}

// run works until ctx is done.
func (k *keeper) run(ctx context.Context) {
	polls := time.NewTicker(k.poll)
	defer polls.Stop()
	for ctx.Err() == nil {
		k.once(ctx)
		select {
		case <-ctx.Done():
		case <-polls.C:
		case <-k.changed:
			select {
			case <-ctx.Done():
			case <-time.After(k.settle):
			}
			k.plan = nil
		}
	}
}

// once compares what is with what should be, and does what is missing.
func (k *keeper) once(ctx context.Context) {
	if k.plan == nil {
		k.plan = k.view().plan()
		if k.plan.left > 0 {
			k.log.Warn("not all pods find room in a request; rules by labels do not reach the others", "left", k.plan.left)
		}
	}
	if err := k.tell(ctx); err != nil {
		if err.Error() != k.lost && ctx.Err() == nil {
			k.log.Warn("the agent does not answer; it is asked again", "error", err)
		}
		k.lost = err.Error()
		return
	}
	k.lost = ""
	k.report(ctx)
}

// tell sees to it that the agent has the plan's state, and asks for counts from time to time.
func (k *keeper) tell(ctx context.Context) error {
	state := k.plan.state
	// To count takes the longer the more tasks there are, most of all after a change. Other pods alone are no reason.
	q := agentsocket.KubernetesRequest{
		Counts: time.Since(k.counted) >= k.period || k.answer == nil || !reflect.DeepEqual(k.policies, state.Policies),
	}
	if k.told != state.Version {
		q.State = state
	}
	a, err := k.ask(ctx, q)
	if err == nil && a.Version != state.Version && q.State == nil {
		k.log.Info("the agent was started anew: it is told everything again")
		q.State, q.Counts = state, true
		a, err = k.ask(ctx, q)
	}
	if err != nil {
		k.told = ""
		return err
	}
	if a.Version != state.Version {
		k.told = ""
		return fmt.Errorf("it has the state %q, not the one that it was told: another companion tells it, too", a.Version)
	}
	if k.told != state.Version {
		k.log.Info("the agent knows", "pods", a.Pods, "policies", len(a.Policies))
	}
	k.told = a.Version
	if q.Counts {
		k.answer, k.policies, k.counted = a, state.Policies, time.Now()
	}
	return nil
}

// report writes the status of policies, where it differs.
func (k *keeper) report(ctx context.Context) {
	now := time.Now()
	if now.Before(k.notUntil) {
		return
	}
	plan, answers := k.plan, map[string]*agentsocket.PolicyAnswer{}
	for i := range k.answer.Policies {
		answers[k.answer.Policies[i].Name] = &k.answer.Policies[i]
	}
	var failed error
	put := func(u *unstructured.Unstructured, wanted *v1alpha1.NodeStatus) {
		there := ownStatus(u, k.node)
		d := compare(wanted, there)
		if d == same || d == counts && now.Sub(there.ReadAt.Time) < k.period || failed != nil {
			return
		}
		failed = k.write(ctx, u.GetName(), wanted)
	}
	for _, u := range plan.chosen {
		a, refused := answers[u.GetName()], plan.refused[u.GetName()]
		if a != nil || refused != "" {
			put(u, statusOf(k.node, u.GetGeneration(), a, refused, now))
		}
	}
	for _, u := range plan.others {
		put(u, nil)
	}
	if failed == nil {
		k.again = 0
		return
	}
	if ctx.Err() == nil {
		k.log.Warn("a status is not written; it is tried again", "error", failed)
	}
	k.again = min(max(2*k.again, writeAgain), writeAgainMax)
	k.notUntil = now.Add(k.again)
}
