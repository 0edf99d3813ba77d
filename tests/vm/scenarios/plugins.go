//go:build !demo

package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Gthulhu/plugin/models"
	"github.com/Gthulhu/plugin/plugin"
	scx "github.com/scxbridge/scxbridge/go"
	core "github.com/scxbridge/scxbridge/go/qumun"
	"github.com/scxbridge/scxbridge/go/qumun/plugintest"
	"github.com/scxbridge/scxbridge/go/qumun/util"
)

const (
	pluginSlice    = uint64(5 * time.Millisecond)
	pluginSliceMin = uint64(time.Millisecond / 2)
)

// pluginSession is a scheduler of the package qumun that runs in this process.
type pluginSession struct {
	t     *T
	sched *core.Sched
	stop  func() scx.Stats
}

// schedulePlugin starts a session as schedulers with that API do, and returns when it is attached. Its stop, or the
// scenario's end, detaches, and checks that every record and decision is accounted for.
func (t *T) schedulePlugin(p plugin.CustomScheduler) *pluginSession {
	s := core.LoadSched("main.bpf.o")
	t.Cleanup(s.Close)
	s.SetPlugin(p)
	t.Check(s.AssignUserSchedPid(os.Getpid()), "assign the pid")
	t.Check(util.ImportScxEnums(), "import the constants")
	s.Start()
	t.Check(util.InitCacheDomains(s), "tell the caches")
	t.Check(s.Attach(), "attach")
	t.expectState("enabled")
	if got := extState("root/ops"); got != "goland" {
		t.Fatalf("the active scheduler is %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- plugintest.Loop(ctx, s, pluginSlice, pluginSliceMin) }()
	t.Cleanup(cancel)
	return &pluginSession{t, s, t.once(func() scx.Stats {
		t.expectState("enabled")
		t.ErrorIf(s.Stopped(), "it says that it has stopped")
		cancel()
		select {
		case err := <-ended:
			t.Check(err, "run the loop")
		case <-time.After(time.Minute):
			t.Fatalf("the loop did not end")
		}
		st := t.detach(s.Scheduler())
		bss, err := s.GetBssData()
		t.Check(err, "read the counters")
		t.ErrorIf(bss.Nr_user_dispatches != st.Dispatched || bss.Nr_cancel_dispatches != st.Stale, "the counters differ: %v", bss)
		if uei, err := s.GetUeiData(); err != nil || uei.Kind != int32(scx.ExitUnreg) {
			t.Errorf("it ended with %v, kind %d, %q", err, uei.Kind, uei.GetReason())
		}
		s.Close()
		t.ErrorIf(!s.Stopped(), "closed, and not stopped")
		return st
	})}
}

// underLoad runs messages, hogs and a fork storm: each must finish.
func (s *pluginSession) underLoad() {
	loads := []*process{
		s.t.load("messages", "--groups", "1", "--count", "300"),
		s.t.load("hog", "--threads", "3", "--seconds", "3"),
		s.t.load("forkstorm", "--parallel", "2", "--count", "25"),
	}
	for _, load := range loads {
		load.succeed(4 * time.Minute)
	}
}

func newPlugin(t *T, mode string) plugin.CustomScheduler {
	p, err := plugin.NewSchedulerPlugin(context.Background(), &plugin.SchedConfig{
		Mode:      mode,
		Scheduler: plugin.Scheduler{SliceNsDefault: pluginSlice, SliceNsMin: pluginSliceMin},
		// The plugin gthulhu makes a ticker from it even if it has no server to ask.
		APIConfig: plugin.APIConfig{Interval: 3600},
	})
	t.Check(err, "make the plugin %s", mode)
	return p
}

// pluginsMissing says why this program was built without the module github.com/Gthulhu/plugin; see
// tests/vm/build_scenarios.py.
var pluginsMissing string

// The plugins of github.com/Gthulhu/plugin.
var gthulhuPlugins = []string{"simple", "simple-fifo", "gthulhu"}

// pluginScenario is the name of the scenario with a plugin.
func pluginScenario(mode string) string {
	return "plugin_" + strings.ReplaceAll(strings.TrimPrefix(mode, "test-"), "-", "_")
}

// One scenario for each registered plugin: those of plugintest, and those of
// github.com/Gthulhu/plugin unless they are missing.
var _ = func() bool {
	if err := plugintest.Register(); err != nil {
		panic(err)
	}
	modes := plugin.GetRegisteredModes()
	for _, mode := range gthulhuPlugins {
		if slices.Contains(modes, mode) {
			continue
		}
		register(Scenario{
			Name: pluginScenario(mode),
			Doc:  "a scheduler written for scx_goland_core, with the plugin " + mode + " of github.com/Gthulhu/plugin",
			run: func(t *T) {
				t.FatalIf(pluginsMissing == "", "github.com/Gthulhu/plugin was fetched, and has no plugin %q", mode)
				t.Skipf("github.com/Gthulhu/plugin cannot be fetched: %s", pluginsMissing)
			},
		})
	}
	for _, mode := range modes {
		register(Scenario{
			Name: pluginScenario(mode),
			Doc:  "a scheduler written for scx_goland_core, with the plugin " + mode + ": every process finishes, nothing is lost",
			run: func(t *T) {
				s := t.schedulePlugin(newPlugin(t, mode))
				s.underLoad()
				st := s.stop()
				t.Logf("%d decisions in %d flushes and %d drains", st.Decisions, st.Flushes, st.Drains)
				t.ErrorIf(st.Dispatched < 300, "only %d decisions were carried out", st.Dispatched)
				t.ErrorIf(st.Dispatched < st.Rescued, "more were rescued, %d, than dispatched, %d", st.Rescued, st.Dispatched)
				t.ErrorIf(st.Refused != 0, "%d decisions were malformed", st.Refused)
			},
		})
	}
	return true
}()

// forgetful loses one task of ten.
type forgetful struct {
	plugin.CustomScheduler
	selected, forgotten int
}

func (f *forgetful) SelectQueuedTask(s plugin.Sched) *models.QueuedTask {
	for {
		t := f.CustomScheduler.SelectQueuedTask(s)
		if t == nil {
			return nil
		}
		if f.selected++; f.selected%10 != 0 {
			return t
		}
		f.forgotten++
	}
}

var _ = register(Scenario{
	Name: "plugin_forgets",
	Doc:  "a plugin that loses one task of ten: the kernel side runs those, and every process finishes",
	run: func(t *T) {
		p := &forgetful{CustomScheduler: newPlugin(t, plugintest.Vtime)}
		s := t.schedulePlugin(p)
		s.underLoad()
		st := s.stop()
		t.Logf("%d forgotten, %d rescued", p.forgotten, st.Rescued)
		// A forgotten record may not lead to a rescue, if the task's next record is decided.
		t.ErrorIf(p.forgotten < 50 || st.Rescued < uint64(p.forgotten)/2, "%d were forgotten, %d rescued", p.forgotten, st.Rescued)
	},
})

var _ = register(Scenario{
	Name: "plugin_priority",
	Doc:  "a priority task of a scheduler written for scx_goland_core preempts hogs; an ordinary one does not",
	run: func(t *T) {
		s := t.schedulePlugin(newPlugin(t, plugintest.Deadline))
		stats := func() scx.Stats { return t.statsOf(s.sched.Scheduler()) }
		t.hogs(4)
		t.Await(time.Minute, "the hogs run", func() bool { return stats().Dispatched > 20 })
		sleeper := t.endless("sleeper", "--period-us", "10000")
		dispatched := stats().Dispatched
		t.Await(time.Minute, "the sleeper runs", func() bool { return stats().Dispatched > dispatched+100 })
		if n := stats().Preempts; n != 0 {
			t.Errorf("%d preemptions without a priority task", n)
		}
		for _, tid := range sleeper.threads() {
			t.Check(s.sched.UpdatePriorityTask(uint32(tid), pluginSlice), "make thread %d a priority task", tid)
		}
		t.Await(time.Minute, "a priority task preempts", func() bool { return stats().Preempts > 20 })
	},
})
