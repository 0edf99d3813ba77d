package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	environment := map[string]string{}
	getenv := func(name string) string { return environment[name] }
	var out, errs bytes.Buffer
	for line, want := range map[string]string{
		"":                               "give --node NAME",
		"--node n1 now":                  `unexpected argument "now"`,
		"--nodes n1":                     "unknown flag: --nodes",
		"--node n1 --status-period 10ms": "--status-period is 1s or more, not 10ms",
	} {
		errs.Reset()
		o, err := parse(strings.Fields(line), getenv, &out, &errs)
		if o != nil || err == nil || !strings.Contains(strings.ToLower(errs.String()), strings.ToLower(want)) || !strings.Contains(errs.String(), "Try scx_goland_kube --help") {
			t.Errorf("%q: %v, %q", line, err, &errs)
		}
	}
	for _, line := range []string{"--help", "--version"} {
		out.Reset()
		if o, err := parse([]string{line}, getenv, &out, &errs); o != nil || err != nil || !strings.HasPrefix(out.String(), "scx_goland_kube ") {
			t.Errorf("%s: %v, %q", line, err, &out)
		}
	}
	environment["NODE_NAME"] = "n2"
	o, err := parse(nil, getenv, &out, &errs)
	if err != nil || *o != (options{node: "n2", control: "/run/scx_goland/goland.control", statusPeriod: time.Minute}) {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = parse([]string{"--node", "n1"}, getenv, &out, &errs); err != nil || o.node != "n1" {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestNoWayToTheAPIServer(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"": "without --kubeconfig", "/nowhere": "--kubeconfig: ", file: "--kubeconfig: "} {
		if err := run(context.Background(), &options{node: "n1", kubeconfig: path}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", path, err)
		}
	}
}
