package main

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	view "github.com/scxbridge/scxbridge/go/cgroup"
)

var _ = register(Scenario{
	Name: "cgroup_watch",
	Doc: "package cgroup follows 1,000 groups that are made, changed and removed, in a cgroup namespace too, " +
		"and names the group of a task's record",
	run: func(t *T) {
		top := t.groups()
		w := t.watchCgroups()
		w.expect("before")

		// Ten groups of a hundred, made while the tree is watched.
		tens := make([]*cgroup, 10)
		for i := range tens {
			tens[i] = top.make(strconv.Itoa(i))
			for j := range 99 {
				tens[i].make(strconv.Itoa(j))
			}
		}
		w.expect("made")

		// Other processes change them.
		w.shell("change the groups", `cd "$0"
			for group in [0-9]*/[0-9]*; do
				echo 20000 100000 >$group/cpu.max
				echo 5000 >$group/cpu.max.burst
				echo 1000 >$group/cpu.weight
			done
			echo 10000 100000 >3/cpu.max
			echo 1 >4/cpu.idle
			echo 5 >5/cpu.weight.nice`, top.path)
		w.expect("changed")

		// So does a container: in a cgroup namespace, through a mount of its own.
		container := tens[9].make("container")
		w.shell("make groups in a cgroup namespace", `echo $$ >"$0/cgroup.procs"
			exec unshare --cgroup --mount sh -ec '
				mount -t cgroup2 none /mnt
				mkdir /mnt/init /mnt/app
				echo $$ >/mnt/init/cgroup.procs
				echo +cpu >/mnt/cgroup.subtree_control
				echo 30000 100000 >/mnt/app/cpu.max'`, container.path)
		w.expect("changed in a container")
		if app := w.tree.Find(w.path(container.path + "/app")); app == nil || app.CPU.Limit.CPUs() != 0.3 {
			t.Errorf("the container's group is %+v", app)
		}

		ofThree := top.path + "/3/7"
		leaf := w.tree.Find(w.path(ofThree))
		limit, from := w.tree.Limit(leaf.ID)
		if leaf.CPU.Weight != 1000 || leaf.CPU.Limit.Burst != 5*time.Millisecond ||
			limit.Quota != 10*time.Millisecond || from.Path != w.path(tens[3].path) {
			t.Errorf("%+v is limited to %+v by %+v", leaf, limit, from)
		}

		// The kernel takes away the files of a controller, and makes them anew, without a notice.
		tens[6].set("cgroup.subtree_control", "-cpu")
		w.expect("without the controller")
		if g := w.tree.Find(w.path(tens[6].path + "/7")); g.CPU != (view.CPU{}) {
			t.Errorf("%+v has settings without the controller", g)
		}
		tens[6].set("cgroup.subtree_control", "+cpu")
		w.expect("with the controller")

		w.expectRecord(&cgroup{t: t, path: ofThree})

		for _, g := range tens {
			g.remove()
		}
		w.expect("removed")
	},
})

// cgroupsView is what package cgroup says of the machine.
type cgroupsView struct {
	t      *T
	tree   *view.Tree
	events *view.Events
	told   map[uint64]*view.Group // what the events say is there
}

func (t *T) watchCgroups() *cgroupsView {
	began := time.Now()
	tree, err := view.Open(view.Options{Rescan: -1})
	t.Check(err, "open the tree of cgroups")
	t.Cleanup(func() { tree.Close() })
	w := &cgroupsView{t: t, tree: tree, events: tree.Events(1 << 14), told: map[uint64]*view.Group{}}
	t.Logf("%d groups were read in %v", len(w.there()), time.Since(began))
	return w
}

func (w *cgroupsView) path(dir string) string {
	return "/" + strings.TrimLeft(strings.TrimPrefix(dir, cgroups), "/")
}

// there returns what the machine itself says: the path of each id.
func (w *cgroupsView) there() map[uint64]string {
	ids := map[uint64]string{}
	w.t.Check(filepath.WalkDir(cgroups, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		var st syscall.Stat_t
		err = syscall.Stat(path, &st)
		ids[st.Ino] = w.path(path)
		return err
	}), "list the cgroups")
	return ids
}

// settings returns what a group's files say, as text.
func (w *cgroupsView) settings(path string) string {
	var texts []string
	for _, file := range []string{"cpu.weight", "cpu.weight.nice", "cpu.idle", "cpu.max", "cpu.max.burst"} {
		text, err := os.ReadFile(filepath.Join(cgroups, path, file))
		if os.IsNotExist(err) {
			continue
		}
		w.t.Check(err, "read a group's settings")
		texts = append(texts, strings.TrimSpace(string(text)))
	}
	return strings.Join(texts, ", ")
}

// written returns a group's settings as its files would say them.
func written(c view.CPU) string {
	if !c.Controlled {
		return ""
	}
	idle, quota := 0, "max"
	if c.Idle {
		idle = 1
	}
	if c.Limit.Limited() {
		quota = fmt.Sprint(c.Limit.Quota.Microseconds())
	}
	return fmt.Sprintf("%d, %d, %d, %s %d, %d", c.Weight, c.Nice, idle, quota, c.Limit.Period.Microseconds(), c.Limit.Burst.Microseconds())
}

// shell runs a script, with an argument.
func (w *cgroupsView) shell(what, script, argument string) {
	p := w.t.startCmd(exec.Command("sh", "-ec", script, argument))
	if status := p.exitCode(2 * time.Minute); status != 0 {
		w.t.Fatalf("to %s failed, exit status %d: %s", what, status, &p.err)
	}
}

// take takes over what an event tells.
func (w *cgroupsView) take(event view.Event) {
	switch event.Kind {
	case view.Resync:
		clear(w.told)
		for g := range w.tree.All() {
			w.told[g.ID] = g
		}
	case view.Gone:
		delete(w.told, event.Group.ID)
	default:
		w.told[event.Group.ID] = event.Group
	}
}

// expect takes events until the tree, and they, say what the machine says, in each group and value.
func (w *cgroupsView) expect(what string) {
	ids := w.there()
	settings := map[uint64]string{}
	for id, path := range ids {
		settings[id] = w.settings(path)
	}
	compare := func(groups iter.Seq[*view.Group]) string {
		n := 0
		for g := range groups {
			n++
			if ids[g.ID] != g.Path {
				return fmt.Sprintf("%d is %q, not %q", g.ID, ids[g.ID], g.Path)
			}
			if got := written(g.CPU); got != settings[g.ID] {
				return fmt.Sprintf("%s says %q, not %q", g.Path, settings[g.ID], got)
			}
		}
		if n != len(ids) {
			return fmt.Sprintf("there are %d groups, not %d", len(ids), n)
		}
		return ""
	}
	differs := func() string {
		if tree := compare(w.tree.All()); tree != "" {
			return "the tree: " + tree
		}
		if told := compare(maps.Values(w.told)); told != "" {
			return "the events: " + told
		}
		return ""
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for differs() != "" {
		event, err := w.events.Next(ctx)
		if err != nil {
			w.t.Fatalf("%s: %s (%v; the tree's error: %v)", what, differs(), err, w.tree.Err())
		}
		for more := true; more; event, more = w.events.Poll() {
			w.take(event)
		}
	}
	w.t.Logf("%s: %d groups, followed %v after", what, len(ids), time.Since(began))
	w.t.Check(w.tree.Err(), "watch the cgroups")
	w.expectWatches(len(ids))
}

// expectWatches compares the watches with the groups: the kernel does not end those of removed groups.
func (w *cgroupsView) expectWatches(want int) {
	descriptors, err := filepath.Glob("/proc/self/fd/*")
	w.t.Check(err, "list the open files")
	for _, fd := range descriptors {
		if target, _ := os.Readlink(fd); target != "anon_inode:inotify" {
			continue
		}
		info := w.t.read("/proc/self/fdinfo/" + filepath.Base(fd))
		if got := strings.Count(info, "inotify wd:"); got != want {
			w.t.Errorf("%d watches for %d groups", got, want)
		}
		return
	}
	w.t.Errorf("no inotify is open")
}

// expectRecord runs a task in a group: its record's id must lead to the group's path.
func (w *cgroupsView) expectRecord(group *cgroup) {
	var pid atomic.Int32
	var seen atomic.Pointer[string]
	s := w.t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
		if g := w.tree.Lookup(task.CgroupID); g != nil && task.TGID == pid.Load() {
			seen.Store(&g.Path)
		}
		return p.firstCome(task, scx.PickIdle)
	}), parkAll)
	hogs := w.t.moreHogs(1)
	inside := group.load("hog", "--threads", "1", "--seconds", "1000")
	pid.Store(inside.pid())
	w.t.Await(time.Minute, "a record names the group "+w.path(group.path), func() bool {
		path := seen.Load()
		return path != nil && *path == w.path(group.path)
	})
	inside.kill()
	hogs.end()
	s.stop()
}
