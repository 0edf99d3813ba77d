// Package differential has tests only: the simulated kernel side of package scxtest does what
// the true one does, from rust/bpf, compiled for the host. See docs/testing.md.
package differential
