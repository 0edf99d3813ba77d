package rules

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/scxbridge/scxbridge/go/cgroup"
)

const (
	// A process's chain of parents is followed this far.
	depthMax = 64
	// As much of a command line is read.
	cmdlineMax = 4096
	// So many processes and groups are remembered. Beyond, all are forgotten and read again.
	processesMax = 1 << 15
	groupsMax    = 1 << 12
)

// Matcher reads tasks from /proc. It is for one goroutine.
type Matcher struct {
	// Root is that of the file system.
	Root string
	// Pods knows pods; nil if nobody does.
	Pods Pods

	processes map[int32]*Process
	nobody    Process // where no rule asks for processes
	groups    map[uint64]*Group
	base      string // what this process sees as the root of all groups: see whole
	looked    bool   // for base
	reads     int    // of files, for tests
	buffer    [cmdlineMax]byte
}

// NewMatcher returns a matcher for the machine whose root is at this folder.
func NewMatcher(root string, pods Pods) *Matcher {
	return &Matcher{Root: root, Pods: pods, processes: map[int32]*Process{}, groups: map[uint64]*Group{}}
}

// ErrEnded is for a task that is gone.
var ErrEnded = errors.New("it has ended")

// Task reads what rules can be about: everything. The id may be a process's or a thread's.
func (m *Matcher) Task(tid int32) (*Subject, error) {
	status, err := m.read(tid, "status", 1<<16)
	if err != nil {
		return nil, err
	}
	text, err := parseStatus(status, "Tgid")
	if err != nil {
		return nil, fmt.Errorf("read the status of task %d: %w", tid, err)
	}
	tgid, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the status of task %d: %w", tid, errProc)
	}
	// Old kernels, and nothing else, lack it.
	cpus, _ := parseStatus(status, "Cpus_allowed_list")
	everything := needs{process: true, cmdline: true, uid: true, group: true}
	thread, err := m.stat(tid)
	if err != nil {
		return nil, err
	}
	t, err := m.subject(everything, tid, int32(tgid), 0, thread.comm)
	if err != nil {
		return nil, err
	}
	t.Policy, t.CPUs = thread.policy, cpus
	return t, nil
}

// subject reads of a task what is needed. Its group has an id if a record told it.
func (m *Matcher) subject(n needs, tid, tgid int32, group uint64, comm string) (*Subject, error) {
	t := &Subject{TID: tid, Thread: comm, Process: &m.nobody, Group: noGroup}
	var err error
	if n.process {
		if t.Process, err = m.process(n, tgid, 0); err != nil {
			return nil, err
		}
	}
	if n.group {
		if t.Group, err = m.group(tid, group); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// process returns what is known of a process, after a look whether that is still true.
func (m *Matcher) process(n needs, pid int32, depth int) (*Process, error) {
	s, err := m.stat(pid)
	if err != nil {
		return nil, err
	}
	p := &Process{PID: pid, Comm: s.comm, Kernel: s.kernel, ppid: s.ppid, start: s.start}
	if n.uid {
		status, err := m.read(pid, "status", 1<<16)
		if err != nil {
			return nil, err
		}
		if p.UID, err = parseUID(status); err != nil {
			return nil, fmt.Errorf("read the user of process %d: %w", pid, err)
		}
	}
	if n.cmdline {
		cmdline, err := m.read(pid, "cmdline", cmdlineMax)
		if err != nil {
			return nil, err
		}
		p.Cmdline = parseCmdline(cmdline)
	}
	known := m.processes[pid]
	same := known != nil && known.start == p.start
	if same && known.Comm == p.Comm && known.UID == p.UID && known.Cmdline == p.Cmdline {
		return known, nil
	}
	if same {
		// Whoever adopts an orphan is not who started it.
		p.Parent, p.depth = known.Parent, known.depth
	} else if p.ppid > 1 && !p.Kernel && depth < depthMax {
		// Init started everything, which means nothing.
		parent, err := m.process(n, p.ppid, depth+1)
		if err == nil && parent.depth < depthMax && !parent.Kernel {
			p.Parent, p.depth = parent, parent.depth+1
		}
	}
	if len(m.processes) >= processesMax {
		clear(m.processes)
	}
	m.processes[pid] = p
	return p, nil
}

// forget drops a process that has ended.
func (m *Matcher) forget(pid int32) { delete(m.processes, pid) }

// group returns the group of a task.
func (m *Matcher) group(tid int32, id uint64) (*Group, error) {
	if g := m.groups[id]; g != nil && id != 0 {
		return g, nil
	}
	text, err := m.read(tid, "cgroup", 1<<16)
	if err != nil {
		return nil, err
	}
	path, err := parseCgroup(text)
	if err != nil {
		return nil, fmt.Errorf("read the cgroup of task %d: %w", tid, err)
	}
	path = m.whole(path)
	g := &Group{Path: path, Owner: cgroup.ParseOwner(path)}
	known := true
	if g.Owner.PodUID != "" && m.Pods != nil {
		g.Pod, known = m.Pods.Pod(g.Owner.PodUID)
	}
	// The task may have moved since its record was made: then this is not the group of that id.
	if known && id != 0 && m.groupID(path) == id {
		if len(m.groups) >= groupsMax {
			clear(m.groups)
		}
		m.groups[id] = g
	}
	return g, nil
}

// groupID returns the id of the group at a path, or 0.
func (m *Matcher) groupID(path string) uint64 {
	var st syscall.Stat_t
	if syscall.Stat(filepath.Join(m.Root, "sys/fs/cgroup", path), &st) != nil {
		return 0
	}
	return st.Ino
}

func (m *Matcher) stat(pid int32) (stat, error) {
	text, err := m.read(pid, "stat", cmdlineMax)
	if err != nil {
		return stat{}, err
	}
	s, err := parseStat(text)
	if err != nil {
		return s, fmt.Errorf("read the state of task %d: %w", pid, err)
	}
	return s, nil
}

// read returns the beginning of a file of a task. It is valid until the next call.
func (m *Matcher) read(pid int32, name string, most int) ([]byte, error) {
	m.reads++
	path := filepath.Join(m.Root, "proc", strconv.Itoa(int(pid)), name)
	f, err := os.Open(path)
	if err != nil {
		return nil, taskError(pid, name, err)
	}
	defer f.Close()
	into := m.buffer[:]
	if most > len(into) {
		into = make([]byte, most)
	}
	n, err := io.ReadFull(f, into)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, taskError(pid, name, err)
	}
	return into[:n], nil
}

func taskError(pid int32, name string, err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("read %s of task %d: %w", name, pid, ErrEnded)
	}
	return fmt.Errorf("read %s of task %d: %w", name, pid, err)
}

// Threads returns the ids of a process's threads, or of all processes with pid 0.
func (m *Matcher) Threads(pid int32) ([]int32, error) {
	folder := filepath.Join(m.Root, "proc")
	if pid != 0 {
		folder = filepath.Join(folder, strconv.Itoa(int(pid)), "task")
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	var ids []int32
	for _, name := range names {
		if n, err := strconv.ParseInt(name, 10, 32); err == nil && !strings.HasPrefix(name, "-") {
			ids = append(ids, int32(n))
		}
	}
	return ids, nil
}
