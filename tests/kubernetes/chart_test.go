package kubernetes

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// render makes the chart's objects without a cluster, by the names of their templates.
func render(t *testing.T, more map[string]any) (map[string]string, error) {
	t.Helper()
	loaded, err := theChart()
	if err != nil {
		t.Fatalf("load the chart: %v", err)
	}
	options := chartutil.ReleaseOptions{Name: releaseName, Namespace: namespace, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, values(more), options, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(loaded, all)
	byName := map[string]string{}
	for path, text := range files {
		byName[filepath.Base(path)] = text
	}
	return byName, err
}

// rendered reads one of the chart's objects.
func rendered(t *testing.T, file string, more map[string]any, into any) {
	t.Helper()
	files, err := render(t, more)
	if err != nil {
		t.Fatalf("render the chart with %v: %v", more, err)
	}
	if err := yaml.UnmarshalStrict([]byte(files[file]), into); err != nil {
		t.Fatalf("read %s: %v\n%s", file, err, files[file])
	}
}

func daemonSet(t *testing.T, more map[string]any) *apps.DaemonSet {
	d := new(apps.DaemonSet)
	rendered(t, "daemonset.yaml", more, d)
	return d
}

func container(t *testing.T, all []core.Container, name string) *core.Container {
	t.Helper()
	i := slices.IndexFunc(all, func(c core.Container) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no container is called %s", name)
	}
	return &all[i]
}

func TestChartLints(t *testing.T) {
	l := action.NewLint()
	l.Strict = true
	result := l.Run([]string{chartFolder}, values(nil))
	for _, err := range result.Errors {
		t.Error(err)
	}
	for _, m := range result.Messages {
		// The icon is for catalogues.
		if m.Severity > support.InfoSev {
			t.Errorf("%v", m)
		}
	}
}

func TestValuesAreChecked(t *testing.T) {
	for _, c := range []struct {
		says   string
		values map[string]any
	}{
		{"image.repository is not set", map[string]any{"image": map[string]any{"repository": ""}}},
		{"Additional property toleration is not allowed", map[string]any{"toleration": []any{}}},
		{"capabilities", map[string]any{"agent": map[string]any{"capabilities": []any{"CAP_BPF"}}}},
		{"config", map[string]any{"config": map[string]any{"pin": true}}},
		{"config.name", map[string]any{"config": map[string]any{"name": "a/b"}}},
		{"metrics.port", map[string]any{"metrics": map[string]any{"port": 0}}},
	} {
		if _, err := render(t, c.values); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: not refused because of %q: %v", c.values, c.says, err)
		}
	}
}

// What is published is the chart, whole.
func TestPackedChart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chart.tgz")
	if out, err := exec.Command("../../packaging/helm_chart.py", file, "0").CombinedOutput(); err != nil {
		t.Fatalf("pack the chart: %v\n%s", err, out)
	}
	packed, err := loader.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := theChart()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(packed.Metadata, loaded.Metadata) || !reflect.DeepEqual(packed.Templates, loaded.Templates) ||
		!reflect.DeepEqual(packed.Files, loaded.Files) || !reflect.DeepEqual(packed.Values, loaded.Values) || string(packed.Schema) != string(loaded.Schema) {
		t.Error("the packed chart is another one")
	}
}

// The versions are the release's.
func TestVersionsAreTheReleases(t *testing.T) {
	loaded, err := theChart()
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, line := range strings.Split(string(readFile(t, "../../Cargo.toml")), "\n") {
		if v, is := strings.CutPrefix(line, "version = "); is && want == "" {
			want = strings.Trim(v, `"`)
		}
	}
	if m := loaded.Metadata; m.Version != want || m.AppVersion != want || want == "" {
		t.Errorf("the chart is %s, of %s; the release is %q", m.Version, m.AppVersion, want)
	}
}

func TestImage(t *testing.T) {
	loaded, err := theChart()
	if err != nil {
		t.Fatal(err)
	}
	digest := "sha256:" + strings.Repeat("0a", 32)
	for want, more := range map[string]map[string]any{
		"r/i:" + loaded.Metadata.AppVersion: {},
		"r/i:2":                             {"tag": "2"},
		"r/i@" + digest:                     {"tag": "2", "digest": digest},
	} {
		more["repository"] = "r/i"
		pod := daemonSet(t, map[string]any{"pin": false, "image": more}).Spec.Template.Spec
		for _, c := range append(slices.Clone(pod.InitContainers), pod.Containers...) {
			if c.Image != want {
				t.Errorf("%s runs %s, not %s", c.Name, c.Image, want)
			}
		}
	}
}

// The agent may do what the values list, and the companion nothing.
func TestPrivileges(t *testing.T) {
	defaults := struct {
		Agent struct{ Capabilities []core.Capability }
	}{}
	if err := yaml.Unmarshal(readFile(t, chartFolder, "values.yaml"), &defaults); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]map[string]any{"pinned": nil, "not pinned": {"pin": false}} {
		pod := daemonSet(t, more).Spec.Template.Spec
		if !pod.HostPID || pod.HostNetwork || pod.HostIPC || pod.ServiceAccountName != releaseName || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: the pod shares other namespaces with its host than that of PIDs, or gives every container a token", name)
		}
		for _, c := range append(slices.Clone(pod.InitContainers), pod.Containers...) {
			s := c.SecurityContext
			if *s.Privileged || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s: %s: %+v", name, c.Name, s)
			}
			want := defaults.Agent.Capabilities
			if c.Name == "kube" {
				want = nil
			}
			if !slices.Equal(s.Capabilities.Add, want) || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) {
				t.Errorf("%s: %s has %+v, not %v", name, c.Name, s.Capabilities, want)
			}
			// Nothing else than pinning needs more than the usual profile.
			if free := s.AppArmorProfile != nil && s.AppArmorProfile.Type == core.AppArmorProfileTypeUnconfined; free != (c.Name != "kube") {
				t.Errorf("%s: %s: AppArmor: %+v", name, c.Name, s.AppArmorProfile)
			}
			token := slices.ContainsFunc(c.VolumeMounts, func(m core.VolumeMount) bool { return m.Name == "token" })
			if token != (c.Name == "kube") {
				t.Errorf("%s: %s has a token: %v", name, c.Name, token)
			}
		}
	}
	if len(defaults.Agent.Capabilities) == 0 {
		t.Error("values.yaml lists no capabilities")
	}
}

func TestTheSchedulersName(t *testing.T) {
	d := daemonSet(t, map[string]any{"config": map[string]any{"name": "other"}})
	if got := container(t, d.Spec.Template.Spec.Containers, "kube").Args; !slices.Contains(got, "--control=/run/scx_goland/other.control") {
		t.Errorf("the companion asks another agent than that of the scheduler: %v", got)
	}
}

// Another configuration restarts the agents, and nothing else does.
func TestConfigurationRestarts(t *testing.T) {
	sum := func(more map[string]any) string {
		return daemonSet(t, more).Spec.Template.Annotations["checksum/config"]
	}
	slice := map[string]any{"config": map[string]any{"slice": "5ms"}}
	if sum(nil) == sum(slice) {
		t.Errorf("another configuration does not change the pods")
	}
	if pin := map[string]any{"podLabels": map[string]any{"a": "b"}}; sum(nil) != sum(pin) {
		t.Errorf("something else changes the configuration's checksum")
	}
	var c core.ConfigMap
	rendered(t, "configmap.yaml", slice, &c)
	if c.Data["scx_goland.yaml"] != "slice: 5ms\n" {
		t.Errorf("the configuration is %q", c.Data["scx_goland.yaml"])
	}
}

func TestMetricsAreOptional(t *testing.T) {
	files, err := render(t, nil)
	if err != nil || strings.TrimSpace(files["podmonitor.yaml"]) != "" || strings.Contains(files["daemonset.yaml"], "--metrics") {
		t.Errorf("metrics are served by default: %v\n%s", err, files["podmonitor.yaml"])
	}
	metrics := map[string]any{"enabled": true, "port": 1234, "podMonitor": map[string]any{"enabled": true, "labels": map[string]any{"release": "prometheus"}}}
	more := map[string]any{"metrics": metrics}
	agent := container(t, daemonSet(t, more).Spec.Template.Spec.Containers, "agent")
	if !slices.Contains(agent.Args, "--metrics=0.0.0.0:1234") || len(agent.Ports) != 1 || agent.Ports[0].ContainerPort != 1234 {
		t.Errorf("%+v, %v", agent.Args, agent.Ports)
	}
	var monitor struct {
		meta.TypeMeta   `json:",inline"`
		meta.ObjectMeta `json:"metadata"`
		Spec            struct {
			Selector            meta.LabelSelector
			PodMetricsEndpoints []struct {
				Port, Interval string
				Relabelings    []map[string]any
			} `json:"podMetricsEndpoints"`
		}
	}
	rendered(t, "podmonitor.yaml", more, &monitor)
	if monitor.Labels["release"] != "prometheus" || monitor.Spec.PodMetricsEndpoints[0].Port != agent.Ports[0].Name {
		t.Errorf("%+v", monitor)
	}
	labels := daemonSet(t, more).Spec.Template.Labels
	for key, value := range monitor.Spec.Selector.MatchLabels {
		if labels[key] != value {
			t.Errorf("the monitor looks for %s=%s, which pods do not have", key, value)
		}
	}
}

// A probe that found an agent dead which only has nothing to do would restart it for nothing.
func TestProbesAreSlowerThanAnIdleAgent(t *testing.T) {
	agent := container(t, daemonSet(t, nil).Spec.Template.Spec.Containers, "agent")
	i := slices.IndexFunc(agent.Env, func(e core.EnvVar) bool { return e.Name == "WATCHDOG_USEC" })
	if i < 0 {
		t.Fatal("no watchdog is set: an idle agent makes no rounds")
	}
	watchdog, err := time.ParseDuration(agent.Env[i].Value + "us")
	if err != nil {
		t.Fatal(err)
	}
	// The agent makes four rounds in the watchdog's time: perWatchdog in its source.
	rounds := watchdog / 4
	for name, p := range map[string]*core.Probe{"startup": agent.StartupProbe, "readiness": agent.ReadinessProbe, "liveness": agent.LivenessProbe} {
		if p == nil || !slices.Equal(p.Exec.Command, []string{"/usr/bin/scx_goland", "status", "--alive"}) {
			t.Errorf("%s: %+v", name, p)
		} else if limit := time.Duration(p.TimeoutSeconds) * time.Second; limit < rounds+3*time.Second {
			t.Errorf("%s: waits %v for a round, of which there is one in %v", name, limit, rounds)
		}
	}
}

// Without the companion nothing asks the API server, or may.
func TestWithoutTheCompanion(t *testing.T) {
	more := map[string]any{"kube": map[string]any{"enabled": false}}
	files, err := render(t, more)
	if err != nil || strings.TrimSpace(files["rbac.yaml"]) != "" {
		t.Errorf("%v\n%s", err, files["rbac.yaml"])
	}
	pod := daemonSet(t, more).Spec.Template.Spec
	if len(pod.Containers) != 1 || slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Projected != nil }) {
		t.Errorf("%+v", pod)
	}
}

// What the server made of the chart.
func TestInstalled(t *testing.T) {
	ctx, c := context.Background(), clientset(here.Admin)
	d, err := c.AppsV1().DaemonSets(namespace).Get(ctx, releaseName, meta.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Spec.Template.Spec.PriorityClassName != "system-node-critical" || d.Spec.Template.Spec.Tolerations[0].Operator != core.TolerationOpExists {
		t.Errorf("%+v", d.Spec.Template.Spec)
	}
	var role *rbac.ClusterRole
	if role, err = c.RbacV1().ClusterRoles().Get(ctx, releaseName, meta.GetOptions{}); err != nil || len(role.Rules) != 3 {
		t.Errorf("%v, %+v", err, role)
	}

	// The namespace's label, which the documentation asks for, is what lets the pods in; and no lesser one does.
	create := func(ns string) error {
		pod := &core.Pod{ObjectMeta: meta.ObjectMeta{GenerateName: "agent-", Labels: d.Spec.Template.Labels}, Spec: d.Spec.Template.Spec}
		_, err := c.CoreV1().Pods(ns).Create(ctx, pod, meta.CreateOptions{DryRun: []string{meta.DryRunAll}})
		return err
	}
	await(t, "pods may have the priority of the node", func() bool { return !strings.Contains(errorText(create(namespace)), "PriorityClass") })
	if err := create(namespace); err != nil {
		t.Errorf("create a pod: %v", err)
	}
	baseline := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "baseline", Labels: map[string]string{"pod-security.kubernetes.io/enforce": "baseline"}}}
	if _, err := c.CoreV1().Namespaces().Create(ctx, baseline, meta.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	account := &core.ServiceAccount{ObjectMeta: meta.ObjectMeta{Name: releaseName}}
	if _, err := c.CoreV1().ServiceAccounts("baseline").Create(ctx, account, meta.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	err = create("baseline")
	for _, asks := range []string{"hostPID=true", "hostPath volumes", `must not include "BPF", "PERFMON"`} {
		if !apierrors.IsForbidden(err) || !strings.Contains(errorText(err), asks) {
			t.Errorf("baseline does not refuse %s: %v", asks, err)
		}
	}
}

// The two steps of an uninstall, in a namespace of its own: first the schedulers are detached, then all is removed but the
// policies.
func TestUninstall(t *testing.T) {
	ctx, admin := context.Background(), clientset(here.Admin)
	c, err := helm(here.Admin)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := theChart()
	if err != nil {
		t.Fatal(err)
	}
	// The custom resource is the other release's.
	more := values(map[string]any{"crd": map[string]any{"install": false}})
	i := action.NewInstall(c)
	i.ReleaseName, i.Namespace = "leaving", namespace
	if _, err := i.Run(loaded, more); err != nil {
		t.Fatalf("install: %v", err)
	}
	u := action.NewUpgrade(c)
	u.Namespace, u.ReuseValues = namespace, true
	if _, err := u.Run("leaving", loaded, map[string]any{"pin": false}); err != nil {
		t.Fatalf("upgrade: %v", err)
	}
	d, err := admin.AppsV1().DaemonSets(namespace).Get(ctx, "leaving", meta.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := d.Spec.Template.Spec
	if got := container(t, pod.InitContainers, "detach").Args; !slices.Equal(got, []string{"detach", "--if-pinned"}) {
		t.Errorf("it detaches with %v", got)
	}
	if got := container(t, pod.Containers, "agent").Args; slices.Contains(got, "--pin") || slices.Contains(got, "--adopt=auto") {
		t.Errorf("it pins again: %v", got)
	}
	if _, err := action.NewUninstall(c).Run("leaving"); err != nil {
		t.Fatalf("uninstall: %v", err)
	}
	if _, err := admin.AppsV1().DaemonSets(namespace).Get(ctx, "leaving", meta.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the DaemonSet is still there: %v", err)
	}
	if _, err := admin.RbacV1().ClusterRoles().Get(ctx, "leaving", meta.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the rights are still there: %v", err)
	}
	if _, err := policiesAs(here.Admin).List(ctx, meta.ListOptions{}); err != nil {
		t.Errorf("policies: %v", err)
	}
}

// The resource is left by an uninstall: with it all policies would go.
func TestTheResourceStays(t *testing.T) {
	var crd struct {
		meta.ObjectMeta `json:"metadata"`
	}
	text, err := os.ReadFile(filepath.Join(chartFolder, "files/schedulingpolicies.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &crd); err != nil || crd.Annotations["helm.sh/resource-policy"] != "keep" {
		t.Errorf("%v, %v", err, crd.Annotations)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
