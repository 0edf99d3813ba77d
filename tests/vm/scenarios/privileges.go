package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// withCaps runs the agent as the user nobody with only these capabilities, such as "+bpf,+perfmon".
func withCaps(caps string, args ...string) *exec.Cmd {
	only := "-all"
	if caps != "" {
		only += "," + caps
	}
	return exec.Command("setpriv", append([]string{"--reuid", "65534", "--regid", "65534", "--clear-groups",
		"--bounding-set", only, "--inh-caps", only, "--ambient-caps", only, binary("scx_goland")}, args...)...)
}

// agentPID finds the agent, whatever program started it, in whatever namespace.
func (t *T) agentPID() int {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		if text, _ := os.ReadFile(name); string(text) == "scx_goland\n" {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			t.Check(err, "understand %s", name)
			return pid
		}
	}
	t.Fatalf("no process is called scx_goland")
	return 0
}

// schedules starts the agent by a command: it must attach, schedule the machine and detach.
func (t *T) schedules(cmd *exec.Cmd) {
	cmd.Args = append(cmd.Args, "--stats-format", "json")
	p := t.startCmd(cmd)
	p.awaitScheduling("goland")
	t.forks(2, 5)
	t.Check(syscall.Kill(t.agentPID(), syscall.SIGTERM), "end it")
	p.succeed(time.Minute)
	t.awaitDisabled()
	t.ErrorIf(p.account().Dispatched == 0, "%v: no decision was carried out", cmd.Args)
}

var _ = register(Scenario{
	Name: "privileges",
	Doc:  "CAP_BPF and CAP_PERFMON are all that it needs; without one of them, or in a user namespace, a clear message",
	run: func(t *T) {
		t.schedules(withCaps("+bpf,+perfmon", "--no-builtin-idle"))
		t.refused(1, "run it as root", withCaps("+bpf"))
		t.refused(1, "run it as root", withCaps("+perfmon"))
		t.refused(1, "run it as root", withCaps(""))
		t.refused(1, "user namespace", exec.Command("unshare", "--user", "--map-root-user", binary("scx_goland")))

		// The rings need no locked memory; locking them on request needs a sufficient limit or CAP_IPC_LOCK.
		limited := func(cmd *exec.Cmd) *exec.Cmd {
			return exec.Command("prlimit", append([]string{"--memlock=4096:4096"}, cmd.Args...)...)
		}
		t.schedules(limited(withCaps("+bpf,+perfmon", "--no-builtin-idle")))
		t.refused(1, "RLIMIT_MEMLOCK", limited(withCaps("+bpf,+perfmon", "--lock-memory")))
		t.schedules(limited(withCaps("+bpf,+perfmon,+ipc_lock", "--no-builtin-idle", "--lock-memory")))
	},
})

var _ = register(Scenario{
	Name: "container",
	Doc:  "in namespaces of its own, with its own /proc, where its process id is another: it knows its threads all the same",
	run: func(t *T) {
		t.schedules(exec.Command("unshare", "--pid", "--fork", "--mount-proc", "--mount", "--uts", "--ipc", "--net", "--cgroup",
			binary("scx_goland"), "--no-builtin-idle"))
	},
})
