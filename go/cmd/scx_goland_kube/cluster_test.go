package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

var (
	podResource  = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	nodeResource = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
)

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func fakeClient(objects ...runtime.Object) *fake.FakeDynamicClient {
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		podResource: "PodList", nodeResource: "NodeList", v1alpha1.Resource(): "SchedulingPolicyList",
	}, objects...)
}

func theNode(t *testing.T) *unstructured.Unstructured {
	return read(t, `{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {tier: fast}}, status: {images: [{names: [x]}]}}`)
}

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain until ", what)
		}
	}
}

func TestClusterFollows(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := fakeClient(theNode(t), web(t, "{app: web}"), policy(t, "web", `{rules: [`+frontRule+`]}`))
	var selectors sync.Map
	client.PrependReactor("list", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		selectors.Store(action.GetResource().Resource, action.(clienttesting.ListAction).GetListRestrictions().Fields.String())
		return false, nil, nil
	})
	c := newCluster(client, "n1", slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := c.start(ctx); err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]string{"pods": "spec.nodeName=n1", "nodes": "metadata.name=n1", v1alpha1.Plural: ""} {
		if got, _ := selectors.Load(resource); got != want {
			t.Errorf("%s: the selector is %q, not %q", resource, got, want)
		}
	}
	v := c.view()
	if v.labels["tier"] != "fast" || len(v.pods) != 1 || len(v.policies) != 1 || v.pods[0].Object["spec"] != nil || objects(c.nodes)[0].Object["status"] != nil {
		t.Errorf("%+v", v)
	}
	// Start leaves word that there is something; take it.
	await(t, "all is told", func() bool { return len(c.changed) == 1 })
	drain := func() {
		for len(c.changed) > 0 {
			<-c.changed
		}
	}
	drain()
	if _, err := client.Resource(podResource).Namespace("shop").Update(ctx, web(t, "{app: other}"), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "a label changes", func() bool { return c.view().pods[0].GetLabels()["app"] == "other" && len(c.changed) == 1 })
	drain()

	// What other nodes write is no news; what is missing of ours is.
	update := func(status string) {
		t.Helper()
		if _, err := client.Resource(v1alpha1.Resource()).Update(ctx, policy(t, "web", `{rules: [`+frontRule+`]}
status: {nodes: `+status+`}`), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	update(`[{name: n2, accepted: true}]`)
	await(t, "the other's entry is there", func() bool { return ownStatus(c.view().policies[0], "n2") != nil })
	if len(c.changed) != 0 {
		t.Error("another node's entry is news")
	}
	update(`[{name: n1, accepted: true}]`)
	await(t, "our entry is there", func() bool { return len(c.changed) == 1 })
	drain()
	if err := client.Resource(v1alpha1.Resource()).Delete(ctx, "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the policy is gone", func() bool { return len(c.view().policies) == 0 && len(c.changed) == 1 })
}

func TestClusterThatDoesNotTell(t *testing.T) {
	for want, err := range map[string]error{
		"is the custom resource definition of schedulingpolicies.scxbridge.dev installed?": apierrors.NewNotFound(v1alpha1.Resource().GroupResource(), ""),
		"has the service account the chart's ClusterRole?":                                 apierrors.NewForbidden(v1alpha1.Resource().GroupResource(), "", nil),
		"is the API server there?":                                                         errors.New("connection refused"),
	} {
		ctx, cancel := context.WithCancel(context.Background())
		client := fakeClient(theNode(t))
		var mu sync.Mutex
		failing := true
		client.PrependReactor("list", v1alpha1.Plural, func(clienttesting.Action) (bool, runtime.Object, error) {
			mu.Lock()
			defer mu.Unlock()
			return failing, nil, err
		})
		log := &safeBuffer{}
		c := newCluster(client, "n1", slog.New(slog.NewTextHandler(log, nil)))
		started := make(chan error)
		go func() { started <- c.start(ctx) }()
		await(t, "it says what to do", func() bool { return strings.Contains(log.String(), want) })
		select {
		case <-started:
			t.Error("it starts without knowing the policies")
		default:
		}
		mu.Lock()
		failing = false
		mu.Unlock()
		if err := <-started; err != nil {
			t.Error(err)
		}
		await(t, "it says that this is over", func() bool { return strings.Contains(log.String(), "the API server tells again") })
		if n := strings.Count(log.String(), "does not tell"); n != 1 {
			t.Errorf("said %d times:\n%s", n, log)
		}
		cancel()
	}
}

func TestWriteStatus(t *testing.T) {
	client := fakeClient()
	var patch clienttesting.PatchActionImpl
	var fails error
	client.PrependReactor("patch", v1alpha1.Plural, func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch = action.(clienttesting.PatchActionImpl)
		return true, policy(t, "web", "{}"), fails
	})
	c := &cluster{client: client, node: "n1"}
	entry := statusOf("n1", 3, &agentsocket.PolicyAnswer{Generation: 3, Accepted: true, Rules: []agentsocket.RuleAnswer{{Name: "front", MatchedTasks: 5, MatchedProcesses: 2}}}, "", someTime)
	for want, entry := range map[string]*v1alpha1.NodeStatus{
		`{"apiVersion":"scxbridge.dev/v1alpha1","kind":"SchedulingPolicy","metadata":{"name":"web"},"status":{"nodes":[{"accepted":true,"name":"n1",` +
			`"observedGeneration":3,"readAt":"2026-01-02T03:04:05Z","rules":[{"matchedProcesses":2,"matchedTasks":5,"name":"front"}]}]}}`: entry,
		`{"apiVersion":"scxbridge.dev/v1alpha1","kind":"SchedulingPolicy","metadata":{"name":"web"},"status":{}}`: nil,
	} {
		if err := c.writeStatus(context.Background(), "web", entry); err != nil {
			t.Error(err)
		}
		var got, wanted any
		_ = json.Unmarshal(patch.Patch, &got)
		_ = json.Unmarshal([]byte(want), &wanted)
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(wanted)
		if string(a) != string(b) || patch.PatchType != types.ApplyPatchType || patch.Subresource != "status" || patch.Name != "web" {
			t.Errorf("%s\n%s, %+v", a, b, patch)
		}
	}
	fails = apierrors.NewNotFound(v1alpha1.Resource().GroupResource(), "web")
	if err := c.writeStatus(context.Background(), "web", entry); err != nil {
		t.Errorf("it was deleted: %v", err)
	}
	fails = errors.New("no")
	if err := c.writeStatus(context.Background(), "web", entry); err == nil || err.Error() != "write the status of schedulingpolicies web: no" {
		t.Error(err)
	}
}

// The companion as a whole, with an agent's socket of the test's own.
func TestTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	agent := &fakeAgent{tasks: 5}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			var q struct {
				Command    string
				Kubernetes agentsocket.KubernetesRequest
			}
			if err := json.NewDecoder(conn).Decode(&q); err == nil && q.Command == "kubernetes" {
				a, _ := agent.ask(context.Background(), q.Kubernetes)
				_ = json.NewEncoder(conn).Encode(map[string]any{"kubernetes": a})
			}
			conn.Close()
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	client := fakeClient(theNode(t), web(t, "{app: web}"), policy(t, "web", `{rules: [`+frontRule+`]}`))
	written := make(chan string, 10)
	client.PrependReactor("patch", v1alpha1.Plural, func(action clienttesting.Action) (bool, runtime.Object, error) {
		written <- string(action.(clienttesting.PatchAction).GetPatch())
		return true, policy(t, "web", "{}"), nil
	})
	o := &options{node: "n1", control: path, statusPeriod: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); keep(ctx, client, o, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	if got := <-written; !strings.Contains(got, `"accepted":true`) || !strings.Contains(got, `"matchedTasks":5`) {
		t.Error(got)
	}
	cancel()
	<-done
	if agent.state == nil || len(agent.state.Pods) != 1 || agent.state.Pods[0].Labels["app"] != "web" {
		t.Errorf("%+v", agent.state)
	}
}
