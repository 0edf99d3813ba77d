//go:build !demo

package main

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// podsNode is the node's name.
const podsNode = "vm"

// podNamed is a pod as the API server has it.
func podNamed(labels object) object {
	return object{
		"metadata": object{"namespace": "shop", "uid": rulesPodUID, "labels": labels},
		"spec":     object{"nodeName": podsNode},
		"status": object{"phase": "Running", "containerStatuses": []object{
			{"name": "server", "containerID": "containerd://" + rulesContainer},
		}},
	}
}

func policyOf(rules ...object) object { return object{"spec": object{"rules": rules}} }

var _ = register(Scenario{
	Name: "rules_pods",
	Doc: "the agent and its companion on a Kubernetes node: a SchedulingPolicy moves the share of a pod with a label, until the label changes; " +
		"an invalid one is refused in its status; a lost API server changes nothing; a killed agent, adopted by another, is told everything again",
	run: func(t *T) {
		api := t.apiServer()
		api.put("Node", podsNode, object{"metadata": object{"labels": object{"tier": "fast"}}})
		api.put("Pod", "web-1", podNamed(object{"app": "web"}))
		api.put("SchedulingPolicy", "web", policyOf(object{
			"name": "front", "match": object{"labels": object{"app": "web"}, "container": "server"}, "effects": object{"weight": 400},
		}))
		api.put("SchedulingPolicy", "wrong", policyOf(object{"name": "typo", "match": object{"comm": "x"}, "effects": object{"wieght": 400}}))

		u := t.underRules()
		u.write("other comm: nobody -> weight: 50")
		control, pod := u.groups.make("control"), u.pod()
		begin := func(how string) *process {
			agent := t.start("scx_goland", "run", "--pin", "--adopt=auto", "--timeout", golandTimeout.String(), "--config", u.file, "--stats", "0.1",
				"--stats-format", "json", "--no-builtin-idle", "--ignore-cgroup-weights", "--slice", "4ms")
			agent.await(how, func() bool { return strings.Contains(agent.err.String(), `"goland" is `+how) })
			return agent
		}
		agent := begin("attached")
		t.Cleanup(t.detachPinned)
		stays := t.sameScheduler()
		companion := t.startCmd(exec.Command(binary("scx_goland_kube"), "--node", podsNode, "--kubeconfig", api.config, "--status-period", "1s"))

		var hogs []*process
		expect := func(what string, weight float64) {
			due := weight / (100 + weight)
			t.quietRun(3, what+": the pod's share is not as its rule says", func() bool {
				share := t.sharesOf(hogs, 2*time.Second)[1]
				t.Logf("%s: the pod has %.1f %% (%.1f)", what, 100*share, 100*due)
				return share > 0.8*due && share < 1.2*due
			})
			stays()
		}
		t.Logf("attached")
		agent.await("it knows the policies", func() bool { return strings.Contains(agent.err.String(), "1 policies with 1 rules, 1 refused; 1 pods") })
		t.Logf("the companion has told it")
		hogs = []*process{control.hogs(2), pod.hogs(2)}
		expect("with the label", 400)
		companion.await("its status is written", func() bool {
			s := api.status("web")
			return s.Name == podsNode && s.Accepted && len(s.Rules) == 1 && s.Rules[0].MatchedTasks >= 2 && s.Rules[0].MatchedProcesses == 1
		})
		companion.await("the other is refused", func() bool {
			s := api.status("wrong")
			return !s.Accepted && strings.Contains(s.Message, `unknown key "wieght" in effects; did you mean weight?`)
		})
		u.groups.freeze() // so that who looks at them has the CPUs
		explained := func() (rule, namespace, container string) {
			p := t.start("scx_goland", "explain", strconv.Itoa(int(hogs[1].pid())), "--json", "--config", u.file)
			p.succeed(time.Minute)
			var e struct {
				Rule          *struct{ Name string }
				Namespace     string
				ContainerName string `json:"container_name"`
			}
			t.Check(json.Unmarshal([]byte(p.out.String()), &e), "read the explanation")
			if e.Rule != nil {
				rule = e.Rule.Name
			}
			return rule, e.Namespace, e.ContainerName
		}
		rule, namespace, container := explained()
		t.ErrorIf(rule != "web/front" || namespace != "shop" || container != "server", "explain says %q, %q, %q", rule, namespace, container)
		u.groups.thaw()

		// The file's rules may change beside it.
		agent.signal(syscall.SIGHUP)
		agent.await("a reload", func() bool { return strings.Contains(agent.err.String(), "reloaded: nothing has changed") })

		// What is known stays: for the agent without the API server, and for a companion that has lost it.
		api.end()
		companion.await("it misses the API server", func() bool { return strings.Contains(companion.err.String(), "the API server does not tell") })
		agent.kill()
		stays()
		agent = begin("adopted")
		t.Logf("adopted")
		agent.await("it is told everything again", func() bool {
			return strings.Contains(agent.err.String(), "1 policies with 1 rules, 1 refused; 1 pods")
		})
		api.begin()
		expect("adopted, told without the API server", 400) // clients look for that every few seconds
		companion.await("it follows again", func() bool { return api.following("Pod") && api.following("SchedulingPolicy") })

		t.Logf("the companion follows the API server again")
		api.put("Pod", "web-1", podNamed(object{"app": "other"}))
		companion.await("no task has the rule", func() bool {
			s := api.status("web")
			return s.Accepted && len(s.Rules) == 1 && s.Rules[0].MatchedTasks == 0
		})
		expect("without the label", 100)
		companion.terminate()
		agent.terminate()
	},
})
