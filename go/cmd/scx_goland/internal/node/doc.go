// Package node is what Kubernetes has on this machine, as a companion of the agent tells it: pods, and policies whose rules
// come after those of the agent's configuration.
package node
