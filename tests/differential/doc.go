// Package differential has only tests: that package scxtest's simulated kernel side does the same
// as the real one, rust/bpf compiled for the host. See docs/testing.md.
package differential
