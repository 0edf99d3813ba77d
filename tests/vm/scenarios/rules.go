package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A pod's groups as the kubelet and containerd make them.
const (
	rulesPodUID    = "6f2a3c1e-98d0-4a55-b3c2-7d21f04f9c11"
	rulesContainer = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// underRules are loads that rules tell from each other, each in a group of its own, by which its CPU time is measured.
type underRules struct {
	t      *T
	file   string
	folder string // of programs with other names
	groups *cgroup
}

func (t *T) underRules() *underRules {
	folder, err := os.MkdirTemp("", "rules")
	t.Check(err, "make a folder")
	t.Cleanup(func() { os.RemoveAll(folder) })
	return &underRules{t: t, file: filepath.Join(folder, "scx_goland.yaml"), folder: folder, groups: t.groups()}
}

// write writes rules, each as "match -> effects", with its first word as the name.
func (u *underRules) write(rules ...string) {
	var b strings.Builder
	b.WriteString("rules:\n")
	for _, r := range rules {
		name, r, _ := strings.Cut(r, " ")
		match, effects, _ := strings.Cut(r, " -> ")
		fmt.Fprintf(&b, "- name: %s\n  match: {%s}\n  effects: {%s}\n", name, match, effects)
	}
	u.t.Check(os.WriteFile(u.file, []byte(b.String()), 0o644), "write the rules")
}

// program returns a program's path under another name, which becomes the process's.
func (u *underRules) program(path, name string) string {
	link := filepath.Join(u.folder, name)
	u.t.Check(os.Symlink(path, link), "make a program called %s", name)
	return link
}

// pod makes the groups of a pod with a container, and returns the container's.
func (u *underRules) pod() *cgroup {
	burstable := u.groups.make("kubepods.slice").make("kubepods-burstable.slice")
	pod := burstable.make("kubepods-burstable-pod" + strings.ReplaceAll(rulesPodUID, "-", "_") + ".slice")
	return pod.make("cri-containerd-" + rulesContainer + ".scope")
}

// agent starts the agent with these rules. Groups weigh nothing, so that only rules do.
func (u *underRules) agent() *process {
	return u.t.goland("--config", u.file, "--stats", "0.1", "--no-builtin-idle", "--ignore-cgroup-weights")
}

// reload makes the agent read its rules again, and returns when it says this.
func (p *process) reload(says string) {
	before := len(p.err.String())
	p.signal(syscall.SIGHUP)
	p.await(says, func() bool { return strings.Contains(p.err.String()[before:], says) })
}

var _ = register(Scenario{
	Name: "rules_shares",
	Doc: "rules move the shares of a process, of one's children, of a cgroup and of a pod's container, beside a control; " +
		"a reload under load changes them, an invalid one does not; explain and check tell what they match",
	run: func(t *T) {
		u := t.underRules()
		load := binary("scxload")
		hogs := []string{"hog", "--threads", "2", "--seconds", "1000"}
		control, single, children, group, pod := u.groups.make("control"), u.groups.make("process"), u.groups.make("children"),
			u.groups.make("batch.slice").make("work"), u.pod()
		all := []*cgroup{control, single, children, group, pod}

		matches := []string{
			"process comm: favoured", "children comm: parent", "group cgroup: '/groups/batch.slice'", "pod pod-uid: '" + rulesPodUID[:8] + "*'",
		}
		weigh := func(weights ...int) {
			var rules []string
			for i, m := range matches {
				rules = append(rules, fmt.Sprintf("%s -> weight: %d", m, weights[i]))
			}
			u.write(rules...)
		}
		weigh(300, 300, 50, 200)
		agent := u.agent()
		stays := t.sameScheduler()
		control.startCmd(exec.Command(load, hogs...))
		single.startCmd(exec.Command(u.program(load, "favoured"), hogs...))
		// The shell's name is not its child's, and the child's threads have other names again.
		children.startCmd(exec.Command(u.program("/bin/sh", "parent"), "-c", `"$@" >/dev/null 2>&1 & wait`, "sh", load, hogs[0], hogs[1], hogs[2], hogs[3], hogs[4]))
		group.startCmd(exec.Command(load, hogs...))
		inPod := pod.startCmd(exec.Command(load, hogs...))
		for _, g := range all {
			t.Await(time.Minute, "hogs run in "+g.name(), func() bool { return g.used() > 50*time.Millisecond })
		}

		expect := func(what string, weights ...int) {
			sum := 0
			for _, w := range weights {
				sum += w
			}
			t.quietRun(3, what+": shares are not as the rules say", func() bool {
				shares := t.sharesBy(len(all), func(i int) time.Duration { return all[i].used() }, 4*time.Second)
				good := true
				var told []string
				for i, share := range shares {
					due := float64(weights[i]) / float64(sum)
					good = good && math.Abs(share-due) < 0.2*due
					told = append(told, fmt.Sprintf("%s %.1f %% (%.1f)", filepath.Base(all[i].path)[:4], 100*share, 100*due))
				}
				t.Logf("%s: %s", what, strings.Join(told, ", "))
				return good
			})
			stays()
		}
		expect("at first", 100, 300, 300, 50, 200)
		u.groups.freeze() // so that who looks at them has the CPUs
		u.expectTold(int(inPod.pid()))
		u.groups.thaw()

		weigh(50, 100, 300, 100)
		agent.reload("the number of rules is 4, was 4")
		expect("after a reload", 100, 50, 100, 300, 100)
		weigh(50, 100, 300, 20000)
		agent.reload("weight: is a whole number from 1 to 10000")
		t.Check(os.WriteFile(u.file, nil, 0o644), "write no rules")
		agent.reload("the number of rules is 0, was 4")
		expect("without rules", 100, 100, 100, 100, 100)
		agent.stopAfter(500)
	},
})

// expectTold checks what explain and check say of a task in the pod.
func (u *underRules) expectTold(pid int) {
	t := u.t
	p := t.start("scx_goland", "explain", strconv.Itoa(pid), "--json", "--config", u.file)
	p.succeed(time.Minute)
	var e struct {
		Rule    struct{ Name string }
		PodUID  string `json:"pod_uid"`
		Decides string
	}
	t.Check(json.Unmarshal([]byte(p.out.String()), &e), "read the explanation")
	t.ErrorIf(e.Rule.Name != "pod" || e.PodUID != rulesPodUID || !strings.HasPrefix(e.Decides, "goland"), "%s", &p.out)
	check := t.start("scx_goland", "check", "--dry-run", "--config", u.file)
	check.succeed(time.Minute)
	for _, rule := range []string{"process", "children", "group", "pod"} {
		t.ErrorIf(!strings.Contains(check.out.String(), "\n"+rule+" "), "no task has the rule %s:\n%s", rule, &check.out)
	}
}

var _ = register(Scenario{
	Name: "rules_latency",
	Doc:  "rules shorten the waits of a process, of a cgroup's and of a pod's tasks, beside a control that does the same in the same run",
	run: func(t *T) {
		u := t.underRules()
		load := binary("scxload")
		control, single, group, pod := u.groups.make("control"), u.groups.make("process"), u.groups.make("fast.slice").make("work"), u.pod()
		const soon = " -> weight: 500, class: urgent"
		u.write("process comm: favoured"+soon, "group cgroup: /groups/fast.slice"+soon, "pod pod-uid: '6f2a3c1e-*'"+soon)

		agent := u.agent()
		u.groups.make("hogs").hogs(4)
		favoured := u.program(load, "favoured")
		sleeper := func(g *cgroup, program string) *process {
			p := g.startCmd(exec.Command(program, "sleeper", "--period-us", "30000", "--work-us", "10000", "--seconds", "1000"))
			p.await("the sleeper runs", func() bool { return len(p.threads()) == 2 })
			return p
		}
		all := []*process{sleeper(control, load), sleeper(single, favoured), sleeper(group, load), sleeper(pod, load)}
		t.quietRun(3, "tasks with a rule wait nearly as long as the control", func() bool {
			waits := t.waitsOf(all, 3*time.Second)
			t.Logf("for each second of CPU time the control waits %.2f s, those with a rule %.2f s", waits[0], waits[1:])
			return 2*slices.Max(waits[1:]) < waits[0]
		})
		agent.stopAfter(200)
	},
})

// waitsOf waits until the processes have got this much CPU time in total, and returns how long each waited for a CPU, for
// each second that it had one.
func (t *T) waitsOf(processes []*process, together time.Duration) []float64 {
	waited := func(p *process) (sum time.Duration) {
		for _, tid := range p.threads() {
			sum += t.waitedRunnable(tid)
		}
		return sum
	}
	waits, ran := make([]float64, len(processes)), make([]time.Duration, len(processes))
	for i, p := range processes {
		waits[i], ran[i] = -float64(waited(p)), p.cpuTime()
	}
	t.sharesOf(processes, together)
	for i, p := range processes {
		waits[i] = (waits[i] + float64(waited(p))) / float64(max(p.cpuTime()-ran[i], time.Millisecond))
	}
	return waits
}
