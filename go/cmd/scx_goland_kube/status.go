package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// All nodes write into one object, which has its limit of size.
const (
	conflictsMax = 10
	messageMax   = 1000
)

// An entry that stays the same is written again after this time, so that readAt shows that the node is there.
const refreshAfter = time.Hour

// The API server has this long to take an entry.
const writeTimeout = 15 * time.Second

// statusOf is what a node says of a policy.
func statusOf(node string, generation int64, a *agentsocket.PolicyAnswer, refused string, now time.Time) *v1alpha1.NodeStatus {
	s := &v1alpha1.NodeStatus{Name: node, ObservedGeneration: generation, Message: short(refused), ReadAt: metav1.NewTime(now.UTC().Truncate(time.Second))}
	if a == nil {
		return s
	}
	s.ObservedGeneration, s.Accepted, s.Message, s.Conflicts = a.Generation, a.Accepted, short(a.Message), a.Conflicts
	for _, r := range a.Rules {
		s.Rules = append(s.Rules, v1alpha1.RuleStatus{Name: r.Name, MatchedTasks: int32(r.MatchedTasks), MatchedProcesses: int32(r.MatchedProcesses)})
	}
	if more := len(s.Conflicts) - conflictsMax; more > 0 {
		s.Conflicts = append(s.Conflicts[:conflictsMax:conflictsMax], fmt.Sprintf("and %d more: see scx_goland check there", more))
	}
	return s
}

func short(text string) string {
	if runes := []rune(text); len(runes) > messageMax {
		return string(runes[:messageMax]) + " ..."
	}
	return text
}

// ownStatus is a node's entry in a policy's status, or nil.
func ownStatus(u *unstructured.Unstructured, node string) *v1alpha1.NodeStatus {
	nodes, _, _ := unstructured.NestedSlice(u.Object, "status", "nodes")
	for _, n := range nodes {
		if entry, is := n.(map[string]any); is && entry["name"] == node {
			s := &v1alpha1.NodeStatus{}
			if into(&unstructured.Unstructured{Object: entry}, s) != nil {
				return &v1alpha1.NodeStatus{Name: node} // whatever it is, it is written anew
			}
			return s
		}
	}
	return nil
}

// difference is how an entry differs from what is there.
type difference int

const (
	same     difference = iota
	counts              // only in counts, which may wait
	anything            // is to be written at once
)

func compare(wanted, there *v1alpha1.NodeStatus) difference {
	switch {
	case (wanted == nil) != (there == nil):
		return anything
	case wanted == nil:
		return same
	}
	a, b := *wanted, *there
	old := a.ReadAt.Sub(b.ReadAt.Time) > refreshAfter
	a.ReadAt, b.ReadAt = metav1.Time{}, metav1.Time{}
	if reflect.DeepEqual(a, b) && !old {
		return same
	}
	if len(a.Rules) != len(b.Rules) {
		return anything
	}
	a.Rules, b.Rules = names(a.Rules), names(b.Rules)
	if reflect.DeepEqual(a, b) {
		return counts
	}
	return anything
}

// names leaves counts out.
func names(rules []v1alpha1.RuleStatus) []v1alpha1.RuleStatus {
	var out []v1alpha1.RuleStatus
	for _, r := range rules {
		out = append(out, v1alpha1.RuleStatus{Name: r.Name})
	}
	return out
}

// writeStatus writes this node's entry into a policy's status, or removes it: each node applies its own, so none is in the way
// of another.
func (c *cluster) writeStatus(ctx context.Context, policy string, entry *v1alpha1.NodeStatus) error {
	status := map[string]any{}
	if entry != nil {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(entry)
		if err != nil {
			return fmt.Errorf("write the status of %s %s: %w", v1alpha1.Plural, policy, err)
		}
		status["nodes"] = []any{object}
	}
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.Group + "/" + v1alpha1.Version, "kind": v1alpha1.Kind,
		"metadata": map[string]any{"name": policy},
		"status":   status,
	}}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	_, err := c.client.Resource(v1alpha1.Resource()).ApplyStatus(ctx, policy, u, metav1.ApplyOptions{FieldManager: manager(c.node), Force: true})
	if err != nil && !apierrors.IsNotFound(err) { // it was deleted
		return fmt.Errorf("write the status of %s %s: %w", v1alpha1.Plural, policy, err)
	}
	return nil
}

// manager is this node's name among those who write into an object. It has 128 bytes at most.
func manager(node string) string {
	name := "scx_goland_kube-" + node
	if len(name) > 128 {
		sum := sha256.Sum256([]byte(node))
		name = "scx_goland_kube-" + hex.EncodeToString(sum[:])
	}
	return name
}
