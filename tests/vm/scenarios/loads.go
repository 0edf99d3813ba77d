package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// The verifier's limit on the instructions that it processes for a program, BPF_COMPLEXITY_LIMIT_INSNS, and
// our programs' limit: with the next kernel's verifier, or clang, they may need a few times as many.
const (
	verifierLimit = 1_000_000
	verifierShare = verifierLimit / 3
)

// The options decide which branches of the programs the verifier sees.
var optionSets = []scx.Options{
	{},
	{KernelMode: true},
	{NoBuiltinIdle: true, Partial: true, DirectBound: true, DirectSync: true, BatchWindow: time.Millisecond, OwnDomains: true, Ends: true},
}

var _ = register(Scenario{
	Name: "loads", Kernels: everyKernel,
	Doc: "the verifier accepts each program under all options, and no program takes more than a third of its limit",
	run: func(t *T) {
		t.expectLibrary()
		most := map[string]uint32{}
		for _, options := range optionSets {
			for name, verified := range t.loaded(options) {
				most[name] = max(most[name], verified)
			}
		}
		names := make([]string, 0, len(most))
		for name := range most {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			t.Logf("%-16s %7d instructions verified", name, most[name])
			if most[name] > verifierShare {
				t.Errorf("%s: the verifier walked through %d instructions: more than a third of its limit of %d",
					name, most[name], verifierLimit)
			}
		}
		t.ErrorIf(most["scxb_enqueue"] == 0 || most["scxb_flush"] == 0, "programs are missing: there are %v", names)
		text, err := json.Marshal(most)
		t.Check(err, "encode what was verified")
		t.Check(os.WriteFile(filepath.Join(os.Getenv("SCXB_OUT"), "verified.json"), text, 0o644), "keep it")
	},
})

// loaded loads the programs once, and returns how many instructions the verifier processed for each. The kernel
// keeps 15 letters of a name; of several programs with the same name it returns the most.
func (t *T) loaded(options scx.Options) map[string]uint32 {
	before, err := readPrograms()
	t.Check(err, "list the BPF programs")
	s, err := scx.Open(options)
	t.Check(err, "open with %+v", options)
	defer s.Close()
	after, err := readPrograms()
	t.Check(err, "list the BPF programs again")
	verified := map[string]uint32{}
	for id, program := range after {
		if _, old := before[id]; !old && strings.HasPrefix(program.name, "scxb_") {
			verified[program.name] = max(verified[program.name], program.verified)
		}
	}
	return verified
}

// libraryFolder is the variable that says where the library must come from.
const libraryFolder = "SCXB_LIBRARY_FOLDER"

// expectLibrary fails if the loaded library is not the requested one.
func (t *T) expectLibrary() {
	folder := os.Getenv(libraryFolder)
	if folder == "" {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	t.Check(err, "read what is mapped")
	t.FatalIf(!strings.Contains(string(maps), folder+"/libscxbridge.so"), "the library in use is not that of %s", folder)
}

// withLibrary runs this program with the library in another folder.
func withLibrary(folder string, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, variable := range []string{"LD_LIBRARY_PATH", libraryFolder} {
		if err := os.Setenv(variable, folder); err != nil {
			return err
		}
	}
	return syscall.Exec(self, append([]string{self}, args...), os.Environ())
}
