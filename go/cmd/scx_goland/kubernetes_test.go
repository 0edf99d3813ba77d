package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

const (
	podUID     = "6f2a3c1e-98d0-4a55-b3c2-7d21f04f9c11"
	podGroup   = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6f2a3c1e_98d0_4a55_b3c2_7d21f04f9c11.slice/cri-containerd-"
	podID      = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	frontRule  = `{"name":"front","match":{"labels":{"app":"web"}},"effects":{"weight":400}}`
	faultyRule = `{"name":"typo","match":{"comm":"x"},"effects":{"wieght":400}}`
)

// stateOf is a node with a pod that has this label, and policies of one rule each, by name.
func stateOf(version, app string, policies ...string) *agentsocket.KubernetesState {
	s := &agentsocket.KubernetesState{Version: version, Pods: []agentsocket.Pod{{
		UID: podUID, Namespace: "shop", Name: "web-1", Labels: map[string]string{"app": app}, Containers: []agentsocket.Container{{ID: podID, Name: "server"}},
	}}}
	for i := 0; i < len(policies); i += 2 {
		s.Policies = append(s.Policies, agentsocket.Policy{Name: policies[i], Generation: 3, Rules: []json.RawMessage{json.RawMessage(policies[i+1])}})
	}
	return s
}

// companion is an agent that runs, and how to tell it something and to ask it.
func companion(t *testing.T, file string) (f *fake, ask func(agentsocket.KubernetesRequest) *agentsocket.KubernetesAnswer) {
	f = shortFake(t)
	f.run = simulated(t)
	path := f.write(t, "c.yaml", file)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() { ended <- f.command(ctx, []string{"run", "--config", path}) }()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitAsked {
			t.Errorf("the agent's exit code is %d: %s", code, &f.errs)
		}
	})
	socket := agentsocket.SocketOf(f.root, "goland")
	for {
		if _, err := os.Lstat(socket); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return f, func(q agentsocket.KubernetesRequest) *agentsocket.KubernetesAnswer {
		t.Helper()
		a, err := agentsocket.AskKubernetes(context.Background(), socket, q)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

func TestKubernetesOfARunningAgent(t *testing.T) {
	f, ask := companion(t, "rules:\n- {name: mine, match: {comm: cron}, effects: {weight: 50}}\n")
	c := newFake(t)
	c.root = f.root
	c.process(t, 10, 1, "nginx", podGroup+podID+".scope", "0-3")
	c.process(t, 12, 1, "cron", "/system.slice/cron.service", "0-3")
	file := f.root + "/c.yaml"

	// Before anybody told something, commands are as without Kubernetes.
	if a := ask(agentsocket.KubernetesRequest{Counts: true, Full: true}); a.Version != "" || a.State != nil || len(a.Policies) != 0 {
		t.Errorf("%+v", a)
	}
	if code, out, errs := c.do("explain", "10", "--config", file); code != exitAsked || !strings.Contains(out, "none of 1") || errs != "" {
		t.Error(code, out, errs)
	}
	if _, out, _ := c.do("status"); strings.Contains(out, "kubernetes") {
		t.Error(out)
	}

	state := stateOf("v1", "web", "web", frontRule, "wrong", faultyRule)
	a := ask(agentsocket.KubernetesRequest{State: state})
	if a.Version != "v1" || a.Pods != 1 || len(a.Policies) != 2 || !a.Policies[0].Accepted || a.Policies[0].Generation != 3 || a.Policies[1].Accepted ||
		a.Policies[1].Message != `rule "typo": unknown key "wieght" in effects; did you mean weight?` {
		t.Errorf("%+v", a)
	}
	if a := ask(agentsocket.KubernetesRequest{Counts: true}); a.Version != "v1" || a.State != nil || len(a.Policies[0].Rules) != 1 {
		t.Errorf("%+v", a)
	}
	if a := ask(agentsocket.KubernetesRequest{Full: true}); a.State == nil || a.State.Pods[0].Name != "web-1" {
		t.Errorf("%+v", a)
	}

	code, out, errs := c.do("explain", "10", "--config", file)
	want := `          pod shop/web-1, ` + podUID + `
          labels app=web
          container server, ` + podID + `
rule:     web/front, policy web
          weight: 400
`
	if code != exitAsked || !strings.Contains(out, want) || errs != "" {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	_, out, _ = c.do("explain", "10", "--json", "--config", file)
	var e explanation
	if err := json.Unmarshal([]byte(out), &e); err != nil || e.Rule == nil || e.Rule.Policy != "web" || e.Rule.Line != 0 || e.Namespace != "shop" || e.ContainerName != "server" {
		t.Errorf("%s, %v", out, err)
	}
	code, out, errs = c.do("check", "--dry-run", "--config", file)
	want = `configuration: valid
policy wrong: refused: rule "typo": unknown key "wieght" in effects; did you mean weight?
rules: 2, with those of 1 policies of the running agent, conflicts: 0
RULE       PID  THREADS  COMM   CGROUP` + strings.Repeat(" ", len(podGroup)+len(podID)+8-len("CGROUP")) + `ALSO FITS
mine       12   1        cron   /system.slice/cron.service`
	if code != exitAsked || !strings.HasPrefix(out, want) || !strings.Contains(out, "\nweb/front  10   1        nginx  "+podGroup) || errs != "" {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	if _, out, _ := c.do("status"); !strings.Contains(out, "kubernetes: 1 policies with 1 rules, 1 refused; 1 pods\n           policy wrong is refused: rule") {
		t.Error(out)
	}
	_, out, _ = c.do("status", "--json")
	var s status
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Kubernetes == nil || s.Kubernetes.Version != "v1" || len(s.Kubernetes.Policies) != 2 {
		t.Errorf("%s, %v", out, err)
	}
}

// What is wrong with a whole request changes nothing.
func TestKubernetesIsRefused(t *testing.T) {
	f, ask := companion(t, "")
	ask(agentsocket.KubernetesRequest{State: stateOf("v1", "web", "web", frontRule)})
	many := stateOf("v2", "web")
	for i := range agentsocket.MaxPolicies + 1 {
		many.Policies = append(many.Policies, agentsocket.Policy{Name: fmt.Sprint(i)})
	}
	pods := stateOf("v2", "web")
	pods.Pods = make([]agentsocket.Pod, agentsocket.MaxPods+1)
	for state, want := range map[*agentsocket.KubernetesState]string{
		stateOf("", "web"): "kubernetes.state.version is empty",
		stateOf("v2", "web", "a", frontRule, "a", frontRule): "each needs a name of its own",
		stateOf("v2", "web", "", frontRule):                  "each needs a name of its own",
		many:                                                 "kubernetes.state.policies are 257, more than 256",
		pods:                                                 "kubernetes.state.pods are 4097, more than 4096",
	} {
		_, err := agentsocket.AskKubernetes(context.Background(), agentsocket.SocketOf(f.root, "goland"), agentsocket.KubernetesRequest{State: state})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if a := ask(agentsocket.KubernetesRequest{}); a.Version != "v1" || len(a.Policies) != 1 {
		t.Errorf("%+v", a)
	}
}

// What is told of a faulty policy fits a line, and a terminal.
func TestFaultsOfPoliciesAreTold(t *testing.T) {
	f := newFake(t)
	c, err := f.parse("--config", f.write(t, "c.yaml", ""))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"name":"a","when":"1 +\n\u001b[2J nonsense(","effects":{"weight":1}}`:                           `rule "a": when: `,
		`{"name":"a","match":{"comm":"` + strings.Repeat("[", 5000) + `"},"effects":{"weight":"\u001b"}}`: `rule "a": `,
	} {
		set, err := c.parsePolicy("web", &agentsocket.Policy{Rules: []json.RawMessage{json.RawMessage(text)}})
		if set != nil || err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > messageMax+4 {
			t.Errorf("%v, %v", set, err)
		}
	}
	for _, n := range []int{0, agentsocket.MaxPolicyRules + 1} {
		if _, err := c.parsePolicy("web", &agentsocket.Policy{Rules: make([]json.RawMessage, n)}); err == nil || !strings.Contains(err.Error(), "there are 1 to 256 in a policy") {
			t.Errorf("%d rules: %v", n, err)
		}
	}
}

// A reload and a companion change the rules in force, each its own part.
func TestKubernetesAndReload(t *testing.T) {
	r, f, reload := started(t, "rules:\n- {name: a, match: {comm: x}, effects: {weight: 50}}\n")
	inForce := func(want string) {
		t.Helper()
		var names []string
		for _, rule := range r.ruleset.Set.Rules {
			names = append(names, rule.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("in force are %q, not %q", got, want)
		}
	}
	r.take(stateOf("v1", "web", "web", frontRule, "batch", `{"name":"x","match":{"comm":"y"},"effects":{"slice":"90ms"}}`))
	inForce("a batch/x web/front")
	if told, err := reload("rules:\n- {name: b, match: {comm: x}, effects: {weight: 50}}\n"); err != nil || told != "the number of rules is 1, was 1" {
		t.Error(told, err)
	}
	inForce("b batch/x web/front")
	before := r.ruleset
	if told, err := reload("rules:\n- {name: b, match: {comm: x}, effects: {weight: 50}}\n"); err != nil || told != "nothing has changed" || !r.ruleset.Set.Equal(before.Set) {
		t.Error(told, err)
	}
	if _, err := reload("rules:\n- {name: b}\n"); err == nil {
		t.Error("an invalid file is not refused")
	}
	inForce("b batch/x web/front")
	f.errs.Reset()
	r.take(stateOf("v2", "web", "batch", `{"name":"x","match":{"comm":"y"},"effects":{"slice":"900ms"}}`))
	inForce("b")
	if got := f.errs.String(); !strings.Contains(got, "kubernetes: 0 policies with 0 rules, 1 refused; 1 pods") ||
		!strings.Contains(got, `policy batch is refused: rule "x": slice: is at most slice-max, 100ms, not 900ms`) {
		t.Error(got)
	}
	// Other pods alone are no news.
	f.errs.Reset()
	r.take(stateOf("v3", "other", "batch", `{"name":"x","match":{"comm":"y"},"effects":{"slice":"900ms"}}`))
	if f.errs.Len() > 0 {
		t.Error(&f.errs)
	}
	r.take(&agentsocket.KubernetesState{Version: "v4"})
	inForce("b")
	if told, err := reload("policy: fifo\n"); err != nil || !strings.Contains(told, "the number of rules is 0, was 1") {
		t.Error(told, err)
	}
	r.take(stateOf("v5", "web", "web", frontRule))
	if c := r.ruleset.Policies[0].Conflicts; len(c) != 1 || c[0] != `rule "web/front": weight, class and lease have no effect with the policy fifo` {
		t.Error(c)
	}
}

// A pod's label decides what its tasks get, at once when it changes.
func TestLabelsMoveTasks(t *testing.T) {
	r, f, _ := started(t, "")
	f.process(t, 10, 1, "nginx", podGroup+podID+".scope", "0-3")
	r.engine = rules.NewEngine(rules.NewMatcher(f.root, r), nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer r.matchBeside(ctx, cancel)()
	weight := func() uint64 {
		tasks := []scxbridge.Task{{PID: 10, TGID: 10, Weight: 100, OwnWeight: 100}}
		r.engine.Enqueue(tasks)
		return tasks[0].Weight
	}
	await := func(what string, want uint64) {
		t.Helper()
		for end := time.Now().Add(time.Minute); weight() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: the weight is %d, not %d", what, weight(), want)
			}
		}
	}
	r.take(stateOf("v1", "web", "web", frontRule))
	await("with the label", 400)
	counted := func() (n int) {
		t.Helper()
		response := r.kubernetes(ctx, &agentsocket.KubernetesRequest{Counts: true})
		if response.Error != "" {
			t.Fatal(response.Error)
		}
		return response.Kubernetes.Policies[0].Rules[0].MatchedTasks
	}
	if n := counted(); n != 1 {
		t.Errorf("%d tasks have the rule", n)
	}
	r.take(stateOf("v2", "other", "web", frontRule))
	await("without the label", 100)
	if n := counted(); n != 0 {
		t.Errorf("%d tasks have the rule", n)
	}
	r.take(stateOf("v3", "web", "web", frontRule))
	await("with the label again", 400)
	// News of a pod without tasks concern no task; of one that has some before it is told, they do.
	state := stateOf("v4", "web", "web", frontRule)
	other := strings.Replace(podUID, "6f2a3c1e", "7f2a3c1e", 1)
	state.Pods = append(state.Pods, agentsocket.Pod{UID: other, Name: "web-2", Labels: map[string]string{"app": "web"}})
	reviewed := func(s *agentsocket.KubernetesState) bool {
		before := r.engine.Generation()
		r.take(s)
		return r.engine.Generation() != before
	}
	if reviewed(state) {
		t.Error("a pod that nobody asked for is looked at")
	}
	third := strings.Replace(podUID, "6f2a3c1e", "8f2a3c1e", 1)
	if _, known := r.Pod(third); known {
		t.Error("a pod is known that nobody told")
	}
	next := *state
	next.Version = "v5"
	next.Pods = append(next.Pods, agentsocket.Pod{UID: third, Name: "web-3"})
	if !reviewed(&next) {
		t.Error("a pod that was asked for is not looked at")
	}
	r.take(stateOf("v6", "web"))
	await("without the policy", 100)
}
