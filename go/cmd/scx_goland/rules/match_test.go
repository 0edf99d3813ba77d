package rules

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	podPath   = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6f2a3c1e_98d0_4a55_b3c2_7d21f04f9c11.slice"
	podUID    = "6f2a3c1e-98d0-4a55-b3c2-7d21f04f9c11"
	container = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

type somePods map[string]Pod

func (p somePods) Pod(uid string) (Pod, bool) { pod, is := p[uid]; return pod, is }

// Each key matches what it should, and nothing else.
func TestKeys(t *testing.T) {
	m := newMachine(t)
	m.process(10, 1, 1, "postgres", "/usr/bin/postgres -D /data", "/system.slice/postgresql.service")
	m.thread(11, 10, 1, 2, "walwriter", "/system.slice/postgresql.service")
	m.process(20, 1, 3, "java", "/usr/bin/java -jar a.jar", podPath+"/cri-containerd-"+container+".scope")
	pods := somePods{podUID: {Namespace: "shop", Name: "web-1", Labels: map[string]string{"app": "web"}, Containers: map[string]string{container: "main"}}}
	for match, want := range map[string][]int32{
		"{comm: postgres}":                     {10, 11},
		"{comm: [x, 'post*']}":                 {10, 11},
		"{thread: walwriter}":                  {11},
		"{comm: postgres, thread: walwriter}":  {11},
		"{comm: java, thread: walwriter}":      nil,
		"{cmdline: '*-D /data'}":               {10, 11},
		"{cmdline-regexp: '^/usr/bin/j'}":      {20},
		"{user: postgres}":                     {10, 11, 20},
		"{user: 0}":                            nil,
		"{cgroup: /system.slice}":              {10, 11},
		"{cgroup: '/kubepods.slice/**.scope'}": {20},
		"{unit: 'postgresql.*'}":               {10, 11},
		"{pod-uid: 6f2a3c1e-*}":                {20},
		"{qos: Burstable}":                     {20},
		"{runtime: containerd}":                {20},
		"{container: 0123*}":                   {20},
		"{container: main}":                    {20},
		"{namespace: shop}":                    {20},
		"{namespace: '*'}":                     {20}, // who is in no pod has no namespace
		"{pod: web-*}":                         {20},
		"{labels: {app: web}}":                 {20},
		"{labels: {app: web, tier: x}}":        nil,
	} {
		set := mustParse(t, fmt.Sprintf("[{name: a, match: %s, effects: {weight: 1}}]", match))
		by := NewMatcher(m.root, pods)
		var got []int32
		for _, tid := range []int32{10, 11, 20} {
			if m.rule(by, set, tid) == "a" {
				got = append(got, tid)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s matches %v, not %v", match, got, want)
		}
	}
	for when, want := range map[string]bool{
		`comm == "java" && uid == 70`: true,
		`labels["app"] == "web" && pod_namespace == "shop" && pod_name == "web-1"`: true,
		`labels["none"] == "web"`:                             false, // an error
		`"none" in labels`:                                    false,
		`cgroup.startsWith("/kubepods") && qos != ""`:         true,
		`cmdline.matches("-jar .*[.]jar$")`:                   true,
		`unit.endsWith(".scope") && slice.endsWith(".slice")`: true,
		`[1,2,3].all(a, [1,2,3].all(b, [1,2,3].all(c, [1,2,3].all(d, [1,2,3].all(e, [1,2,3].all(f, [1,2,3,4,5,6,7,8,9].all(g, [1,2,3,4,5,6,7,8,9].all(h, a+b+c+d+e+f+g+h > 0))))))))`: false, // too dear
	} {
		set := mustParse(t, fmt.Sprintf("[{name: a, when: '%s', effects: {weight: 1}}]", when))
		if got := m.rule(NewMatcher(m.root, pods), set, 20) == "a"; got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
}

func TestFirstRuleAndOthers(t *testing.T) {
	m := newMachine(t)
	m.process(10, 1, 1, "make", "make", "/")
	m.process(11, 10, 2, "cc", "cc -c", "/")
	m.process(12, 11, 3, "as", "as", "/user.slice")
	set := mustParse(t, `
- {name: broken, when: 'labels["x"] == ""', effects: {weight: 1}}
- {name: user, match: {comm: make, cgroup: /user.slice}, effects: {weight: 1}}
- {name: alone, match: {comm: make}, children: false, effects: {weight: 1}}
- {name: build, match: {comm: make}, effects: {weight: 1}}
- {name: rest, match: {comm: "*"}, effects: {weight: 1}}
`)
	by := NewMatcher(m.root, nil)
	for tid, want := range map[int32]string{
		10: "broken! alone build rest", 11: "broken! build<10 rest", 12: "broken! user<10 build<10 rest",
	} {
		task, err := by.Task(tid)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, fit := range set.All(task) {
			text := fit.Rule.Name
			if fit.Ancestor != nil {
				text += fmt.Sprintf("<%d", fit.Ancestor.PID)
			}
			if fit.Err != nil {
				text += "!"
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("task %d: %q, not %q", tid, got, want)
		}
		if first := strings.Fields(want)[1]; !strings.HasPrefix(first, m.rule(by, set, tid)) {
			t.Errorf("task %d: the first is not %q", tid, first)
		}
	}
}

// A process keeps those who started it, also when they have ended, and one with its id inherits nothing of it.
func TestOrphansAndReusedIDs(t *testing.T) {
	m := newMachine(t)
	set := mustParse(t, `[{name: build, match: {comm: make}, effects: {weight: 1}}]`)
	by := NewMatcher(m.root, nil)
	m.process(10, 1, 1, "make", "make", "/")
	m.process(11, 10, 2, "sh", "sh", "/")
	if got := m.rule(by, set, 11); got != "build" {
		t.Fatal(got)
	}
	m.end(10)
	by.forget(10)
	m.process(11, 1, 2, "sleep", "sleep 5", "/") // adopted, and became another program
	if got := m.rule(by, set, 11); got != "build" {
		t.Errorf("an orphan has the rule %q", got)
	}
	m.process(11, 1, 9, "sleep", "sleep 5", "/")
	if got := m.rule(by, set, 11); got != "" {
		t.Errorf("another process with that id has the rule %q", got)
	}
	m.end(11)
	if _, err := by.Task(11); !errors.Is(err, ErrEnded) {
		t.Error(err)
	}
}

// The kernel's own files are read, not only those of tests.
func TestThisProcess(t *testing.T) {
	self := int32(os.Getpid())
	by := NewMatcher("/", nil)
	threads, err := by.Threads(self)
	if err != nil || !slices.Contains(threads, self) {
		t.Fatal(threads, err)
	}
	for _, tid := range threads {
		task, err := by.Task(tid)
		if errors.Is(err, ErrEnded) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		attr, err := unix.SchedGetAttr(int(tid), 0)
		if err != nil {
			t.Fatal(err)
		}
		p := task.Process
		if p.PID != self || p.UID != uint32(os.Geteuid()) || !strings.HasPrefix(p.Cmdline, os.Args[0]) || task.Policy != int(attr.Policy) ||
			task.CPUs == "" || strings.Contains(task.Group.Path, "\n") || p.Parent == nil && os.Getppid() > 1 || p.Kernel {
			t.Errorf("thread %d: %+v, process %+v", tid, task, p)
		}
	}
}

// What no rule asks for is not read, and what is known is not read again.
func TestReadsLittle(t *testing.T) {
	m := newMachine(t)
	m.process(10, 1, 1, "a", "a", podPath)
	m.write("sys/fs/cgroup"+podPath+"/cpu.max", "max 100000")
	var st syscall.Stat_t
	if err := syscall.Stat(filepath.Join(m.root, "sys/fs/cgroup", podPath), &st); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		match       string
		first, then int
	}{
		{"thread: x", 0, 0}, {"comm: x", 1, 1}, {"user: 3", 2, 2}, {"cmdline: x", 2, 2}, {"cgroup: /x", 1, 0}, {"comm: x, qos: Burstable", 2, 1},
	} {
		set := mustParse(t, fmt.Sprintf("[{name: a, match: {%s}, effects: {weight: 1}}]", c.match))
		by := NewMatcher(m.root, nil)
		for i, want := range []int{c.first, c.then} {
			before := by.reads
			by.rule(set, question{pid: 10, tgid: 10, cgroup: st.Ino})
			if got := by.reads - before; got != want {
				t.Errorf("%s, time %d: %d files are read, not %d", c.match, i+1, got, want)
			}
		}
	}
	// A group is remembered only by its own id.
	by := NewMatcher(m.root, nil)
	by.rule(mustParse(t, "[{name: a, match: {cgroup: /x}, effects: {weight: 1}}]"), question{pid: 10, tgid: 10, cgroup: st.Ino + 1})
	if len(by.groups) != 0 {
		t.Error("a group was remembered by the id of another one")
	}
	if err := os.RemoveAll(filepath.Join(m.root, "proc/10")); err != nil {
		t.Fatal(err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMachine(t)
	m.process(10, 1, 1, "a", "a", "/")
	by := NewMatcher(m.root, nil)
	for i := range int32(processesMax) {
		by.processes[-i-1] = &Process{}
	}
	if _, err := by.Task(10); err != nil || len(by.processes) != 1 {
		t.Errorf("%d processes, %v", len(by.processes), err)
	}
	// Nor does a chain of parents grow: nobody who is far up counts.
	for pid := 11; pid < 11+2*depthMax; pid++ {
		m.process(pid, pid-1, pid, "a", "a", "/")
		if _, err := by.Task(int32(pid)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range by.processes {
		n := 0
		for ; p != nil; p = p.Parent {
			n++
		}
		if n > depthMax+1 {
			t.Fatalf("a process has %d ancestors", n)
		}
	}
}

func TestConflicts(t *testing.T) {
	const effects = "effects: {weight: 1}"
	for text, want := range map[string]string{
		"- {name: a, match: {comm: x}, E}\n- {name: b, match: {comm: x, user: 3}, E}":              "line 2: rule \"b\": it can never match: rule \"a\"",
		"- {name: a, match: {comm: 'x*'}, E}\n- {name: b, match: {comm: [xa, xb]}, E}":             "it can never match",
		"- {name: a, match: {cgroup: /a}, E}\n- {name: b, match: {cgroup: /a/b}, E}":               "it can never match",
		"- {name: a, match: {comm: '*'}, E}\n- {name: b, when: 'uid == 3', E}":                     "it can never match",
		"- {name: a, match: {labels: {a: '*'}}, E}\n- {name: b, match: {labels: {a: b, c: d}}, E}": "it can never match",
		"- {name: a, when: 'uid == 3', E}\n- {name: b, when: 'uid == 3', match: {comm: x}, E}":     "it can never match",
		"- {name: a, match: {cmdline-regexp: '^a'}, E}\n- {name: b, match: {cmdline: ab}, E}":      "it can never match",
		"- {name: a, match: {comm: xa}, E}\n- {name: b, match: {comm: 'x*'}, E}":                   "", // an exception
		"- {name: a, match: {comm: x}, children: false, E}\n- {name: b, match: {comm: x}, E}":      "", // reaches children
		"- {name: a, when: 'uid == 3', match: {comm: x}, E}\n- {name: b, match: {comm: x}, E}":     "",
		"- {name: a, match: {comm: x}, E}\n- {name: b, match: {comm: z}, E}":                       "",
		"- {name: a, match: {user: 3, comm: x}, E}\n- {name: b, match: {user: 3, unit: u}, F}":     "it sets weight, as rule \"a\" in line 1 does",
		"- {name: a, match: {user: 3, comm: x}, E}\n- {name: b, match: {user: 4, unit: u}, F}":     "",
		"- {name: a, match: {user: 3, comm: x}, E}\n- {name: b, match: {user: 3, comm: z}, F}":     "",
	} {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "E}", effects+"}"), "F}", "effects: {weight: 2}}")
		got := strings.Join(mustParse(t, text).Conflicts(true), "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s:\n%q, not %q", text, got, want)
		}
	}
	if got := mustParse(t, "[{name: a, match: {namespace: x}, "+effects+"}]").Conflicts(false); len(got) != 1 || !strings.Contains(got[0], "only with Kubernetes") {
		t.Error(got)
	}
	many := mustParse(t, thousandRules(effects))
	if got := many.Conflicts(true); len(got) != 0 {
		t.Error(got)
	}
	same := mustParse(t, "- {name: all, match: {comm: '*'}, "+effects+"}\n"+thousandRules(effects))
	if got := same.Conflicts(true); len(got) != conflictsMax+1 || got[conflictsMax] != "and 950 more" {
		t.Error(len(got), got[len(got)-1])
	}
}

func thousandRules(effects string) string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "- {name: r%d, match: {comm: \"x%d*y\"}, %s}\n", i, i, effects)
	}
	return b.String()
}
