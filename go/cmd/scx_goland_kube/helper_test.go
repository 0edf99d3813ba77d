package main

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// read makes an object from YAML, as the client has it.
func read(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

func web(t testing.TB, labels string) *unstructured.Unstructured {
	return read(t, `
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, uid: 6f2a3c1e-98d0-4a55-b3c2-7d21f04f9c11, labels: `+labels+`}
spec: {nodeName: n1}
status:
  phase: Running
  initContainerStatuses: [{name: setup, containerID: "containerd://0"}]
  containerStatuses: [{name: server, containerID: "containerd://1"}, {name: starting}]
`)
}

func policy(t testing.TB, name, spec string) *unstructured.Unstructured {
	return read(t, `
apiVersion: scxbridge.dev/v1alpha1
kind: SchedulingPolicy
metadata: {name: `+name+`, generation: 3, uid: uid-of-`+name+`}
spec: `+spec+`
`)
}

const frontRule = `{name: front, match: {labels: {app: web}}, effects: {weight: 400}}`
