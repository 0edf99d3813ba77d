package kubernetes

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/containerd/containerd/contrib/seccomp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	core "k8s.io/api/core/v1"
)

var update = flag.Bool("update", false, "write what the scenario agent_in_container runs")

// containersFile has the chart's containers for the scenario, which has neither Helm nor a kubelet.
const containersFile = "../vm/scenarios/agent_in_container.json"

// What containerd hides from, and protects against, a container that is not privileged: its pkg/cri/server and oci/spec.go.
var (
	maskedPaths = []string{
		"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
		"/proc/sched_debug", "/sys/firmware", "/sys/devices/virtual/powercap", "/proc/scsi",
	}
	readonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
)

// runtimeSpec is what containerd makes of a container, for runc. The source of a volume that is no hostPath is "@" and its name:
// whoever runs it has a folder for it.
func runtimeSpec(pod *core.PodSpec, c *core.Container) *specs.Spec {
	var caps []string
	for _, name := range c.SecurityContext.Capabilities.Add {
		caps = append(caps, "CAP_"+string(name))
	}
	s := &specs.Spec{
		Version: specs.Version,
		Root:    &specs.Root{Path: "rootfs", Readonly: *c.SecurityContext.ReadOnlyRootFilesystem},
		Process: &specs.Process{
			Args: append(append([]string{}, c.Command...), c.Args...), Cwd: "/",
			User:            specs.User{UID: uint32(*c.SecurityContext.RunAsUser), GID: uint32(*c.SecurityContext.RunAsGroup)},
			NoNewPrivileges: !*c.SecurityContext.AllowPrivilegeEscalation,
			Capabilities:    &specs.LinuxCapabilities{Bounding: caps, Effective: caps, Permitted: caps},
		},
		Linux: &specs.Linux{
			MaskedPaths: maskedPaths, ReadonlyPaths: readonlyPaths,
			// A kubelet's pod shares the network and so on among its containers; a cgroup namespace is each one's own.
			Namespaces: []specs.LinuxNamespace{
				{Type: specs.MountNamespace}, {Type: specs.NetworkNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace},
				{Type: specs.CgroupNamespace},
			},
			Resources: &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}}},
		},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
			{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}},
		},
	}
	if !pod.HostPID {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.PIDNamespace})
	}
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			s.Process.Env = append(s.Process.Env, e.Name+"="+e.Value)
		}
	}
	for _, m := range c.VolumeMounts {
		source := "@" + m.Name
		for _, v := range pod.Volumes {
			if v.Name == m.Name && v.HostPath != nil {
				source = v.HostPath.Path
			}
		}
		options := []string{"rbind", "rprivate", "rw"}
		if m.ReadOnly {
			options[2] = "ro"
		}
		s.Mounts = append(s.Mounts, specs.Mount{Destination: m.MountPath, Type: "bind", Source: source, Options: options})
	}
	if c.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault {
		s.Linux.Seccomp = seccomp.DefaultProfile(s)
	}
	return s
}

// indented is JSON for readers of differences.
func indented(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// profile is a seccomp profile, each group of system calls on a line.
func profile(t *testing.T, p *specs.LinuxSeccomp) string {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), `{"names"`, "\n"+` {"names"`)
}

// The scenario runs what the chart says: its containers, its capabilities, and containerd's own profile for these.
func TestScenarioRunsTheChartsContainers(t *testing.T) {
	pinned, leaving := daemonSet(t, nil).Spec.Template.Spec, daemonSet(t, map[string]any{"pin": false}).Spec.Template.Spec
	var lines []string
	for _, c := range []struct {
		pod  *core.PodSpec
		from []core.Container
		name string
	}{
		{&pinned, pinned.Containers, "agent"}, {&pinned, pinned.Containers, "kube"}, {&leaving, leaving.InitContainers, "detach"},
	} {
		s := runtimeSpec(c.pod, container(t, c.from, c.name))
		filter := s.Linux.Seccomp
		s.Linux.Seccomp = nil
		lines = append(lines, fmt.Sprintf("%q: {\"spec\": %s,\n\"seccomp\": %s}", c.name, indented(t, s), profile(t, filter)))
	}
	text := "{" + strings.Join(lines, ",\n") + "}\n"
	if !json.Valid([]byte(text)) {
		t.Fatalf("no JSON:\n%s", text)
	}
	if *update {
		if err := os.WriteFile(containersFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(readFile(t, containersFile)) != text {
		t.Errorf("%s is not what the chart says: run `make generate-containers`, and commit it", containersFile)
	}
}
