// Package scxstats speaks the protocol of the crate scx_stats, in which schedulers of sched_ext tell their statistics: one
// JSON object in a line for a request, one in a line for its answer.
//
//	{"req":"stats","args":{"target":"top"}}
//	{"errno":0,"args":{"resp":{…}}}
//
// The request stats_meta asks what the fields mean.
package scxstats

// Path is where schedulers serve, and tools look.
const Path = "/var/run/scx/root/stats"
