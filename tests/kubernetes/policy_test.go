package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// policy makes an object of the rules, or of a whole spec, in YAML.
func policy(t *testing.T, name, text string) *unstructured.Unstructured {
	t.Helper()
	var spec any
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	if _, is := spec.([]any); is {
		spec = map[string]any{"rules": spec}
	}
	encoded, err := json.Marshal(map[string]any{
		"apiVersion": policies.Group + "/" + policies.Version, "kind": "SchedulingPolicy",
		"metadata": map[string]any{"name": name}, "spec": spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	object := new(unstructured.Unstructured)
	if err := object.UnmarshalJSON(encoded); err != nil {
		t.Fatal(err)
	}
	return object
}

// create makes a policy, as an administrator, until the end of the test.
func create(t *testing.T, p *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	made, err := policiesAs(here.Admin).Create(context.Background(), p, meta.CreateOptions{FieldValidation: "Strict"})
	if err != nil {
		t.Fatalf("create the policy: %v", err)
	}
	t.Cleanup(func() { _ = policiesAs(here.Admin).Delete(context.Background(), p.GetName(), meta.DeleteOptions{}) })
	return made
}

func TestValidPolicies(t *testing.T) {
	for i, text := range append(documentedRules(t),
		`[{name: a, match: {comm: "*"}, effects: {weight: 1}}, {name: b, when: uid > 0, effects: {weight: 10000}}]`,
		`[{name: all, match: {comm: a, thread: [b, c], cmdline: d, cmdline-regexp: e, user: [f, 0], cgroup: /g, unit: h, pod-uid: i, qos: Burstable,
		  runtime: containerd, container: j, namespace: k, pod: l, labels: {app: web, tier: [a, b]}}, children: false,
		  effects: {weight: 200, slice: 1m0.5s, class: urgent, latency: 3ms, preempt: always, lease: 0s}}]`,
		`[{name: a, match: {comm: x}, effects: {domain: 127, preempt: never}}, {name: b, match: {comm: x}, effects: {leave-to-kernel: true, slice: 100us}}]`,
		`{priority: -5, nodeSelector: {matchLabels: {disk: ssd}, matchExpressions: [{key: zone, operator: In, values: [a]}]}, rules: [{name: a, match: {comm: x}, effects: {weight: 50}}]}`,
	) {
		p := policy(t, fmt.Sprintf("valid-%d", i), text)
		made := create(t, p)
		want := p.DeepCopy()
		if _, has, _ := unstructured.NestedInt64(want.Object, "spec", "priority"); !has {
			_ = unstructured.SetNestedField(want.Object, int64(0), "spec", "priority")
		}
		if got := made.Object["spec"]; fmt.Sprint(got) != fmt.Sprint(want.Object["spec"]) {
			t.Errorf("the server changed\n%v into\n%v", want.Object["spec"], got)
		}
	}
}

// documentedRules are all lists of rules that docs/rules.md and docs/kubernetes.md show.
func documentedRules(t *testing.T) []string {
	var all []string
	for _, file := range []string{"../../docs/rules.md", "../../docs/operating.md", "../../docs/kubernetes.md"} {
		parts := strings.Split(string(readFile(t, file)), "```yaml\n")
		for _, part := range parts[1:] {
			text, _, _ := strings.Cut(part, "```")
			var document struct {
				Kind  string
				Spec  any
				Rules any
			}
			if err := yaml.Unmarshal([]byte(text), &document); err != nil {
				t.Fatalf("%s: %v:\n%s", file, err, text)
			}
			of := document.Rules
			if document.Kind == "SchedulingPolicy" {
				of = document.Spec
			}
			if of == nil {
				continue
			}
			encoded, err := yaml.Marshal(of)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(encoded))
		}
	}
	if len(all) < 7 {
		t.Fatalf("only %d lists of rules were found in the documentation", len(all))
	}
	return all
}

func TestInvalidPolicies(t *testing.T) {
	var many []string
	for i := range 257 {
		many = append(many, fmt.Sprintf("{name: r%d, match: {comm: x}, effects: {weight: 1}}", i))
	}
	rule := func(text string) string { return "[{name: a, match: {comm: x}, " + text + "}]" }
	for text, says := range map[string]string{
		`{}`:                                "spec.rules: Required value",
		`[]`:                                "should have at least 1 items",
		"[" + strings.Join(many, ",") + "]": "must have at most 256 items",
		`[{match: {comm: x}, effects: {weight: 1}}]`:                                                             "spec.rules[0].name: Required value",
		`[{name: "", match: {comm: x}, effects: {weight: 1}}]`:                                                   "at least 1 chars",
		"[{name: " + strings.Repeat("n", 65) + ", match: {comm: x}, effects: {weight: 1}}]":                      "may not be more than 64",
		`[{name: a, match: {comm: x}}]`:                                                                          "effects: Required value",
		`[{name: a, effects: {weight: 1}}]`:                                                                      "needs match or when",
		`[{name: a, match: {}, effects: {weight: 1}}]`:                                                           "should have at least 1 properties",
		`[{name: a, match: {comm: []}, effects: {weight: 1}}]`:                                                   "should have at least 1 items",
		`[{name: a, match: {comm: ""}, effects: {weight: 1}}]`:                                                   "at least 1 chars",
		`[{name: a, match: {labels: {}}, effects: {weight: 1}}]`:                                                 "should have at least 1 properties",
		`[{name: a, match: {comm: x}, effects: {weight: 1}}, {name: a, match: {comm: z}, effects: {weight: 2}}]`: "has its own name",
		`[{name: a, match: {comm: on}, effects: {weight: 1}}]`:                                                   "must not validate the schema",
		`[{name: a, match: {labels: {app: yes}}, effects: {weight: 1}}]`:                                         "must not validate the schema",
		rule("children: 5, effects: {weight: 1}"):                                                                "must be of type boolean",
		rule("effects: {}"):                                                       "should have at least 1 properties",
		rule("effects: {weight: 0}"):                                              "greater than or equal to 1",
		rule("effects: {weight: 10001}"):                                          "less than or equal to 10000",
		rule(`effects: {weight: "5"}`):                                            "must be of type integer",
		rule("effects: {slice: 5}"):                                               "must be of type string",
		rule(`effects: {slice: "5"}`):                                             "should match",
		rule("effects: {class: fast}"):                                            `supported values: "urgent", "normal", "batch"`,
		rule("effects: {preempt: sometimes}"):                                     `supported values: "never", "later", "always"`,
		rule("effects: {domain: 128}"):                                            "less than or equal to 127",
		rule("effects: {leave-to-kernel: false}"):                                 "Unsupported value: false",
		rule("effects: {domain: 1, preempt: always}"):                             "domain excludes preempt",
		rule("effects: {leave-to-kernel: true, weight: 5}"):                       "leave-to-kernel excludes",
		`{priority: 1.5, rules: [{name: a, when: "true", effects: {weight: 1}}]}`: "must be of type integer",
		`{nodeSelector: {matchExpressions: [{key: a, operator: Is}]}, rules: [{name: a, when: "true", effects: {weight: 1}}]}`: `supported values: "In", "NotIn"`,
		`{prioriti: 1, rules: [{name: a, when: "true", effects: {weight: 1}}]}`:                                                `unknown field "spec.prioriti"`,
	} {
		_, err := policiesAs(here.Admin).Create(context.Background(), policy(t, "invalid", text), meta.CreateOptions{FieldValidation: "Strict"})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.200s: not refused because of %q: %v", text, says, err)
		}
		if err == nil {
			_ = policiesAs(here.Admin).Delete(context.Background(), "invalid", meta.DeleteOptions{})
		}
	}
}

// A key that the server does not know stays, so that the agent can refuse it: dropped, it would leave a rule that matches
// more than was meant.
func TestUnknownKeysStay(t *testing.T) {
	text := `[{name: a, match: {comm: x, namspace: y}, childen: false, effects: {weight: 1, clas: batch}}]`
	made := create(t, policy(t, "unknown", text))
	got, err := json.Marshal(made.Object["spec"].(map[string]any)["rules"])
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"namspace", "childen", "clas"} {
		if !strings.Contains(string(got), `"`+key+`"`) {
			t.Errorf("%s was dropped: %s", key, got)
		}
	}
}

// table is what kubectl get prints.
func table(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := clientset(here.Admin).RESTClient().Get().AbsPath("/apis", policies.Group, policies.Version, policies.Resource, name).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").DoRaw(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got meta.Table
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	row := map[string]any{}
	for i, c := range got.ColumnDefinitions {
		row[c.Name] = got.Rows[0].Cells[i]
	}
	return row
}

// nodeStatus is what a companion writes of its node.
func nodeStatus(name, node string, entry map[string]any) *unstructured.Unstructured {
	whole := map[string]any{"name": node, "observedGeneration": int64(1), "accepted": true, "readAt": "2026-01-02T03:04:05Z"}
	maps.Copy(whole, entry)
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": policies.Group + "/" + policies.Version, "kind": "SchedulingPolicy", "metadata": map[string]any{"name": name},
		"status": map[string]any{"nodes": []any{whole}},
	}}
}

// Companions of two nodes write the status with the rights of the chart's account, each its own entry.
func TestStatusOfTwoNodes(t *testing.T) {
	ctx, name := context.Background(), "two-nodes"
	create(t, policy(t, name, `[{name: first, match: {comm: x}, effects: {weight: 50}}, {name: second, match: {comm: z}, effects: {weight: 50}}]`))
	companion := policiesAs(here.As(serviceAccount(t)))
	apply := func(node string, entry map[string]any) {
		t.Helper()
		options := meta.ApplyOptions{FieldManager: "scx_goland_kube/" + node}
		if _, err := companion.ApplyStatus(ctx, name, nodeStatus(name, node, entry), options); err != nil {
			t.Fatalf("write the status of %s: %v", node, err)
		}
	}
	rules := []any{map[string]any{"name": "first", "matchedTasks": int64(3), "matchedProcesses": int64(1)}}
	apply("node-a", map[string]any{"rules": rules, "conflicts": []any{"a conflict"}})
	apply("node-b", map[string]any{"accepted": false, "message": "because"})
	apply("node-a", map[string]any{"rules": rules})

	got, err := policiesAs(here.Admin).Get(ctx, name, meta.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		nodeStatus(name, "node-a", map[string]any{"rules": rules}).Object["status"].(map[string]any)["nodes"].([]any)[0],
		nodeStatus(name, "node-b", map[string]any{"accepted": false, "message": "because"}).Object["status"].(map[string]any)["nodes"].([]any)[0],
	}
	nodes, _, _ := unstructured.NestedSlice(got.Object, "status", "nodes")
	if !reflect.DeepEqual(nodes, want) {
		t.Errorf("the status is\n%v, not\n%v", nodes, want)
	}
	if got.GetGeneration() != 1 {
		t.Errorf("a status made another generation: %d", got.GetGeneration())
	}
	row := table(t, name)
	if row["Name"] != name || row["Priority"] != float64(0) || row["Age"] == nil ||
		row["First rule"] != "first" || row["Accepted by"] != "node-a" || row["Refused by"] != "node-b" {
		t.Errorf("kubectl shows %v", row)
	}

	// An incomplete entry, or one of another shape, is refused.
	for entry, says := range map[string]string{`{"accepted": "yes"}`: "boolean", `{"readAt": "yesterday"}`: "date-time", `{"readAt": null}`: "readAt"} {
		var wrong map[string]any
		if err := json.Unmarshal([]byte(entry), &wrong); err != nil {
			t.Fatal(err)
		}
		_, err := companion.ApplyStatus(ctx, name, nodeStatus(name, "node-c", wrong), meta.ApplyOptions{FieldManager: "scx_goland_kube/node-c"})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// The account may do what the companion does, and no more.
func TestRights(t *testing.T) {
	ctx, name := context.Background(), "rights"
	create(t, policy(t, name, `[{name: a, match: {comm: x}, effects: {weight: 50}}]`))
	as := here.As(serviceAccount(t))
	c, p := clientset(as), policiesAs(as)
	may := map[string]func() error{
		"list pods of a node": func() error {
			_, err := c.CoreV1().Pods("").List(ctx, meta.ListOptions{FieldSelector: "spec.nodeName=node-a"})
			return err
		},
		"watch its node": func() error {
			w, err := c.CoreV1().Nodes().Watch(ctx, meta.ListOptions{FieldSelector: "metadata.name=node-a"})
			if err == nil {
				w.Stop()
			}
			return err
		},
		"list policies": func() error { _, err := p.List(ctx, meta.ListOptions{}); return err },
		"write a status": func() error {
			_, err := p.ApplyStatus(ctx, name, nodeStatus(name, "n", nil), meta.ApplyOptions{FieldManager: "m"})
			return err
		},
	}
	for what, do := range may {
		if err := do(); err != nil {
			t.Errorf("it may not %s: %v", what, err)
		}
	}
	mayNot := map[string]func() error{
		"get a pod":       func() error { _, err := c.CoreV1().Pods("x").Get(ctx, "x", meta.GetOptions{}); return err },
		"list secrets":    func() error { _, err := c.CoreV1().Secrets(namespace).List(ctx, meta.ListOptions{}); return err },
		"delete a pod":    func() error { return c.CoreV1().Pods("x").Delete(ctx, "x", meta.DeleteOptions{}) },
		"delete a policy": func() error { return p.Delete(ctx, name, meta.DeleteOptions{}) },
		"change a policy": func() error {
			object := policy(t, name, `[{name: b, match: {comm: x}, effects: {weight: 50}}]`)
			_, err := p.Apply(ctx, name, object, meta.ApplyOptions{FieldManager: "m", Force: true})
			return err
		},
		"make a policy": func() error {
			_, err := p.Create(ctx, policy(t, "other", `[{name: b, match: {comm: x}, effects: {weight: 50}}]`), meta.CreateOptions{})
			return err
		},
	}
	for what, do := range mayNot {
		if err := do(); !apierrors.IsForbidden(err) {
			t.Errorf("it may %s: %v", what, err)
		}
	}
}
