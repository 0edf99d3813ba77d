// Package kubernetes tests what scx_goland has for Kubernetes, against a real API server: see docs/testing.md.
package kubernetes
