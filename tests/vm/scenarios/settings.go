package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The kernel isolates CPUs from the scheduler in two ways, but sched_ext refuses only the one at boot.

var _ = register(Scenario{
	Name: "isolcpus", Shape: Shape{Append: "isolcpus=domain,1"},
	Doc: "booted with isolcpus=, where the kernel refuses every scheduler: the message names it, the CPUs and what to do",
	run: func(t *T) {
		t.expectKernelLog(`isolcpus=`)
		t.refused(78, `attach "goland": the kernel isolates CPU 1 ("isolcpus=" on its command line)`, agentCmd())
	},
})

var _ = register(Scenario{
	Name:  "isolcpus_allowed",
	Doc:   "CPUs isolated from interrupts at boot, and by a partition of cpuset: the agent schedules the machine",
	Shape: spare, // which boots with isolcpus=managed_irq
	run: func(t *T) {
		t.schedules(agentCmd("--no-builtin-idle"))
		t.isolate("1")
		t.schedules(agentCmd("--no-builtin-idle"))
	},
})

const cgroups = "/sys/fs/cgroup"

// cgroup makes a cgroup in this process's own, and returns its folder.
func (t *T) cgroup(name string) string {
	return t.newCgroup(filepath.Join(cgroups, strings.TrimPrefix(t.read("/proc/self/cgroup"), "0::"), name))
}

// newCgroup makes a cgroup, and returns its folder. The scenario's end kills its tasks and removes it.
func (t *T) newCgroup(folder string) string {
	t.Check(os.Mkdir(folder, 0o755), "make a cgroup")
	t.Cleanup(func() {
		os.WriteFile(folder+"/cgroup.kill", []byte("1"), 0)
		t.Await(time.Minute, "the cgroup is removed", func() bool {
			err := os.Remove(folder)
			return err == nil || os.IsNotExist(err)
		})
	})
	return folder
}

// isolate makes an isolated cpuset partition, and returns its folder.
func (t *T) isolate(cpus string) string {
	t.write(cgroups+"/cgroup.subtree_control", "+cpuset")
	group := t.newCgroup(cgroups + "/isolated")
	t.write(group+"/cpuset.cpus", cpus)
	t.write(group+"/cpuset.cpus.partition", "isolated")
	if state := t.read(group + "/cpuset.cpus.partition"); state != "isolated" {
		t.Fatalf("CPU %s is not isolated: %s", cpus, state)
	}
	return group
}

func (t *T) write(path, text string) {
	t.Check(os.WriteFile(path, []byte(text), 0), "write %q to %s", text, path)
}

func (t *T) read(path string) string {
	text, err := os.ReadFile(path)
	t.Check(err, "read %s", path)
	return strings.TrimSpace(string(text))
}

const (
	jitSwitch  = "/proc/sys/net/core/bpf_jit_enable"
	securityFS = "/sys/kernel/security"
	lockdown   = securityFS + "/lockdown"
)

var _ = register(Scenario{
	Name: "jit_off",
	Doc:  "with the kernel's compiler for BPF switched off: the message names the switch",
	run: func(t *T) {
		if os.WriteFile(jitSwitch, []byte("0"), 0) != nil {
			t.Skipf("this kernel has its compiler for BPF always on (CONFIG_BPF_JIT_ALWAYS_ON)")
		}
		t.Cleanup(func() { t.write(jitSwitch, "1") })
		t.refused(78, "sysctl net.core.bpf_jit_enable=1", agentCmd())
		t.write(jitSwitch, "1")
		t.schedules(agentCmd("--no-builtin-idle"))
	},
})

var _ = register(Scenario{
	Name: "lockdown",
	Doc:  "a kernel that is locked down for integrity is scheduled; for confidentiality, the message says what to boot",
	Last: true, // there is no way back
	run: func(t *T) {
		if _, err := os.Stat(lockdown); err != nil {
			if out, err := exec.Command("mount", "-t", "securityfs", "none", securityFS).CombinedOutput(); err != nil {
				t.Fatalf("mount %s: %v\n%s", securityFS, err, out)
			}
		}
		if _, err := os.Stat(lockdown); err != nil {
			t.Skipf("this kernel has no lockdown (CONFIG_SECURITY_LOCKDOWN_LSM)")
		}
		t.write(lockdown, "integrity")
		t.schedules(agentCmd("--no-builtin-idle"))
		t.write(lockdown, "confidentiality")
		t.refused(78, "lockdown=integrity", agentCmd())
	},
})
