package cgroup

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	f := newFake(t)
	for _, path := range []string{"/a", "/a/b", "/a/b/c", "/kubepods"} {
		f.make(path)
	}
	f.write("/a", "cpu.max", "50000 100000")
	f.write("/a/b", "cpu.max", "400000 200000")
	f.write("/a/b", "cpu.max.burst", "1000")
	f.write("/a/b", "cpu.weight", "1000")
	f.write("/a/b", "cpu.weight.nice", "-11")
	f.write("/kubepods", "cpu.weight", "0")
	f.write("/kubepods", "cpu.idle", "1")
	tree := f.open(Options{}, nil)
	tree.expect(f)
	if err := tree.Err(); err != nil {
		t.Error(err)
	}

	root, a, b, c := tree.Find("/"), tree.Find("/a"), tree.Find("/a/b"), tree.Find("/a/b/c")
	if root.Parent != 0 || a.Parent != root.ID || c.Parent != b.ID {
		t.Errorf("parents: %+v %+v %+v", root, a, c)
	}
	if root.CPU != (CPU{}) {
		t.Errorf("the root has no files, but is %+v", root.CPU)
	}
	if want := (CPU{Controlled: true, Weight: 1000, Nice: -11,
		Limit: Limit{400 * time.Millisecond, 200 * time.Millisecond, time.Millisecond}}); b.CPU != want {
		t.Errorf("%+v, not %+v", b.CPU, want)
	}
	if idle := tree.Find("/kubepods").CPU; !idle.Idle || idle.Weight != 0 {
		t.Errorf("%+v is not idle", idle)
	}
	for path, from := range map[string]*Group{"/": nil, "/kubepods": nil, "/a": a, "/a/b": a, "/a/b/c": a} {
		limit, g := tree.Limit(tree.Find(path).ID)
		if g != from || g != nil && limit != a.CPU.Limit || g == nil && limit != (Limit{}) {
			t.Errorf("%s is limited to %+v by %+v", path, limit, g)
		}
	}
	if g := tree.Lookup(1 << 60); g != nil || tree.Path(0) != "" || tree.Find("/x") != nil {
		t.Errorf("found what is not there: %+v", g)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{file, filepath.Join(dir, "none")} {
		if tree, err := Open(Options{Root: root}); err == nil {
			tree.Close()
			t.Errorf("%s is opened", root)
		} else if !strings.HasPrefix(err.Error(), "cgroup: open: ") || !strings.Contains(err.Error(), root) {
			t.Errorf("%q does not say what failed", err)
		}
	}
}

func TestEvents(t *testing.T) {
	f := newFake(t)
	tree := f.open(Options{}, nil)
	f.make("/a")
	e := tree.next()
	if e.Kind != Appeared || e.Group.Path != "/a" || e.Group.CPU != freshCPU || tree.Find("/a") != e.Group {
		t.Fatalf("%+v", e)
	}
	id := e.Group.ID
	for _, c := range []struct {
		file, text string
		changed    Values
		want       CPU
	}{
		{"cpu.weight", "1000", WeightValue, CPU{Controlled: true, Weight: 1000, Limit: Limit{Period: 100 * time.Millisecond}}},
		{"cpu.weight", "100", WeightValue, freshCPU},
		{"cpu.idle", "1", IdleValue, CPU{Controlled: true, Weight: 100, Idle: true, Limit: Limit{Period: 100 * time.Millisecond}}},
		{"cpu.idle", "0", IdleValue, freshCPU},
		{"cpu.max", "20000 100000", LimitValue, CPU{Controlled: true, Weight: 100,
			Limit: Limit{20 * time.Millisecond, 100 * time.Millisecond, 0}}},
		{"cpu.max.burst", "3000", BurstValue, CPU{Controlled: true, Weight: 100,
			Limit: Limit{20 * time.Millisecond, 100 * time.Millisecond, 3 * time.Millisecond}}},
	} {
		f.write("/a", "cgroup.procs", "1") // of no interest
		f.write("/a", c.file, c.text)
		e := tree.next()
		if e.Kind != Changed || e.Changed != c.changed || e.Group.CPU != c.want || e.Group.ID != id {
			t.Errorf("%s = %s: %v %b %+v", c.file, c.text, e.Kind, e.Changed, e.Group)
		}
		if tree.Lookup(id) != e.Group {
			t.Errorf("the tree has %+v", tree.Lookup(id))
		}
	}
	f.remove("/a")
	if e := tree.next(); e.Kind != Gone || e.Group.ID != id || tree.Lookup(id) != nil || tree.Find("/a") != nil {
		t.Errorf("%+v", e)
	}
}

// A directory comes with others in it, and goes with them.
func TestSubtrees(t *testing.T) {
	f := newFake(t)
	tree := f.open(Options{}, nil)
	deep := "/" + strings.Repeat("d/", 30) + "d"
	for range 20 {
		f.check(os.MkdirAll(f.root+deep, 0o755))
		tree.await(func() bool { return tree.Find(deep) != nil })
		tree.expect(f)
		tree.seen = nil
		f.remove("/d")
		gone := func(e Event) bool { return e.Kind == Gone && e.Group.Path == "/d" }
		tree.await(func() bool { return slices.ContainsFunc(tree.seen, gone) })
		tree.expect(f)
	}
}

func TestSameNameAgain(t *testing.T) {
	f := newFake(t)
	tree := f.open(Options{}, nil)
	for range 50 {
		f.make("/a")
		f.make("/a/b")
		f.remove("/a")
	}
	f.make("/a")
	f.make("/a/b")
	f.make("/last")
	tree.await(func() bool { return tree.Find("/last") != nil && tree.Find("/a/b") != nil })
	tree.expect(f)
	f.write("/a/b", "cpu.weight", "7") // it is watched
	tree.await(func() bool { return tree.Find("/a/b").CPU.Weight == 7 })
}

func TestMoved(t *testing.T) {
	f := newFake(t)
	for _, path := range []string{"/a", "/a/b", "/c"} {
		f.make(path)
	}
	tree := f.open(Options{}, nil)
	f.check(os.Rename(f.root+"/a", f.root+"/c/a"))
	tree.await(func() bool { return tree.Find("/c/a/b") != nil && tree.Find("/a") == nil })
	tree.expect(f)
	f.write("/c/a/b", "cpu.weight", "7")
	tree.await(func() bool { return tree.Find("/c/a/b").CPU.Weight == 7 })
}

// changed is a notifier that a test has changed.
type changed struct {
	notifier
	onWatch func(path string) error
	onWait  func([]notice) []notice
}

func (c *changed) watch(path string) (int32, error) {
	if c.onWatch != nil {
		if err := c.onWatch(path); err != nil {
			return 0, err
		}
	}
	return c.notifier.watch(path)
}

func (c *changed) wait(deadline time.Time) ([]notice, error) {
	notices, err := c.notifier.wait(deadline)
	if c.onWait != nil && err == nil {
		notices = c.onWait(notices)
	}
	return notices, err
}

// by returns a function that opens inotify, changed.
func by(change changed) func() (notifier, error) {
	return func() (notifier, error) {
		n, err := newInotify()
		change.notifier = n
		return &change, err
	}
}

// The kernel makes the files of a controller without a notice.
func TestControllerEnabled(t *testing.T) {
	f := newFake(t)
	f.make("/a")
	f.make("/a/b")
	for name := range fresh {
		if controls(name) {
			f.check(os.Remove(filepath.Join(f.root, "a/b", name)))
		}
	}
	tree := f.open(Options{}, by(changed{onWait: func(notices []notice) []notice {
		return slices.DeleteFunc(slices.Clone(notices), func(n notice) bool { return controls(n.name) })
	}}))
	if cpu := tree.Find("/a/b").CPU; cpu != (CPU{}) {
		t.Fatalf("%+v without files", cpu)
	}
	for name, text := range fresh {
		if controls(name) {
			f.write("/a/b", name, text)
		}
	}
	f.write("/a", "cgroup.subtree_control", "cpu")
	if e := tree.next(); e.Kind != Changed || e.Group.CPU != freshCPU || e.Changed != ControlledValue|WeightValue|LimitValue {
		t.Errorf("%+v", e)
	}
	for name := range fresh {
		if controls(name) {
			f.check(os.Remove(filepath.Join(f.root, "a/b", name)))
		}
	}
	f.write("/a", "cgroup.subtree_control", "cpuset")
	if e := tree.next(); e.Kind != Changed || e.Group.CPU != (CPU{}) {
		t.Errorf("%+v", e)
	}
}

// More happens than the kernel's queue holds.
func TestOverflow(t *testing.T) {
	f := newFake(t)
	f.make("/a")
	f.make("/b")
	var overflows atomic.Int32
	hold := make(chan struct{})
	tree := f.open(Options{}, by(changed{onWait: func(notices []notice) []notice {
		<-hold
		for _, n := range notices {
			if n.watch == -1 {
				overflows.Add(1)
			}
		}
		return notices
	}}))
	// Two files in turn, since equal notices in a row become one.
	a, err := os.OpenFile(f.root+"/a/cgroup.procs", os.O_WRONLY, 0)
	f.check(err)
	defer a.Close()
	b, err := os.OpenFile(f.root+"/b/cgroup.procs", os.O_WRONLY, 0)
	f.check(err)
	defer b.Close()
	for range 20000 {
		a.WriteAt([]byte("1"), 0)
		b.WriteAt([]byte("1"), 0)
	}
	f.make("/late")
	f.make("/late/r")
	f.remove("/b")
	f.write("/a", "cpu.weight", "3")
	close(hold)
	tree.await(func() bool {
		return tree.Find("/late/r") != nil && tree.Find("/b") == nil && tree.Find("/a").CPU.Weight == 3
	})
	if overflows.Load() == 0 {
		t.Error("the kernel's queue did not overflow: is fs.inotify.max_queued_events larger than 40000?")
	}
	tree.expect(f)
	f.write("/late/r", "cpu.weight", "4")
	tree.await(func() bool { return tree.Find("/late/r").CPU.Weight == 4 })
}

func TestWatchLimit(t *testing.T) {
	f := newFake(t)
	f.make("/a")
	f.make("/a/b")
	var left atomic.Int32
	left.Store(2)
	tree := f.open(Options{}, by(changed{onWatch: func(path string) error {
		if left.Add(-1) < 0 {
			return limitReached("watch "+path, "fs.inotify.max_user_watches", os.ErrInvalid)
		}
		return nil
	}}))
	if err := tree.Err(); !errors.Is(err, ErrWatchLimit) || !strings.Contains(err.Error(), "fs.inotify.max_user_watches") {
		t.Fatalf("the error is %v", err)
	}
	tree.expect(f)
	f.write("/a/b", "cpu.weight", "5") // not watched
	tree.await(func() bool { return tree.Find("/a/b").CPU.Weight == 5 })
	f.make("/a/b/c")
	tree.await(func() bool { return tree.Find("/a/b/c") != nil })

	left.Store(1 << 20)
	tree.awaitErr(func(err error) bool { return err == nil })
	f.write("/a/b/c", "cpu.weight", "6")
	tree.await(func() bool { return tree.Find("/a/b/c").CPU.Weight == 6 })
	tree.expect(f)
}

func TestNoInstanceLeft(t *testing.T) {
	f := newFake(t)
	var free atomic.Bool
	tree := f.open(Options{}, func() (notifier, error) {
		if !free.Load() {
			return nil, limitReached("open inotify", "fs.inotify.max_user_instances", os.ErrInvalid)
		}
		return newInotify()
	})
	if err := tree.Err(); !errors.Is(err, ErrWatchLimit) || !strings.Contains(err.Error(), "fs.inotify.max_user_instances") {
		t.Fatalf("the error is %v", err)
	}
	f.make("/a")
	tree.await(func() bool { return tree.Find("/a") != nil })
	free.Store(true)
	tree.awaitErr(func(err error) bool { return err == nil })
	f.write("/a", "cpu.weight", "6")
	tree.await(func() bool { return tree.Find("/a").CPU.Weight == 6 })
}

func TestNoNotify(t *testing.T) {
	f := newFake(t)
	tree := f.open(Options{NoNotify: true}, func() (notifier, error) {
		t.Error("inotify is opened")
		return nil, os.ErrInvalid
	})
	f.make("/a")
	f.make("/a/b")
	tree.await(func() bool { return tree.Find("/a/b") != nil })
	f.write("/a/b", "cpu.weight", "5")
	tree.await(func() bool { return tree.Find("/a/b").CPU.Weight == 5 })
	f.remove("/a")
	tree.await(func() bool { return tree.Find("/a") == nil })
	tree.expect(f)
	if err := tree.Err(); err != nil {
		t.Error(err)
	}
}

// All notices are lost; the reading of all groups makes up for it.
func TestRescan(t *testing.T) {
	f := newFake(t)
	f.make("/a")
	tree := f.open(Options{Rescan: 10 * time.Millisecond}, by(changed{onWait: func([]notice) []notice { return nil }}))
	f.make("/b")
	f.write("/a", "cpu.weight", "5")
	tree.await(func() bool { return tree.Find("/b") != nil && tree.Find("/a").CPU.Weight == 5 })
	f.remove("/a")
	tree.await(func() bool { return tree.Find("/a") == nil })
	tree.expect(f)
}

func TestRootGone(t *testing.T) {
	f := newFake(t)
	f.make("/a")
	tree := f.open(Options{}, nil)
	f.check(os.RemoveAll(f.root))
	tree.await(func() bool { return tree.Find("/") == nil && tree.Find("/a") == nil })
	tree.awaitErr(func(err error) bool { return err != nil && strings.Contains(err.Error(), f.root) })
	f.check(os.Mkdir(f.root, 0o755))
	f.make("/b")
	tree.await(func() bool { return tree.Find("/b") != nil })
	tree.awaitErr(func(err error) bool { return err == nil })
	tree.expect(f)
}

func TestMalformed(t *testing.T) {
	f := newFake(t)
	f.make("/a")
	tree := f.open(Options{}, nil)
	f.write("/a", "cpu.max", "much 100000")
	tree.awaitErr(func(err error) bool { return err != nil && strings.Contains(err.Error(), "/a/cpu.max") })
	if cpu := tree.Find("/a").CPU; cpu != freshCPU {
		t.Errorf("%+v, not as before", cpu)
	}
	f.write("/a", "cpu.max", "1000 100000")
	tree.await(func() bool { return tree.Find("/a").CPU.Limit.Quota == time.Millisecond })
	tree.awaitErr(func(err error) bool { return err == nil })
}

func TestClose(t *testing.T) {
	f := newFake(t)
	before := len(descriptors(t))
	for range 20 {
		tree, err := Open(Options{Root: f.root})
		f.check(err)
		events := tree.Events(0)
		ended := make(chan int)
		go func() {
			n := 0
			for range events.All(context.Background()) {
				n++
			}
			ended <- n
		}()
		f.check(tree.Close())
		f.check(tree.Close())
		if n := <-ended; n > 1 {
			t.Errorf("%d events of nothing", n)
		}
		if _, err := events.Next(context.Background()); !errors.Is(err, ErrClosed) || !errors.Is(err, os.ErrClosed) {
			t.Errorf("an event of a closed tree: %v", err)
		}
		if _, err := tree.Events(0).Next(context.Background()); !errors.Is(err, ErrClosed) {
			t.Errorf("an event of a closed tree: %v", err)
		}
		f.check(events.Close())
		if tree.Find("/") == nil {
			t.Error("a closed tree forgets")
		}
	}
	if after := len(descriptors(t)); after > before {
		t.Errorf("%d file descriptors are left of %d trees", after-before, 20)
	}
}

func descriptors(t *testing.T) []os.DirEntry {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// A random life of a tree, while others read: in the end the tree is as the
// directories are, and so is what a reader of events makes of them.
func TestRandom(t *testing.T) {
	for _, polled := range []bool{false, true} {
		f := newFake(t)
		tree := f.open(Options{NoNotify: polled}, nil)
		slow := tree.Events(8) // overflows again and again
		var readers sync.WaitGroup
		done := make(chan struct{})
		readers.Add(1)
		go func() {
			defer readers.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				for g := range tree.All() {
					if now := tree.Lookup(g.ID); now != nil && now.ID != g.ID {
						t.Errorf("looked for %d and found %d", g.ID, now.ID)
					}
					tree.Limit(g.ID)
				}
				runtime.Gosched()
			}
		}()

		const seed = 1
		random := rand.New(rand.NewPCG(seed, 0))
		paths := []string{""} // to choose from
		weights := map[string]int{}
		for range 400 {
			path := paths[random.IntN(len(paths))]
			switch child := path + "/" + string('a'+rune(random.IntN(6))); {
			case weights[child] == 0 && len(child) < 20:
				f.make(child)
				paths, weights[child] = append(paths, child), 100
			case path != "" && random.IntN(3) == 0:
				f.remove(path)
				gone := func(p string) bool { return p == path || strings.HasPrefix(p, path+"/") }
				paths = slices.DeleteFunc(paths, gone)
				maps.DeleteFunc(weights, func(p string, _ int) bool { return gone(p) })
			case path != "":
				weights[path] = 1 + random.IntN(10000)
				f.write(path, "cpu.weight", strconv.Itoa(weights[path]))
			}
		}
		f.make("/end")
		weights["/end"] = 100

		there := f.ids()

		// What the events tell, from the first on.
		told := map[uint64]*Group{tree.Find("/").ID: tree.Find("/")}
		known := 0
		asWritten := func() bool {
			for _, e := range tree.seen[known:] {
				if told[e.Group.ID] = e.Group; e.Kind == Gone {
					delete(told, e.Group.ID)
				}
			}
			known = len(tree.seen)
			if len(told) != len(there) {
				return false
			}
			for id, g := range told {
				if g.Path != there[id] || g.CPU.Weight != weights[g.Path] {
					return false
				}
			}
			return true
		}
		tree.await(asWritten)
		close(done)
		readers.Wait()
		tree.expect(f)

		// The slow reader knows the same.
		view := map[uint64]*Group{}
		for {
			e, ok := slow.Poll()
			if !ok {
				break
			}
			switch e.Kind {
			case Resync:
				clear(view)
				for g := range tree.All() {
					view[g.ID] = g
				}
			case Gone:
				delete(view, e.Group.ID)
			default:
				view[e.Group.ID] = e.Group
			}
		}
		if len(view) != len(told) {
			t.Errorf("the slow reader knows %d groups of %d", len(view), len(told))
		}
		for id, g := range view {
			if told[id] != g {
				t.Errorf("the slow reader knows %+v, not %+v", g, told[id])
			}
		}
	}
}
