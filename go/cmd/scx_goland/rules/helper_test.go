package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var testOptions = ParseOptions{
	User: func(name string) (uint32, error) {
		if name == "postgres" {
			return 70, nil
		}
		return 0, fmt.Errorf("%q is no user", name)
	},
	Suggest: func(name string, known []string) string { return " (of " + strings.Join(known, " ") + ")" },
}

func parse(t testing.TB, text string) (*Set, []Fault) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return Parse(doc.Content[0], testOptions)
}

func mustParse(t testing.TB, text string) *Set {
	t.Helper()
	set, wrong := parse(t, text)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return set
}

// machine is a /proc of a test's own.
type machine struct {
	t    testing.TB
	root string
}

func newMachine(t testing.TB) *machine { return &machine{t, t.TempDir()} }

func (m *machine) write(path, text string) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// process writes a process as /proc shows it.
func (m *machine) process(pid, ppid, start int, comm, cmdline, group string) {
	m.t.Helper()
	m.thread(pid, pid, ppid, start, comm, group)
	m.write(fmt.Sprintf("proc/%d/cmdline", pid), strings.ReplaceAll(cmdline, " ", "\x00")+"\x00")
}

func (m *machine) thread(tid, pid, ppid, start int, comm, group string) {
	m.t.Helper()
	m.write(fmt.Sprintf("proc/%d/task/%d/comm", pid, tid), comm+"\n")
	dir := fmt.Sprintf("proc/%d/", tid)
	m.write(dir+"stat", fmt.Sprintf("%d (%s) S %d 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 %d 1 1\n", tid, comm, ppid, start))
	m.write(dir+"status", fmt.Sprintf("Name:\t%s\nTgid:\t%d\nUid:\t0\t70\t0\t0\nCpus_allowed_list:\t0-3\n", comm, pid))
	m.write(dir+"cgroup", "1:name=systemd:/x\n0::"+group+"\n")
}

func (m *machine) end(pid int) {
	if err := os.RemoveAll(filepath.Join(m.root, "proc", fmt.Sprint(pid))); err != nil {
		m.t.Fatal(err)
	}
}

// rule returns the name of the rule that a task has.
func (m *machine) rule(by *Matcher, set *Set, tid int32) string {
	m.t.Helper()
	task, err := by.Task(tid)
	if err != nil {
		m.t.Fatal(err)
	}
	if i := set.First(task); i >= 0 {
		return set.Rules[i].Name
	}
	return ""
}
