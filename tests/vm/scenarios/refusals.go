package main

import (
	"os/exec"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// refused runs the agent, which must end with a status and a message, and change nothing.
func (t *T) refused(status int, text string, cmd *exec.Cmd) {
	state, ops := extState("state"), extState("root/ops")
	p := t.startCmd(cmd)
	if code := p.exitCode(time.Minute); code != status {
		t.Errorf("%v: exit status %d, not %d\n%s", cmd.Args, code, status, &p.err)
	}
	t.Logf("%v: %s", cmd.Args, strings.TrimSpace(p.err.String()))
	t.ErrorIf(!strings.Contains(p.err.String(), text), "%v does not say %q:\n%s", cmd.Args, text, &p.err)
	t.ErrorIf(extState("state") != state || extState("root/ops") != ops,
		"%v changed the system: %s %s", cmd.Args, extState("state"), extState("root/ops"))
}

func agentCmd(args ...string) *exec.Cmd { return exec.Command(binary("scx_goland"), args...) }

var _ = register(Scenario{
	Name: "refusals",
	Doc:  "no root, no sched_ext, no BTF, another scheduler, a broken option: a clear message each, nothing changed",
	run: func(t *T) {
		nobody := agentCmd()
		nobody.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		t.refused(1, "run it as root", nobody)

		// In a mount namespace of its own, we can hide parts of /sys/kernel.
		hidden := func(prepare string) *exec.Cmd {
			script := "set -e; mkdir -p /run/btf; cp /sys/kernel/btf/vmlinux /run/btf; mount -t tmpfs none /sys/kernel; " +
				prepare + "; exec " + binary("scx_goland")
			return exec.Command("unshare", "--mount", "sh", "-c", script)
		}
		t.refused(78, "has no sched_ext", hidden("mkdir /sys/kernel/btf; cp /run/btf/vmlinux /sys/kernel/btf"))
		t.refused(78, "has no type information", hidden(":"))

		t.refused(2, "--slice-kernel: 1µs is not in", agentCmd("--slice-kernel", "1us"))
		t.refused(2, "--timeout: 1h0m0s is not in", agentCmd("--timeout", "1h"))
		t.refused(2, `--name: "a b" is not`, agentCmd("--name", "a b"))
		t.refused(2, "nonsense", agentCmd("--policy", "nonsense"))
		t.refused(2, "-nonsense", agentCmd("--nonsense"))

		first := t.schedule(newFirstCome(), scx.Options{Name: "first"})
		t.refused(1, `attach "goland": another scheduler "first" is active; stop it first`, agentCmd())
		first.awaitStats("the first scheduler goes on", func(st scx.Stats) bool { return st.Dispatched+st.IdleDirect > 10 })
	},
})
