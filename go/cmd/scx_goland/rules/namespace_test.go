package rules

import (
	"fmt"
	"os"
	"testing"
)

const (
	otherPod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6f2a3c1e_98d0_4a55_b3c2_7d21f04f9c11.slice/" +
		"cri-containerd-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope"
	ownPod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podaaaaaaaa_98d0_4a55_b3c2_7d21f04f9c11.slice/" +
		"cri-containerd-aaaa456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope"
	otherSeen = "/../../kubepods-burstable-pod6f2a3c1e_98d0_4a55_b3c2_7d21f04f9c11.slice/" +
		"cri-containerd-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope"
)

// inContainer is a machine as a process sees it that is in a container's cgroup namespace.
func inContainer(t *testing.T, own string) *machine {
	m := newMachine(t)
	m.write("proc/self/cgroup", "0::"+own+"\n")
	m.process(5, 1, 0, "server", "server", otherSeen)
	m.process(6, 1, 0, "init", "init", "/../../../../init.scope")
	m.process(7, 1, 0, "agent", "agent", own)
	return m
}

func (m *machine) groups(paths ...string) {
	for _, path := range paths {
		m.write("sys/fs/cgroup"+path+"/cgroup.procs", "1234567\n")
	}
}

func (m *machine) path(by *Matcher, tid int32) string {
	m.t.Helper()
	task, err := by.Task(tid)
	if err != nil {
		m.t.Fatal(err)
	}
	return task.Group.Path
}

// In a container, paths begin at the container's own group. With the whole tree mounted, pods are known all the same.
func TestCgroupNamespace(t *testing.T) {
	for own, in := range map[string]string{"/": ownPod, "/sub": ownPod + "/sub"} {
		m := inContainer(t, own)
		m.groups(otherPod, ownPod, ownPod+"/sub", "/init.scope")
		m.write("sys/fs/cgroup"+in+"/cgroup.procs", fmt.Sprintf("1\n%d\n99\n", os.Getpid()))
		by := NewMatcher(m.root, nil)
		for tid, want := range map[int32]string{5: otherPod, 6: "/init.scope"} {
			if got := m.path(by, tid); got != want {
				t.Errorf("own group %s: the path is %s, not %s", own, got, want)
			}
		}
		if got := m.path(by, 7); got != in {
			t.Errorf("own group %s is %s, not %s", own, got, in)
		}
		set := mustParse(t, "[{name: pod, match: {pod-uid: 6f2a3c1e-*, cgroup: /kubepods.slice}, effects: {weight: 50}}]")
		if got := m.rule(by, set, 5); got != "pod" {
			t.Errorf("the other pod has the rule %q", got)
		}
	}
}

// Without that tree, paths stay as they are seen.
func TestCgroupNamespaceWithoutTheTree(t *testing.T) {
	for name, groups := range map[string][]string{"no tree": nil, "a part of it": {"/", "/sub"}} {
		m := inContainer(t, "/")
		m.groups(groups...)
		by := NewMatcher(m.root, nil)
		if got := m.path(by, 5); got != otherSeen {
			t.Errorf("%s: the path is %s", name, got)
		}
		// It is not looked for again with each task.
		m.write("sys/fs/cgroup"+ownPod+"/cgroup.procs", fmt.Sprintln(os.Getpid()))
		if got := m.path(by, 5); got != otherSeen {
			t.Errorf("%s: later the path is %s", name, got)
		}
	}
	// On the host nothing is looked for.
	m := newMachine(t)
	m.process(5, 1, 0, "server", "server", otherPod)
	by := NewMatcher(m.root, nil)
	if got := m.path(by, 5); got != otherPod || by.looked {
		t.Errorf("on the host the path is %s", got)
	}
}
