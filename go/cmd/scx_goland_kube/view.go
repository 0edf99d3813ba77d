package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// view is what the API server knows at a moment.
type view struct {
	node     string
	labels   map[string]string // the node's
	pods     []*unstructured.Unstructured
	policies []*unstructured.Unstructured
}

// plan is what follows from a view.
type plan struct {
	// state is what the agent is to have.
	state *agentsocket.KubernetesState
	// refused are policies that the agent does not get to see, by name, with the reason.
	refused map[string]string
	// chosen are the policies for this node, refused ones included; others are for other nodes.
	chosen, others []*unstructured.Unstructured
	// left is how many pods found no room.
	left int
}

// Room in a request, in bytes: the agent takes agentsocket.MaxLine for all.
const (
	podRoom    = agentsocket.MaxLine * 6 / 16
	policyRoom = agentsocket.MaxLine * 9 / 16
)

func (v *view) plan() *plan { return v.planIn(podRoom, policyRoom) }

// planIn has so much room for pods, and for policies.
func (v *view) planIn(podRoom, policyRoom int) *plan {
	p := &plan{state: &agentsocket.KubernetesState{}, refused: map[string]string{}}
	p.state.Pods, p.left = podsOf(v.pods, podRoom)
	p.choose(v, policyRoom)
	text, err := json.Marshal(p.state)
	if err != nil {
		panic(err) // raw rules were JSON before
	}
	sum := sha256.Sum256(text)
	p.state.Version = hex.EncodeToString(sum[:16])
	return p
}

// choose takes the policies for this node, in order of precedence. What finds no room is refused.
func (p *plan) choose(v *view, most int) {
	var wanted []agentsocket.Policy
	for _, u := range v.policies {
		policy, is, err := policyOf(u, v.labels)
		switch {
		case err == nil && !is:
			p.others = append(p.others, u)
			continue
		case err != nil:
			p.refused[u.GetName()] = err.Error()
		default:
			wanted = append(wanted, policy)
		}
		p.chosen = append(p.chosen, u)
	}
	slices.SortFunc(wanted, func(a, b agentsocket.Policy) int { return agentsocket.Precedence(&a, &b) })
	slices.SortFunc(p.chosen, func(a, b *unstructured.Unstructured) int { return strings.Compare(a.GetName(), b.GetName()) })
	room := most
	for _, policy := range wanted {
		size := sizeOf(policy)
		switch {
		case len(p.state.Policies) == agentsocket.MaxPolicies:
			p.refused[policy.Name] = fmt.Sprintf("a node takes %d policies, and that many come before it", agentsocket.MaxPolicies)
		case size > room:
			p.refused[policy.Name] = fmt.Sprintf("a node takes %d bytes of policies; this one has %d, and those before it leave %d", most, size, room)
		default:
			room -= size
			p.state.Policies = append(p.state.Policies, policy)
		}
	}
}

// policyOf reads a policy, and whether it is for a node with these labels.
func policyOf(u *unstructured.Unstructured, of map[string]string) (policy agentsocket.Policy, is bool, err error) {
	var p v1alpha1.SchedulingPolicy
	if err := into(u, &p); err != nil {
		return policy, false, err
	}
	if p.Spec.NodeSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(p.Spec.NodeSelector)
		if err != nil {
			return policy, false, fmt.Errorf("nodeSelector: %w", err)
		}
		if !selector.Matches(labels.Set(of)) {
			return policy, false, nil
		}
	}
	policy = agentsocket.Policy{Name: p.Name, Generation: p.Generation, Priority: p.Spec.Priority, Rules: []json.RawMessage{}}
	for _, r := range p.Spec.Rules {
		policy.Rules = append(policy.Rules, r.Raw)
	}
	return policy, true, nil
}

// podFields are those that count of a pod.
type podFields struct {
	metav1.ObjectMeta `json:"metadata"`
	Status            struct {
		Phase                      string      `json:"phase"`
		ContainerStatuses          []container `json:"containerStatuses"`
		InitContainerStatuses      []container `json:"initContainerStatuses"`
		EphemeralContainerStatuses []container `json:"ephemeralContainerStatuses"`
	} `json:"status"`
}

type container struct {
	Name string `json:"name"`
	ID   string `json:"containerID"` // RUNTIME://ID, empty before its start
}

// The kubelet's annotations of a pod that stands for one of the node's own, of which the API server else knows nothing. The
// groups of that have this hash as the uid.
const (
	mirrorAnnotation = "kubernetes.io/config.mirror"
	hashAnnotation   = "kubernetes.io/config.hash"
)

// podsOf reads the pods that have not ended, and how many found no room.
func podsOf(all []*unstructured.Unstructured, room int) (pods []agentsocket.Pod, left int) {
	var mirrors []agentsocket.Pod
	uids := map[string]bool{}
	for _, u := range all {
		var f podFields
		if into(u, &f) != nil || f.Status.Phase == "Succeeded" || f.Status.Phase == "Failed" {
			continue
		}
		p := agentsocket.Pod{UID: string(f.UID), Namespace: f.Namespace, Name: f.Name, Labels: f.Labels}
		for _, list := range [][]container{f.Status.InitContainerStatuses, f.Status.ContainerStatuses, f.Status.EphemeralContainerStatuses} {
			for _, c := range list {
				if _, id, is := strings.Cut(c.ID, "://"); is {
					p.Containers = append(p.Containers, agentsocket.Container{ID: id, Name: c.Name})
				}
			}
		}
		if f.Annotations[mirrorAnnotation] != "" {
			p.UID = f.Annotations[hashAnnotation]
			mirrors = append(mirrors, p)
			continue
		}
		uids[p.UID] = true
		pods = append(pods, p)
	}
	// Anyone may write annotations: they name no pod that the API server knows by its own uid.
	for _, p := range mirrors {
		if p.UID != "" && !uids[p.UID] {
			uids[p.UID] = true
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b agentsocket.Pod) int { return strings.Compare(a.UID, b.UID) })
	kept := pods[:0]
	for _, p := range pods {
		size := sizeOf(p)
		if len(kept) == agentsocket.MaxPods || size > room {
			left++
			continue
		}
		room -= size
		kept = append(kept, p)
	}
	return kept, left
}

// sizeOf is how long a value's JSON is, with the comma after it.
func sizeOf(value any) int {
	text, err := json.Marshal(value)
	if err != nil {
		return agentsocket.MaxLine
	}
	return len(text) + 1
}

// into reads an object.
func into(u *unstructured.Unstructured, value any) error {
	text, err := json.Marshal(u.Object)
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		return fmt.Errorf("not understood: %w", err)
	}
	return nil
}
