// Package v1alpha1 is the API group scxbridge.dev/v1alpha1: rules for nodes' schedulers.
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Names of the custom resource, which belongs to no namespace: a rule concerns whole nodes.
const (
	Group    = "scxbridge.dev"
	Version  = "v1alpha1"
	Kind     = "SchedulingPolicy"
	Singular = "schedulingpolicy"
	Plural   = "schedulingpolicies"
	Short    = "schedpol"
)

// Resource is how it is asked for.
func Resource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: Group, Version: Version, Resource: Plural}
}

// SchedulingPolicy is a list of rules for the nodes that it selects.
type SchedulingPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   SchedulingPolicySpec   `json:"spec"`
	Status SchedulingPolicyStatus `json:"status,omitempty"`
}

// SchedulingPolicySpec is what is wanted.
type SchedulingPolicySpec struct {
	// NodeSelector says for which nodes it is. Without one, it is for all.
	NodeSelector *metav1.LabelSelector `json:"nodeSelector,omitempty"`
	// Priority: rules of policies with more come first. Equal ones are in the order of their names. The rules of an agent's
	// configuration come before all policies.
	Priority int32 `json:"priority,omitempty"`
	// Rules are like those of the agent's configuration, which alone knows their keys. Names are unique in a policy.
	Rules []runtime.RawExtension `json:"rules"`
}

// SchedulingPolicyStatus is what became of it.
type SchedulingPolicyStatus struct {
	// Nodes are those whose agents told. Each node writes its own entry.
	Nodes []NodeStatus `json:"nodes,omitempty"`
}

// NodeStatus is what a node's agent says.
type NodeStatus struct {
	Name string `json:"name"`
	// ObservedGeneration is the metadata.generation that it is about.
	ObservedGeneration int64 `json:"observedGeneration"`
	// Accepted: its rules are in force.
	Accepted bool `json:"accepted"`
	// Message says why not.
	Message string `json:"message,omitempty"`
	// Rules say how many tasks have them.
	Rules []RuleStatus `json:"rules,omitempty"`
	// Conflicts are likely mistakes.
	Conflicts []string `json:"conflicts,omitempty"`
	// ReadAt is when the agent was asked.
	ReadAt metav1.Time `json:"readAt"`
}

// RuleStatus is what a rule does on a node.
type RuleStatus struct {
	Name string `json:"name"`
	// MatchedTasks are threads that have the rule, MatchedProcesses the processes that these belong to.
	MatchedTasks     int32 `json:"matchedTasks"`
	MatchedProcesses int32 `json:"matchedProcesses"`
}
