// Package util declares the strategies that an API server hands to a plugin.
package util

// SchedulingStrategy holds the settings for one process.
type SchedulingStrategy struct {
	Priority      int    `json:"priority"`       // above 0: ahead of others
	ExecutionTime uint64 `json:"execution_time"` // time slice in ns; 0: the default
	PID           int    `json:"pid"`
}
