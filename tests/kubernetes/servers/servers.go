//go:build servers

// Package servers names the programs that go.mod is there for.
package servers

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
)
