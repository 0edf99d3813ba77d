package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// companionProgram is what `make companion` builds.
const companionProgram = "../../target/release/scx_goland_kube"

// companion is a running one.
type companion struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	err bytes.Buffer
}

func (c *companion) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err.Write(p)
}

func (c *companion) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err.String()
}

// startCompanion starts it with the rights of the chart's service account, and with no environment.
func startCompanion(t *testing.T, node, socket string) *companion {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := here.Kubeconfig(kubeconfig, serviceAccount(t)); err != nil {
		t.Fatal(err)
	}
	c := &companion{cmd: exec.Command(companionProgram, "--control="+socket, "--kubeconfig="+kubeconfig, "--status-period=1s")}
	c.cmd.Env = []string{"NODE_NAME=" + node}
	c.cmd.Stderr = c
	if err := c.cmd.Start(); err != nil {
		t.Fatalf("start the companion, which `make companion` builds: %v", err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		if t.Failed() {
			t.Logf("the companion said:\n%s", c.said())
		}
	})
	return c
}

// aNode makes a node with a pod, of the given label, of which a container runs.
func aNode(t *testing.T, node string, labels map[string]string) *core.Pod {
	t.Helper()
	ctx, c := context.Background(), clientset(here.Admin)
	if _, err := c.CoreV1().Nodes().Create(ctx, &core.Node{ObjectMeta: meta.ObjectMeta{Name: node, Labels: map[string]string{"pool": "mixed"}}}, meta.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CoreV1().Nodes().Delete(ctx, node, meta.DeleteOptions{}) })
	pod := &core.Pod{ObjectMeta: meta.ObjectMeta{Name: "web-" + node, Labels: labels}}
	pod.Spec = core.PodSpec{
		NodeName: node, ServiceAccountName: releaseName, Containers: []core.Container{{Name: "server", Image: "server"}},
		Tolerations: []core.Toleration{{Operator: core.TolerationOpExists}},
	}
	pod, err := c.CoreV1().Pods(namespace).Create(ctx, pod, meta.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		now := int64(0)
		_ = c.CoreV1().Pods(namespace).Delete(ctx, pod.Name, meta.DeleteOptions{GracePeriodSeconds: &now})
	})
	pod.Status.Phase = core.PodRunning
	pod.Status.ContainerStatuses = []core.ContainerStatus{{Name: "server", ContainerID: "containerd://" + strings.Repeat("ab", 32)}}
	if pod, err = c.CoreV1().Pods(namespace).UpdateStatus(ctx, pod, meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	return pod
}

// entry is a node's part of a policy's status, without the time; nil if there is none.
func entry(t *testing.T, policy, node string) map[string]any {
	t.Helper()
	got, err := policiesAs(here.Admin).Get(context.Background(), policy, meta.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	nodes, _, _ := unstructured.NestedSlice(got.Object, "status", "nodes")
	for _, n := range nodes {
		if e := n.(map[string]any); e["name"] == node {
			at, _ := e["readAt"].(string)
			if _, err := time.Parse(time.RFC3339, at); err != nil {
				t.Errorf("readAt: %v", err)
			}
			delete(e, "readAt")
			return e
		}
	}
	return nil
}

// The companion itself, with a real API server and the rights that the chart gives it.
func TestCompanion(t *testing.T) {
	ctx, node := context.Background(), "node-of-companion"
	folder, err := os.MkdirTemp("", "agent") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "goland.control")
	pod := aNode(t, node, map[string]string{"tier": "batch"})
	aNode(t, "another-node", map[string]string{"tier": "batch"})
	create(t, policy(t, "accepted", `{priority: 7, nodeSelector: {matchLabels: {pool: mixed}}, rules: [{name: batch, match: {labels: {tier: batch}}, effects: {weight: 50}}]}`))
	create(t, policy(t, "refused", `[{name: typo, match: {labels: {tier: batch}, namspace: x}, effects: {weight: 50}}]`))
	create(t, policy(t, "elsewhere", `{nodeSelector: {matchLabels: {pool: other}}, rules: [{name: r, match: {comm: x}, effects: {weight: 50}}]}`))

	agent := startAgent(t, socket)
	c := startCompanion(t, node, socket)
	await(t, "the agent knows the pod and both policies", func() bool {
		s, _ := agent.knows()
		return len(s.Pods) == 1 && slices.Equal(s.names(), []string{"accepted", "refused"})
	})
	s, _ := agent.knows()
	p := s.Pods[0]
	if p.UID != string(pod.UID) || p.Namespace != namespace || p.Name != pod.Name || p.Labels["tier"] != "batch" ||
		len(p.Containers) != 1 || p.Containers[0].Name != "server" || p.Containers[0].ID != strings.Repeat("ab", 32) {
		t.Errorf("the agent was told of the pod: %+v", p)
	}
	for _, told := range s.Policies {
		if want := map[string]int32{"accepted": 7}[told.Name]; told.Priority != want || told.Generation != 1 || len(told.Rules) != 1 {
			t.Errorf("the agent was told of the policy: %+v", told)
		}
		if told.Name == "refused" && !strings.Contains(string(told.Rules[0]), "namspace") {
			t.Errorf("what is to be refused is left out: %s", told.Rules[0])
		}
	}

	status := func(policy, want string) {
		t.Helper()
		var got string
		await(t, "the status of "+policy+" is "+want, func() bool {
			text, err := json.Marshal(entry(t, policy, node))
			if err != nil {
				t.Fatal(err)
			}
			got = string(text)
			return got == want
		})
	}
	status("accepted", `{"accepted":true,"conflicts":["likely a mistake"],"name":"`+node+`","observedGeneration":1,"rules":[{"matchedProcesses":1,"matchedTasks":3,"name":"batch"}]}`)
	status("refused", `{"accepted":false,"message":"no such key","name":"`+node+`","observedGeneration":1}`)
	status("elsewhere", "null")

	// A pod's label, and a rule, change.
	patch := func(name, text string) {
		t.Helper()
		if _, err := policiesAs(here.Admin).Patch(ctx, name, types.MergePatchType, []byte(text), meta.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	label := []byte(`{"metadata": {"labels": {"tier": "front"}}}`)
	if _, err := clientset(here.Admin).CoreV1().Pods(namespace).Patch(ctx, pod.Name, types.MergePatchType, label, meta.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	patch("accepted", `{"spec": {"priority": 8}}`)
	await(t, "the agent knows the change", func() bool {
		s, _ := agent.knows()
		return len(s.Pods) == 1 && s.Pods[0].Labels["tier"] == "front" && slices.ContainsFunc(s.Policies, func(p struct {
			Name       string            `json:"name"`
			Generation int64             `json:"generation"`
			Priority   int32             `json:"priority"`
			Rules      []json.RawMessage `json:"rules"`
		}) bool {
			return p.Name == "accepted" && p.Priority == 8 && p.Generation == 2
		})
	})
	await(t, "the status is of the second generation", func() bool { return entry(t, "accepted", node)["observedGeneration"] == int64(2) })

	// Another agent, as after an upgrade, is told all again.
	_ = agent.listener.Close()
	agent = startAgent(t, socket)
	await(t, "the new agent knows everything", func() bool {
		s, _ := agent.knows()
		return len(s.Pods) == 1 && len(s.Policies) == 2
	})

	// The node gets other labels: one policy is no longer for it, another one is.
	relabel := func(pool string) {
		t.Helper()
		text := []byte(`{"metadata": {"labels": {"pool": "` + pool + `"}}}`)
		if _, err := clientset(here.Admin).CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, text, meta.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	relabel("other")
	await(t, "the agent has the policies for the new label", func() bool {
		s, _ := agent.knows()
		return slices.Equal(s.names(), []string{"elsewhere", "refused"})
	})
	status("accepted", "null")
	await(t, "the status of elsewhere is written", func() bool { return entry(t, "elsewhere", node)["accepted"] == true })
	relabel("mixed")
	await(t, "the status of accepted is written again", func() bool { return entry(t, "accepted", node)["accepted"] == true })
	status("elsewhere", "null")
	if err := policiesAs(here.Admin).Delete(ctx, "refused", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the deleted policy is gone", func() bool {
		s, _ := agent.knows()
		return slices.Equal(s.names(), []string{"accepted"})
	})

	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("asked to end: %v", err)
	}
	if strings.Contains(c.said(), "forbidden") {
		t.Errorf("it lacks a right:\n%s", c.said())
	}
}

// What the chart starts is what there is: a flag that the companion does not know would end it at once.
func TestTheChartStartsTheCompanion(t *testing.T) {
	kube := container(t, daemonSet(t, nil).Spec.Template.Spec.Containers, "kube")
	if kube.Env[0].Name != "NODE_NAME" || kube.Env[0].ValueFrom.FieldRef.FieldPath != "spec.nodeName" {
		t.Errorf("%+v", kube.Env)
	}
	cmd := exec.Command(companionProgram, append(slices.Clone(kube.Args), "--version")...)
	cmd.Env = []string{"NODE_NAME=x"}
	if text, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(text), "scx_goland_kube ") {
		t.Errorf("%v: %v: %s", cmd.Args, err, text)
	}
}
