package cgroup

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeTree is a directory that looks like a tree of cgroups. Inotify works there
// as on cgroup2, but that files which come and go send notices, too.
type fakeTree struct {
	t     *testing.T
	root  string
	aside string // on the same file system
	made  int
}

func newFake(t *testing.T) *fakeTree {
	t.Helper()
	dir := t.TempDir()
	f := &fakeTree{t: t, root: filepath.Join(dir, "root"), aside: filepath.Join(dir, "aside")}
	for _, d := range []string{f.root, f.aside} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.write("/", "cgroup.subtree_control", "cpu")
	return f
}

// fresh is what the files of a new group say.
var fresh = map[string]string{
	"cpu.weight": "100", "cpu.weight.nice": "0", "cpu.idle": "0", "cpu.max": "max 100000", "cpu.max.burst": "0",
	"cgroup.procs": "", "cgroup.subtree_control": "",
}

var freshCPU = CPU{Controlled: true, Weight: 100, Limit: Limit{Period: 100 * time.Millisecond}}

// make makes a group with its files, at once, as the kernel does.
func (f *fakeTree) make(path string) {
	f.t.Helper()
	f.made++
	dir := filepath.Join(f.aside, fmt.Sprint(f.made))
	f.check(os.Mkdir(dir, 0o755))
	for name, text := range fresh {
		f.check(os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o644))
	}
	f.check(os.Rename(dir, f.root+path))
}

// write writes a file of a group at once: padded, so that it need not be truncated first.
func (f *fakeTree) write(path, file, text string) {
	f.t.Helper()
	h, err := os.OpenFile(filepath.Join(f.root, path, file), os.O_WRONLY|os.O_CREATE, 0o644)
	f.check(err)
	_, err = h.WriteAt([]byte(fmt.Sprintf("%s\n%-40s", text, "")), 0)
	f.check(err)
	f.check(h.Close())
}

// remove removes a group and all below it, as rmdir of each does.
func (f *fakeTree) remove(path string) {
	f.t.Helper()
	f.check(os.RemoveAll(f.root + path))
}

func (f *fakeTree) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// ids returns id and path of each group that is there.
func (f *fakeTree) ids() map[uint64]string {
	f.t.Helper()
	ids := make(map[uint64]string)
	f.check(filepath.WalkDir(f.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			ids[info.Sys().(*syscall.Stat_t).Ino] = "/" + strings.TrimPrefix(path[len(f.root):], "/")
		}
		return err
	}))
	return ids
}

// watched is a tree and what happens in it.
type watchedTree struct {
	*Tree
	t      *testing.T
	events *Events
	seen   []Event // all events so far but Resync
}

// open opens the tree, by inotify or by a notifier of the test's own.
func (f *fakeTree) open(opts Options, notify func() (notifier, error)) *watchedTree {
	f.t.Helper()
	opts.Root = f.root
	if opts.Poll == 0 {
		opts.Poll = 10 * time.Millisecond
	}
	if opts.Rescan == 0 {
		opts.Rescan = -1
	}
	if notify == nil {
		notify = func() (notifier, error) { return newInotify() }
	}
	tree, err := openWith(opts, notify)
	f.check(err)
	w := &watchedTree{Tree: tree, t: f.t, events: tree.Events(1 << 16)}
	f.t.Cleanup(func() { tree.Close() })
	w.next()
	return w
}

func (w *watchedTree) next() Event {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	event, err := w.events.Next(ctx)
	if err != nil {
		w.t.Fatalf("wait for an event after %v: %v (tree: %v)", describe(w.seen), err, w.Err())
	}
	if event.Kind != Resync {
		w.seen = append(w.seen, event)
	}
	return event
}

// await takes events until done, which it tries after each.
func (w *watchedTree) await(done func() bool) {
	w.t.Helper()
	for !done() {
		w.next()
	}
}

// awaitErr waits until Err is as wanted, of which no event tells.
func (w *watchedTree) awaitErr(wanted func(error) bool) {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); !wanted(w.Err()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("the tree's error is %v", w.Err())
		}
	}
}

// expect compares the tree with the directories.
func (w *watchedTree) expect(f *fakeTree) {
	w.t.Helper()
	want := f.ids()
	n := 0
	for g := range w.All() {
		n++
		if want[g.ID] != g.Path {
			w.t.Errorf("group %d is at %q, not %q", g.ID, want[g.ID], g.Path)
		}
	}
	if n != len(want) {
		w.t.Errorf("the tree has %d groups, there are %d", n, len(want))
	}
	for id, path := range want {
		if g := w.Find(path); g == nil || g.ID != id || w.Lookup(id) != g || w.Path(id) != path {
			w.t.Errorf("%s has the id %d, found is %+v and %+v", path, id, g, w.Lookup(id))
		}
	}
}

func describe(events []Event) []string {
	var lines []string
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%v %s %b", e.Kind, e.Group.Path, e.Changed))
	}
	return lines
}
