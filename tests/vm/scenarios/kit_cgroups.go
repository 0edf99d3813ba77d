package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cgroup is a cgroup v2 of a scenario's own, with the controller cpu.
type cgroup struct {
	t        *T
	path     string
	prepared bool // for children
}

// groupsFolder holds the groups of a scenario. It is no child of the group that the scenario itself runs in, whose tasks
// would compete with those of the children.
const groupsFolder = cgroups + "/groups"

// groups returns the folder for a scenario's groups, whose end kills all tasks in them.
func (t *T) groups() *cgroup {
	t.write(cgroups+"/cgroup.subtree_control", "+cpu +pids")
	// The next scenario of this boot finds the root as it was.
	t.Cleanup(func() { t.write(cgroups+"/cgroup.subtree_control", "-cpu -pids") })
	t.Check(os.Mkdir(groupsFolder, 0o755), "make the folder for cgroups")
	top := &cgroup{t: t, path: groupsFolder}
	t.Cleanup(top.remove)
	return top
}

// make makes a child, without a limit and of the usual weight.
func (g *cgroup) make(name string) *cgroup {
	// Only once: the kernel waits here for groups that were removed before.
	if !g.prepared {
		g.set("cgroup.subtree_control", "+cpu +pids")
		g.prepared = true
	}
	child := &cgroup{t: g.t, path: g.path + "/" + name}
	g.t.Check(os.Mkdir(child.path, 0o755), "make the cgroup %s", child.name())
	return child
}

func (g *cgroup) name() string { return strings.TrimPrefix(g.path, groupsFolder+"/") }

func (g *cgroup) set(file, value string) { g.t.write(g.path+"/"+file, value) }

// groupPeriod is the period of limits in percent, the kernel's default.
const groupPeriod = 100 * time.Millisecond

// limit lets the group use this many percent of a CPU.
func (g *cgroup) limit(percent float64) {
	quota := time.Duration(percent / 100 * float64(groupPeriod))
	g.set("cpu.max", strconv.FormatInt(quota.Microseconds(), 10)+" "+strconv.FormatInt(groupPeriod.Microseconds(), 10))
}

func (g *cgroup) unlimit() { g.set("cpu.max", "max") }

// freeze stops the group's tasks until thaw: a scheduler attaches much sooner if no task wants its CPU.
func (g *cgroup) freeze() { g.set("cgroup.freeze", "1") }

func (g *cgroup) thaw() { g.set("cgroup.freeze", "0") }

func (g *cgroup) weigh(weight int) { g.set("cpu.weight", strconv.Itoa(weight)) }

// start starts one of the scenarios' programs in the group: it is there from its first instruction on.
func (g *cgroup) start(name string, args ...string) *process {
	return g.startCmd(exec.Command(binary(name), args...))
}

func (g *cgroup) startCmd(cmd *exec.Cmd) *process {
	folder, err := os.Open(g.path)
	g.t.Check(err, "open the cgroup %s", g.name())
	defer folder.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(folder.Fd())}
	return g.t.startCmd(cmd)
}

func (g *cgroup) load(args ...string) *process { return g.start("scxload", args...) }

// hogs starts threads in the group that always want to run, until they are ended. It returns when they run.
func (g *cgroup) hogs(threads int) *process {
	p := g.load("hog", "--threads", strconv.Itoa(threads), "--seconds", "1000")
	// The program's own thread waits for the hogs.
	p.await("the hogs run", func() bool { return len(p.threads()) == threads+1 })
	return p
}

// enter moves a process into the group.
func (g *cgroup) enter(p *process) {
	g.set("cgroup.procs", strconv.Itoa(int(p.pid())))
}

// used returns the CPU time of all tasks that are or were in the group or below, ended ones too.
func (g *cgroup) used() time.Duration { return microseconds(float64(g.stat("usage_usec"))) }

// stat returns a number from cpu.stat.
func (g *cgroup) stat(name string) uint64 {
	for _, line := range strings.Split(g.t.read(g.path+"/cpu.stat"), "\n") {
		if key, value, _ := strings.Cut(line, " "); key == name {
			n, err := strconv.ParseUint(value, 10, 64)
			g.t.Check(err, "read %s of the cgroup %s", name, g.name())
			return n
		}
	}
	g.t.Fatalf("the cpu.stat of the cgroup %s has no %s", g.name(), name)
	return 0
}

// remove kills all tasks in the group and removes it, with all below.
func (g *cgroup) remove() {
	g.set("cgroup.kill", "1")
	g.t.Await(time.Minute, "no task is left in the cgroup "+g.name(), func() bool {
		return strings.Contains(g.t.read(g.path+"/cgroup.events"), "populated 0")
	})
	var folders []string
	g.t.Check(filepath.WalkDir(g.path, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	}), "list what is below the cgroup %s", g.name())
	for i := len(folders) - 1; i >= 0; i-- {
		g.t.removeGroup(folders[i])
	}
}

// removeGroup removes a group without tasks. A task that has ended may count for a moment longer.
func (t *T) removeGroup(path string) {
	var err error
	t.Await(time.Minute, "the cgroup "+path+" is removed", func() bool {
		err = syscall.Rmdir(path)
		return err != syscall.EBUSY
	})
	t.Check(err, "remove the cgroup %s", path)
}

// pass waits until this time has passed.
func (t *T) pass(d time.Duration) {
	began := time.Now()
	t.awaitEvery(d, d+time.Minute, "time passes", func() bool { return time.Since(began) >= d })
}

// usedOver returns how many percent of a CPU each group uses while this time passes.
func (t *T) usedOver(d time.Duration, groups ...*cgroup) []float64 {
	used, read := make([]time.Duration, len(groups)), make([]time.Time, len(groups))
	for i, g := range groups {
		used[i], read[i] = g.used(), time.Now()
	}
	t.pass(d)
	percent := make([]float64, len(groups))
	for i, g := range groups {
		used := g.used() - used[i]
		percent[i] = 100 * used.Seconds() / time.Since(read[i]).Seconds()
	}
	return percent
}

// groupShares waits until the groups have got this much CPU time in total, and returns the percentage of each.
func (t *T) groupShares(groups []*cgroup, together time.Duration) []float64 {
	shares := t.sharesBy(len(groups), func(i int) time.Duration { return groups[i].used() }, together)
	for i := range shares {
		shares[i] *= 100
	}
	return shares
}

// awaitStill waits until a process that wants to run does not: its limit holds it back.
func (p *process) awaitStill() {
	// A busy host may take all CPUs of the machine away for some time, but not from one process alone.
	const look = 300 * time.Millisecond
	p.t.awaitEvery(time.Millisecond, time.Minute, "the limit holds the tasks back", func() bool {
		before := p.cpuTime()
		p.t.pass(look)
		return p.cpuTime()-before < look/50
	})
	p.expectRunning()
}
