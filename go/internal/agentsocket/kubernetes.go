package agentsocket

import (
	"cmp"
	"encoding/json"
	"strings"
)

// Kubernetes is the command by which a companion of the agent, who knows an API server, tells what there is on this node:
//
//	{"command":"kubernetes","kubernetes":{"state":{...},"counts":true}}
//
// The agent keeps a state until it gets another one, or ends.
const Kubernetes = "kubernetes"

// KubernetesRequest is what goes with the command. Without a state it only asks.
type KubernetesRequest struct {
	// State replaces, as a whole, what was told before.
	State *KubernetesState `json:"state,omitempty"`
	// Counts asks how many tasks have each rule, which takes a look at each of them.
	Counts bool `json:"counts,omitempty"`
	// Full asks for the state itself.
	Full bool `json:"full,omitempty"`
}

// Limits of a state.
const (
	MaxPods     = 4096
	MaxPolicies = 256
	// MaxPolicyRules is how many rules a policy may have.
	MaxPolicyRules = 256
)

// KubernetesState is what the API server knows of a node.
type KubernetesState struct {
	// Version is who sent it's name for it: by that it sees what the agent has. It is not empty.
	Version string `json:"version"`
	// Pods are those of the node.
	Pods []Pod `json:"pods,omitempty"`
	// Policies are those for the node, in any order.
	Policies []Policy `json:"policies,omitempty"`
}

// Pod is a pod of the node.
type Pod struct {
	// UID is the one in the names of its cgroups: of a static pod, the hash of its configuration.
	UID        string            `json:"uid"`
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Labels     map[string]string `json:"labels,omitempty"`
	Containers []Container       `json:"containers,omitempty"`
}

// Container is a container of a pod. ID is the runtime's, without the runtime's name before it.
type Container struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Policy is a SchedulingPolicy for the node.
type Policy struct {
	Name       string `json:"name"`
	Generation int64  `json:"generation,omitempty"`
	// Priority: see Precedence.
	Priority int32 `json:"priority,omitempty"`
	// Rules are like those of the agent's configuration.
	Rules []json.RawMessage `json:"rules"`
}

// Precedence is less than 0 if a comes before b: those with more priority come first, and with equal ones the name decides.
func Precedence(a, b *Policy) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Name, b.Name))
}

// KubernetesAnswer is what the agent has in force.
type KubernetesAnswer struct {
	// Version is the state's, empty if none was told since the agent's start.
	Version string `json:"version"`
	Pods    int    `json:"pods"`
	// Policies are in order of precedence: those refused come last.
	Policies []PolicyAnswer `json:"policies"`
	// State is there if it was asked for.
	State *KubernetesState `json:"state,omitempty"`
}

// PolicyAnswer is what became of a policy.
type PolicyAnswer struct {
	Name       string `json:"name"`
	Generation int64  `json:"generation,omitempty"`
	Accepted   bool   `json:"accepted"`
	// Message says why it was refused.
	Message string `json:"message,omitempty"`
	// Conflicts are likely mistakes.
	Conflicts []string `json:"conflicts,omitempty"`
	// Rules are all of an accepted policy.
	Rules []RuleAnswer `json:"rules,omitempty"`
}

// RuleAnswer is what a rule does at present: how many tasks (threads), in how many processes, have it.
type RuleAnswer struct {
	Name             string `json:"name"`
	MatchedTasks     int    `json:"matched_tasks"`
	MatchedProcesses int    `json:"matched_processes"`
}
