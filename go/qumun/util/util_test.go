package util

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	core "github.com/scxbridge/scxbridge/go/qumun"
)

var (
	_ func() (map[string]map[string][]int, error) = GetTopology
	_ func(*core.Sched) error                     = InitCacheDomains
	_ func() error                                = ImportScxEnums
	_ func() (bool, error)                        = IsSMTActive
	_ func() (*ScxEnums, error)                   = GetScxEnums
)

func TestTopology(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []struct{ cpu, index, level, list string }{
		{"cpu0", "index0", "1", "0"},
		{"cpu0", "index2", "2", "0-1"},
		{"cpu0", "index3", "3", "0-2,5"},
		{"cpu1", "index2", "2", "0-1"},
		{"cpu2", "index2", "2", "2"},
	} {
		index := filepath.Join(dir, f.cpu, "cache", f.index)
		if err := os.MkdirAll(index, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"level": f.level, "shared_cpu_list": f.list} {
			if err := os.WriteFile(filepath.Join(index, name), []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := topology(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string][]int{
		"L2": {"0-1": {0, 1}, "2": {2}},
		"L3": {"0-2,5": {0, 1, 2, 5}},
	}
	for level := range want {
		if !maps.EqualFunc(got[level], want[level], slices.Equal) {
			t.Errorf("%s: %v, not %v", level, got[level], want[level])
		}
	}
	if len(got) != 2 {
		t.Errorf("levels: %v", got)
	}
}

func TestParseCPUs(t *testing.T) {
	for _, list := range []string{"", "x", "1-", "-1", "3-1", "1,,2", "1-2-3"} {
		if cpus, err := parseCPUs(list); err == nil {
			t.Errorf("%q is %v", list, cpus)
		}
	}
}

func TestThisMachine(t *testing.T) {
	if err := InitCacheDomains(core.LoadSched("")); err != nil {
		t.Error(err)
	}
	if e, err := GetScxEnums(); err != nil || e.SCX_DSQ_LOCAL_ON != 3<<62 || ImportScxEnums() != nil {
		t.Errorf("%+v, %v", e, err)
	}
}
