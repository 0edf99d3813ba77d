// Package metrics serves what there is to see of the agent to Prometheus.
package metrics
