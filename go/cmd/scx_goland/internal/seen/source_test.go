package seen

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

type fakeScheduler struct{ err error }

func (f fakeScheduler) Stats() (scxbridge.Stats, error) { return scxbridge.Stats{Queued: 7}, f.err }
func (f fakeScheduler) Cgroup(id uint64) (scxbridge.CgroupInfo, error) {
	return scxbridge.CgroupInfo{ID: id}, f.err
}
func (f fakeScheduler) Domains() (scxbridge.Domains, error) {
	return scxbridge.Domains{OfCPU: []int{0, 1, 0}, Closed: []bool{false, true}}, f.err
}

func TestView(t *testing.T) {
	root := t.TempDir()
	s := NewSource(root, Agent{Policy: "fifo"}, nil)
	if v := s.View(); v.Attached || v.Stats.Queued != 0 || v.Domains != nil {
		t.Errorf("before: %+v", v)
	}
	folder := filepath.Join(root, "sys/kernel/sched_ext/root")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "events"), []byte("SCX_EV_REENQ_IMMED 3\nSCX_EV_BYPASS_DURATION 4\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.Attached(fakeScheduler{})
	s.Reloaded("vruntime")
	s.Refused(errors.New("odd"))
	v := s.View()
	if !v.Attached || v.Stats.Queued != 7 || v.Agent.Attaches != 1 || v.Agent.Reloads != 1 || v.Agent.Refused != 1 || v.Agent.Errors != 1 ||
		v.Agent.LastError != "odd" || v.Agent.LastErrorAt.IsZero() || v.Agent.Policy != "vruntime" {
		t.Errorf("%+v", v)
	}
	if want := []Domain{{[]int{0, 2}, false}, {[]int{1}, true}}; !reflect.DeepEqual(v.Domains, want) {
		t.Errorf("%+v", v.Domains)
	}
	if want := []Event{{"reenq_immed", 3}, {"bypass_duration", 4}}; !slices.Equal(v.Events, want) {
		t.Errorf("%+v", v.Events)
	}
	// The last counters stay to be seen.
	s.Detached(scxbridge.Stats{Queued: 9})
	if v := s.View(); v.Attached || v.Stats.Queued != 9 {
		t.Errorf("after: %+v", v)
	}
	s.Attached(fakeScheduler{err: scxbridge.ErrClosed})
	if v := s.View(); v.Attached || v.Stats.Queued != 9 {
		t.Errorf("closed: %+v", v)
	}
	var none *Source
	none.Attached(fakeScheduler{})
	none.Failed(errors.New("x"))
}

func FuzzEvents(f *testing.F) {
	f.Add("SCX_EV_A 1\nSCX_EV_B 2")
	f.Add("SCX_EV_ 1\nX 2\nSCX_EV_A -1\nSCX_EV_a 3\n")
	f.Add("SCX_EV_A 1\nSCX_EV_A 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		events := parseEvents(text)
		names := map[string]bool{}
		if len(events) > eventsMax || len(events) > strings.Count(text, "SCX_EV_") {
			t.Errorf("%d events", len(events))
		}
		for _, e := range events {
			if !isName(e.Name) || names[e.Name] {
				t.Errorf("%q is no name, or there twice", e.Name)
			}
			names[e.Name] = true
		}
	})
}
