package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"go.yaml.in/yaml/v3"
)

var options = rules.ParseOptions{Suggest: func(string, []string) string { return "" }}

// parser counts how many policies were read.
type parser struct{ reads int }

func (p *parser) parse(name string, policy *agentsocket.Policy) (*rules.Set, error) {
	p.reads++
	set, wrong := rules.ParsePolicy(name, policy.Rules, options)
	if len(wrong) > 0 {
		return nil, errors.New(wrong[0].Text)
	}
	return set, nil
}

func policyOf(name string, priority int32, rules ...string) agentsocket.Policy {
	p := agentsocket.Policy{Name: name, Generation: 7, Priority: priority}
	for _, text := range rules {
		p.Rules = append(p.Rules, json.RawMessage(text))
	}
	return p
}

func rule(name, match string, weight int) string {
	return fmt.Sprintf(`{"name":%q,"match":{%s},"effects":{"weight":%d}}`, name, match, weight)
}

func fileOf(t *testing.T, text string) *rules.Set {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	set, wrong := rules.Parse(doc.Content[0], options)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return set
}

func order(m *Merged) string {
	var names []string
	for _, r := range m.Set.Rules {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

func noEffect(r *rules.Rule) string {
	if r.Effects.Weight == 13 {
		return "has no effect"
	}
	return ""
}

func TestMerge(t *testing.T) {
	file := fileOf(t, "[{name: mine, match: {comm: init}, effects: {weight: 50}}]")
	state := &agentsocket.KubernetesState{Version: "1", Policies: []agentsocket.Policy{
		policyOf("b", 0, rule("x", `"comm":"init"`, 10)),
		policyOf("low", -5, rule("x", `"comm":"l"`, 10)),
		policyOf("wrong", 99, rule("x", `"cmom":"l"`, 10)),
		policyOf("high", 10, rule("x", `"comm":"h"`, 13), rule("y", `"labels":{"app":"web"}`, 400)),
		policyOf("a", 0, rule("x", `"comm":"a"`, 10)),
	}}
	p := &parser{}
	n := New(state, p.parse, nil)
	m := n.Merge(file, noEffect)
	if got := order(m); got != "mine high/x high/y a/x b/x low/x" {
		t.Error(got)
	}
	answer := m.Answer(n, m.Set, []rules.Count{{Tasks: 1}, {}, {Tasks: 5, Processes: 2}, {}, {Tasks: 3, Processes: 3}, {}})
	text, err := json.Marshal(answer)
	want := `{"version":"1","pods":0,"policies":[` +
		`{"name":"high","generation":7,"accepted":true,"conflicts":["rule \"high/x\": has no effect"],"rules":[{"name":"x","matched_tasks":0,"matched_processes":0},{"name":"y","matched_tasks":5,"matched_processes":2}]},` +
		`{"name":"a","generation":7,"accepted":true,"rules":[{"name":"x","matched_tasks":0,"matched_processes":0}]},` +
		`{"name":"b","generation":7,"accepted":true,"conflicts":["policy b: rule \"b/x\": it can never match: rule \"mine\" in line 1 matches all that it does, and comes first"],"rules":[{"name":"x","matched_tasks":3,"matched_processes":3}]},` +
		`{"name":"low","generation":7,"accepted":true,"rules":[{"name":"x","matched_tasks":0,"matched_processes":0}]},` +
		`{"name":"wrong","generation":7,"accepted":false,"message":"rule \"x\": unknown key \"cmom\" in match"}]}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	if m.Refused() != 1 {
		t.Errorf("%d are refused", m.Refused())
	}
	// An answer with counts does not change those that come after it.
	if again := m.Answer(n, nil, nil); again.Policies[0].Rules[1].MatchedTasks != 0 {
		t.Error("counts stay")
	}
	if m := (*Node)(nil).Merge(file, noEffect); m.Set != file || m.Refused() != 0 {
		t.Errorf("nobody told anything: %+v", m)
	}
	if m := n.Merge(nil, noEffect); m.Set.Len() != 5 {
		t.Errorf("without a file there are %d rules", m.Set.Len())
	}
}

// Only what has changed is read again.
func TestPoliciesAreReadOnce(t *testing.T) {
	state := func(version string, policies ...agentsocket.Policy) *agentsocket.KubernetesState {
		return &agentsocket.KubernetesState{Version: version, Policies: policies}
	}
	p := &parser{}
	a, b, wrong := policyOf("a", 0, rule("x", `"comm":"a"`, 10)), policyOf("b", 0, rule("x", `"comm":"b"`, 10)), policyOf("w", 0, `{}`)
	first := New(state("1", a, b, wrong), p.parse, nil)
	same := state("2", a, b, wrong)
	same.Pods = []agentsocket.Pod{{UID: "u", Name: "n"}}
	second := New(same, p.parse, first)
	if p.reads != 3 || !second.SamePolicies(first) || !second.Merge(nil, noEffect).Set.Equal(first.Merge(nil, noEffect).Set) {
		t.Errorf("%d reads", p.reads)
	}
	b.Priority, b.Generation = 5, 8
	third := New(state("3", b, a), p.parse, second)
	if got := order(third.Merge(nil, noEffect)); p.reads != 3 || got != "b/x a/x" || third.SamePolicies(second) {
		t.Errorf("%d reads, %s", p.reads, got)
	}
	if got := third.Merge(nil, noEffect).Policies[0].Generation; got != 8 {
		t.Errorf("generation %d", got)
	}
	a.Rules = policyOf("a", 0, rule("z", `"comm":"a"`, 10)).Rules
	if got := order(New(state("4", b, a), p.parse, third).Merge(nil, noEffect)); p.reads != 4 || got != "b/x a/z" {
		t.Errorf("%d reads, %s", p.reads, got)
	}
}

func TestPods(t *testing.T) {
	n := New(&agentsocket.KubernetesState{Version: "1", Pods: []agentsocket.Pod{{
		UID: "u", Namespace: "shop", Name: "web-1", Labels: map[string]string{"app": "web"}, Containers: []agentsocket.Container{{ID: "c1", Name: "server"}},
	}}}, nil, nil)
	if p, known := n.Pod("u"); !known || p.Namespace != "shop" || p.Name != "web-1" || p.Labels["app"] != "web" || p.Containers["c1"] != "server" {
		t.Errorf("%+v, %v", p, known)
	}
	// One that is not known yet may be told later; while nobody tells, none will be.
	if _, known := n.Pod("other"); known {
		t.Error("a pod that nobody told is known")
	}
	if _, known := (*Node)(nil).Pod("other"); !known {
		t.Error("who is never told waits for more")
	}
}

func TestNewsOfPods(t *testing.T) {
	state := func(pods ...agentsocket.Pod) *Node {
		return New(&agentsocket.KubernetesState{Version: "1", Pods: pods}, nil, nil)
	}
	web := func(app string) agentsocket.Pod {
		return agentsocket.Pod{UID: "web", Name: "web-1", Labels: map[string]string{"app": app}}
	}
	before := state(web("a"), agentsocket.Pod{UID: "same"}, agentsocket.Pod{UID: "gone"})
	for want, n := range map[string]*Node{
		"[web] [gone]": state(web("b"), agentsocket.Pod{UID: "same"}),
		"[new] [gone]": state(web("a"), agentsocket.Pod{UID: "same"}, agentsocket.Pod{UID: "new"}),
		"[] [same]":    state(web("a"), agentsocket.Pod{UID: "gone"}),
	} {
		if got := fmt.Sprint(n.NewsOfPods(before)); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	if news, gone := state(web("a")).NewsOfPods(nil); len(news) != 1 || len(gone) != 0 {
		t.Error(news, gone)
	}
}

func TestAsked(t *testing.T) {
	var a Asked
	if a.Any([]string{"x"}) {
		t.Error("nobody asked")
	}
	a.Add("x")
	a.Add("x")
	if !a.Any([]string{"y", "x"}) || a.Any([]string{"y"}) || a.Any(nil) {
		t.Error("x was asked for, y was not")
	}
	a.Forget([]string{"x"})
	if a.Any([]string{"x"}) {
		t.Error("who is gone was asked for")
	}
	for i := range askedMax + 1 {
		a.Add(fmt.Sprint(i))
	}
	if !a.Any([]string{"y"}) || a.Any(nil) || len(a.uids) > 0 {
		t.Error("with more than it remembers, anything may have been asked for")
	}
}

// There is room for so many rules: a policy that has more is refused, and those after it may find room.
func TestRoomForRules(t *testing.T) {
	var many strings.Builder
	for i := range rules.MaxRules - 3 {
		fmt.Fprintf(&many, "- {name: r%d, match: {comm: c%d}, effects: {weight: 50}}\n", i, i)
	}
	two := []string{rule("x", `"comm":"x"`, 100), rule("y", `"comm":"y"`, 100)}
	n := New(&agentsocket.KubernetesState{Version: "1", Policies: []agentsocket.Policy{
		policyOf("a", 0, two...), policyOf("b", 0, two...), policyOf("c", 0, two[0]), policyOf("d", 0, two[0]),
	}}, new(parser).parse, nil)
	m := n.Merge(fileOf(t, many.String()), noEffect)
	var told []string
	for _, p := range m.Policies {
		told = append(told, fmt.Sprint(p.Name, p.Accepted))
	}
	if got := strings.Join(told, " "); got != "atrue ctrue bfalse dfalse" || m.Set.Len() != rules.MaxRules || !strings.Contains(m.Policies[2].Message, "its 2 rules find no room: there may be 4096") {
		t.Errorf("%s, %d rules, %+v", got, m.Set.Len(), m.Policies[2])
	}
	if m := n.Merge(nil, noEffect); m.Refused() != 0 {
		t.Errorf("without a file %d are refused", m.Refused())
	}
}
