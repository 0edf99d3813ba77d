//go:build !demo

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// agentPodUID is that of the agent's own pod.
const agentPodUID = "aaaaaaaa-98d0-4a55-b3c2-7d21f04f9c11"

var _ = register(Scenario{
	Name: "agent_in_container",
	Doc: "the Helm chart's containers, run by runc with exactly their capabilities and containerd's seccomp profile: the agent attaches, knows another " +
		"pod, answers probes, is killed and adopted by the next container, and detached; with a capability less it is refused",
	run: func(t *T) {
		t.keepControllers()
		u := t.underRules()
		pod := u.pod()
		burstable := &cgroup{t: t, path: groupsFolder + "/kubepods.slice/kubepods-burstable.slice", prepared: true}
		own := burstable.make("kubepods-burstable-pod" + strings.ReplaceAll(agentPodUID, "-", "_") + ".slice")
		n := t.node(own)
		t.Logf("the image is unpacked")
		t.Check(os.WriteFile(filepath.Join(n.volume("config"), "scx_goland.yaml"), []byte("timeout: "+golandTimeout.String()+"\n"+
			"rules:\n- {name: pod, match: {pod-uid: '"+rulesPodUID+"', cgroup: /groups/kubepods.slice}, effects: {weight: 50}}\n"), 0o644), "write the configuration")
		begin := func(how string) *container {
			c := n.run(t.chartContainer("agent"))
			c.await(how, func() bool { return strings.Contains(c.err.String(), `"goland" is `+how) })
			c.awaitScheduling("goland")
			return c
		}

		// Whoever lacks one of the chart's capabilities can't; so the chart asks for no more than is needed.
		for _, name := range capabilities(t.chartContainer("agent")) {
			c := n.run(without(t.chartContainer("agent"), name))
			code := c.exitCode(time.Minute)
			t.ErrorIf(code != 1 || !strings.Contains(c.err.String(), "run it as root"), "without %s: exit code %d\n%s", name, code, &c.err)
			t.expectState("disabled")
		}

		agent := begin("attached")
		t.Cleanup(func() { t.start("scx_goland", "detach").exitCode(time.Minute) })
		stays := t.sameScheduler()
		hogs := pod.hogs(1)
		t.forks(2, 5)
		// Another container of the pod reaches the agent, as the companion does: with no capability at all.
		n.run(command(t.chartContainer("kube"), "/usr/bin/scx_goland", "status", "--alive")).succeed(time.Minute)

		// The container has a cgroup namespace of its own, and still knows whose the other pod's tasks are.
		explain := agent.exec("/usr/bin/scx_goland", "explain", strconv.Itoa(int(hogs.pid())), "--json")
		explain.succeed(time.Minute)
		var e struct {
			Rule    struct{ Name string }
			PodUID  string `json:"pod_uid"`
			Cgroup  string
			Decides string
		}
		t.Check(json.Unmarshal([]byte(explain.out.String()), &e), "read the explanation")
		t.ErrorIf(e.Rule.Name != "pod" || e.PodUID != rulesPodUID || e.Cgroup != strings.TrimPrefix(pod.path, cgroups), "%s", &explain.out)

		// The pod is gone, the scheduler goes on, the next pod takes over.
		agent.sendSignal("KILL")
		t.ErrorIf(agent.exitCode(time.Minute) != 137, "the killed container: %v", agent.fate)
		stays()
		t.forks(2, 5)
		agent = begin("adopted")
		stays()
		t.forks(2, 5)
		agent.sendSignal("TERM")
		agent.succeed(time.Minute)
		t.Logf("the agent said:\n%s", &agent.err)
		stays()

		hogs.end()
		// What comes before an uninstall, with and without something to detach.
		for range 2 {
			n.run(t.chartContainer("detach")).succeed(time.Minute)
			t.awaitDisabled()
		}
	},
})
