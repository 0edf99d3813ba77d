package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// fakeAgent accepts all policies but those called "wrong".
type fakeAgent struct {
	state    *agentsocket.KubernetesState
	tasks    int // of each rule
	requests []agentsocket.KubernetesRequest
	err      error
}

func (f *fakeAgent) ask(_ context.Context, q agentsocket.KubernetesRequest) (*agentsocket.KubernetesAnswer, error) {
	f.requests = append(f.requests, q)
	if f.err != nil {
		return nil, f.err
	}
	if q.State != nil {
		f.state = q.State
	}
	a := &agentsocket.KubernetesAnswer{}
	if f.state == nil {
		return a, nil
	}
	a.Version, a.Pods = f.state.Version, len(f.state.Pods)
	for _, p := range f.state.Policies {
		answer := agentsocket.PolicyAnswer{Name: p.Name, Generation: p.Generation, Accepted: p.Name != "wrong"}
		if answer.Accepted {
			answer.Rules = []agentsocket.RuleAnswer{{Name: "front"}}
			if q.Counts {
				answer.Rules[0].MatchedTasks, answer.Rules[0].MatchedProcesses = f.tasks, 1
			}
		} else {
			answer.Message = "unknown key"
		}
		a.Policies = append(a.Policies, answer)
	}
	return a, nil
}

// world is a keeper between a cluster and an agent of a test's own.
type world struct {
	*keeper
	t      *testing.T
	agent  *fakeAgent
	now    view
	writes []string
	fails  error
	log    bytes.Buffer
}

func newWorld(t *testing.T, policies ...*unstructured.Unstructured) *world {
	w := &world{t: t, agent: &fakeAgent{tasks: 5}, now: view{node: "n1", labels: map[string]string{"tier": "fast"}, policies: policies}}
	w.now.pods = []*unstructured.Unstructured{web(t, "{app: web}")}
	w.keeper = &keeper{
		log: slog.New(slog.NewTextHandler(&w.log, nil)), node: "n1", view: func() *view { v := w.now; return &v }, ask: w.agent.ask, write: w.write,
		period: time.Hour,
	}
	return w
}

// write keeps an entry in the policy, as the API server does and tells.
func (w *world) write(_ context.Context, name string, s *v1alpha1.NodeStatus) error {
	if w.fails != nil {
		w.writes = append(w.writes, "failed "+name)
		return w.fails
	}
	for i, u := range w.now.policies {
		if u.GetName() != name {
			continue
		}
		u = u.DeepCopy()
		w.now.policies[i] = u
		if s == nil {
			w.writes = append(w.writes, "remove "+name)
			unstructured.RemoveNestedField(u.Object, "status")
			continue
		}
		text := fmt.Sprint(name, s.Accepted, s.Message)
		for _, r := range s.Rules {
			text += fmt.Sprint(" ", r.Name, r.MatchedTasks, "/", r.MatchedProcesses)
		}
		w.writes = append(w.writes, text)
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(s)
		if err != nil {
			w.t.Fatal(err)
		}
		u.Object["status"] = map[string]any{"nodes": []any{object}}
	}
	w.plan = nil
	return nil
}

// expect does what is to be done once, and checks what the agent was told and asked, and what was written.
func (w *world) expect(what, asked, written string) {
	w.t.Helper()
	w.agent.requests, w.writes = nil, nil
	w.once(context.Background())
	var texts []string
	for _, q := range w.agent.requests {
		text := "ask"
		if q.State != nil {
			text = "tell"
		}
		if q.Counts {
			text += " and count"
		}
		texts = append(texts, text)
	}
	if got := strings.Join(texts, "; "); got != asked {
		w.t.Errorf("%s: asked %q, not %q", what, got, asked)
	}
	if got := strings.Join(w.writes, "; "); got != written {
		w.t.Errorf("%s: wrote %q, not %q", what, got, written)
	}
}

func TestKeeper(t *testing.T) {
	w := newWorld(t, policy(t, "web", `{rules: [`+frontRule+`]}`), policy(t, "wrong", `{rules: [`+frontRule+`]}`),
		policy(t, "senseless", `{nodeSelector: {matchExpressions: [{key: x, operator: Near}]}, rules: [`+frontRule+`]}`),
		policy(t, "elsewhere", `{nodeSelector: {matchLabels: {tier: slow}}, rules: [`+frontRule+`]}`))
	w.expect("at first", "tell and count", `senselessfalsenodeSelector: "Near" is not a valid label selector operator; webtrue front5/1; wrongfalseunknown key`)
	w.expect("nothing has changed", "ask", "")
	w.agent.tasks = 9
	w.expect("counts are not asked for each time", "ask", "")

	w.now.pods = []*unstructured.Unstructured{web(t, "{app: other}")}
	w.plan = nil
	w.expect("a label; counts alone may wait", "tell", "")
	w.period = 0
	w.expect("counts", "ask and count", "webtrue front9/1")
	w.period = time.Hour

	w.agent.state = nil
	w.expect("the agent was started anew", "ask; tell and count", "")
	w.agent.err = errors.New("nobody there")
	w.expect("no agent", "ask", "")
	w.expect("still none", "tell", "")
	if n := strings.Count(w.log.String(), "the agent does not answer"); n != 1 {
		t.Errorf("told %d times:\n%s", n, &w.log)
	}
	w.agent.err = nil
	w.expect("it is back", "tell", "")

	w.now.labels = map[string]string{"tier": "slow"}
	w.now.policies[0] = policy(t, "web", `{priority: 4, rules: [`+frontRule+`]}`)
	w.plan = nil
	w.expect("the node has another label", "tell and count", "elsewheretrue front9/1; webtrue front9/1")
	w.now.labels = nil
	w.plan = nil
	w.expect("and none", "tell and count", "remove elsewhere")
	w.expect("at last", "ask", "")
}

// A state that another one told is no state of ours.
func TestTwoCompanions(t *testing.T) {
	w := newWorld(t, policy(t, "web", `{rules: [`+frontRule+`]}`))
	w.keeper.ask = func(context.Context, agentsocket.KubernetesRequest) (*agentsocket.KubernetesAnswer, error) {
		return &agentsocket.KubernetesAnswer{Version: "another"}, nil
	}
	w.expect("told for nothing", "", "")
	if !strings.Contains(w.log.String(), "another companion tells it, too") {
		t.Error(w.log.String())
	}
}

// While the API server does not take what is written, it is asked ever more seldom, and the agent all the same.
func TestWritesFail(t *testing.T) {
	w := newWorld(t, policy(t, "a", `{rules: [`+frontRule+`]}`), policy(t, "b", `{rules: [`+frontRule+`]}`))
	w.fails = errors.New("no API server")
	w.expect("one try", "tell and count", "failed a")
	w.expect("a pause", "ask", "")
	for want := writeAgain; want <= writeAgainMax; want *= 2 {
		if w.again != want || time.Until(w.notUntil) > want {
			t.Fatalf("the pause is %v, not %v", w.again, want)
		}
		w.notUntil = time.Time{}
		w.expect("another try", "ask", "failed a")
	}
	if w.again != writeAgainMax {
		t.Errorf("the longest pause is %v", w.again)
	}
	w.fails, w.notUntil = nil, time.Time{}
	w.expect("it is back", "ask", "atrue front5/1; btrue front5/1")
	if w.again != 0 {
		t.Error("the pause stays")
	}
}

func TestKeeperRuns(t *testing.T) {
	w := newWorld(t, policy(t, "web", `{rules: [`+frontRule+`]}`))
	changed := make(chan struct{})
	w.changed, w.poll, w.settle = changed, time.Hour, time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.run(ctx) }()
	changed <- struct{}{} // it has done its first work
	changed <- struct{}{} // and its second
	cancel()
	<-done
	if got := strings.Join(w.writes, "; "); got != "webtrue front5/1" || len(w.agent.requests) < 2 {
		t.Errorf("wrote %q after %d requests", got, len(w.agent.requests))
	}
}
