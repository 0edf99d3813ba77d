package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestPodsOf(t *testing.T) {
	static := `
metadata: {name: etcd-n1, namespace: kube-system, uid: other, annotations: {kubernetes.io/config.mirror: %[1]s, kubernetes.io/config.hash: %[1]s}}
status: {phase: Running}
`
	pods, left := podsOf([]*unstructured.Unstructured{
		web(t, "{app: web}"),
		read(t, `{metadata: {name: done, namespace: shop, uid: u2}, status: {phase: Succeeded}}`),
		read(t, `{metadata: {name: failed, namespace: shop, uid: u3}, status: {phase: Failed}}`),
		read(t, `{metadata: {name: new, namespace: shop, uid: u4}, status: {phase: Pending}}`),
		read(t, fmt.Sprintf(static, "0123456789abcdef0123456789abcdef")),
		read(t, fmt.Sprintf(static, "6f2a3c1e-98d0-4a55-b3c2-7d21f04f9c11")), // says that it is web-1
	}, podRoom)
	text, err := json.Marshal(pods)
	want := `[{"uid":"0123456789abcdef0123456789abcdef","namespace":"kube-system","name":"etcd-n1"},` +
		`{"uid":"6f2a3c1e-98d0-4a55-b3c2-7d21f04f9c11","namespace":"shop","name":"web-1","labels":{"app":"web"},"containers":[{"id":"0","name":"setup"},{"id":"1","name":"server"}]},` +
		`{"uid":"u4","namespace":"shop","name":"new"}]`
	if err != nil || string(text) != want || left != 0 {
		t.Errorf("%s, %v, %d", text, err, left)
	}
}

func TestPlan(t *testing.T) {
	v := &view{node: "n1", labels: map[string]string{"tier": "fast"}, pods: []*unstructured.Unstructured{web(t, "{app: web}")}, policies: []*unstructured.Unstructured{
		policy(t, "all", `{rules: [`+frontRule+`]}`),
		policy(t, "first", `{priority: 7, nodeSelector: {matchLabels: {tier: fast}}, rules: [`+frontRule+`]}`),
		policy(t, "another", `{rules: [`+frontRule+`]}`),
		policy(t, "elsewhere", `{nodeSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [fast]}]}, rules: [`+frontRule+`]}`),
		policy(t, "senseless", `{nodeSelector: {matchExpressions: [{key: tier, operator: Near, values: [fast]}]}, rules: [`+frontRule+`]}`),
		policy(t, "odd", `{priority: many, rules: [`+frontRule+`]}`),
	}}
	p := v.plan()
	var told []string
	for _, policy := range p.state.Policies {
		told = append(told, fmt.Sprint(policy.Name, policy.Generation, policy.Priority))
	}
	if got := strings.Join(told, " "); got != "first3 7 all3 0 another3 0" {
		t.Error(got)
	}
	if got := string(p.state.Policies[0].Rules[0]); got != `{"effects":{"weight":400},"match":{"labels":{"app":"web"}},"name":"front"}` {
		t.Error(got)
	}
	if len(p.refused) != 2 || !strings.Contains(p.refused["senseless"], `nodeSelector: "Near" is not a valid label selector operator`) ||
		!strings.Contains(p.refused["odd"], "not understood") {
		t.Error(p.refused)
	}
	if len(p.chosen) != 5 || len(p.others) != 1 || p.others[0].GetName() != "elsewhere" {
		t.Errorf("%d are chosen, %d are for others", len(p.chosen), len(p.others))
	}
	// The same view gives the same version, in whichever order it comes; another label another one.
	v.policies[0], v.policies[2] = v.policies[2], v.policies[0]
	if again := v.plan(); again.state.Version != p.state.Version || p.state.Version == "" {
		t.Error(again.state.Version, p.state.Version)
	}
	v.pods[0] = web(t, "{app: other}")
	if other := v.plan(); other.state.Version == p.state.Version {
		t.Error("another label has the same version")
	}
}

// What does not fit into a request is refused, not sent.
func TestRoomInARequest(t *testing.T) {
	v := &view{node: "n1"}
	for i := range agentsocket.MaxPolicies + 5 {
		v.policies = append(v.policies, policy(t, fmt.Sprintf("p%03d", i), `{rules: [`+frontRule+`]}`))
	}
	const rooms = 1 << 17
	long := strings.Repeat("x", rooms*2/3)
	for i := range 2 {
		v.policies = append(v.policies, policy(t, fmt.Sprintf("long%d", i), `{priority: 1, rules: [{name: x, match: {comm: `+long+`}}]}`))
	}
	for i := range 3 {
		pod := web(t, "{app: "+long+"}")
		_ = unstructured.SetNestedField(pod.Object, fmt.Sprint(i), "metadata", "uid")
		v.pods = append(v.pods, pod)
	}
	p := v.planIn(rooms, rooms)
	if len(p.state.Policies) != agentsocket.MaxPolicies || p.state.Policies[0].Name != "long0" || len(p.refused) != 7 ||
		!strings.Contains(p.refused["p260"], "a node takes 256 policies") || !strings.Contains(p.refused["long1"], "bytes of policies") {
		t.Errorf("%d policies, %v", len(p.state.Policies), p.refused)
	}
	if len(p.state.Pods) != 1 || p.left != 2 {
		t.Errorf("%d pods, %d left out", len(p.state.Pods), p.left)
	}
	text, err := json.Marshal(agentsocket.KubernetesRequest{State: p.state})
	if err != nil || len(text) >= 2*rooms+1000 || podRoom+policyRoom+1000 > agentsocket.MaxLine {
		t.Errorf("the request has %d bytes, %v", len(text), err)
	}
}
