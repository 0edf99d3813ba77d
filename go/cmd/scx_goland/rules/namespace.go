package rules

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// In a cgroup namespace of its own, as most container runtimes give one, a process sees paths from its own group on: another
// pod's is "/../../kubepods-pod….slice/…". Such a path lacks the names above, by which pods are known.

// whole returns a path from the root of the tree on. Where that can't be known, the path stays as it is.
func (m *Matcher) whole(seen string) string {
	if !m.looked && (seen == "/.." || strings.HasPrefix(seen, "/../")) {
		m.base, m.looked = m.namespaceRoot(), true
	}
	if m.base == "" {
		return seen
	}
	// Paths that were seen before the first one from outside are below the namespace's root: they are read again.
	return path.Join(m.base, seen)
}

// namespaceRoot finds the group that this process sees as "/": somewhere in the tree, if all of that is mounted, is the group
// that has this process.
func (m *Matcher) namespaceRoot() string {
	text, err := os.ReadFile(filepath.Join(m.Root, "proc/self/cgroup"))
	if err != nil {
		return ""
	}
	own, err := parseCgroup(text)
	if err != nil {
		return ""
	}
	tree, self := filepath.Join(m.Root, "sys/fs/cgroup"), strconv.Itoa(os.Getpid())
	found := ""
	// What can't be read, such as a group that is gone by now, has not this process.
	_ = filepath.WalkDir(tree, func(folder string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		members, err := os.ReadFile(filepath.Join(folder, "cgroup.procs"))
		if err != nil || !strings.Contains("\n"+string(members), "\n"+self+"\n") {
			return nil
		}
		found = strings.TrimPrefix(folder, tree)
		return filepath.SkipAll
	})
	base, is := strings.CutSuffix(found, strings.TrimSuffix(own, "/"))
	if !is || found == "" {
		return ""
	}
	return base
}
