package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"--grace 5":         `--grace: "5" has no unit; give a unit: 5ms`,
		"-grace 5":          `--grace: "5" has no unit; give a unit: 5ms`,
		"run --slice ten":   `--slice: "ten" is no time, such as 5ms`,
		"--batch -x":        `--batch: "-x" is no whole number`,
		"--bogus":           "unknown option --bogus",
		"--slcie 5ms":       "unknown option --slcie; did you mean slice?",
		"--name":            "--name needs a value",
		"--debug=maybe":     `--debug: "maybe" is neither true nor false`,
		"extra":             `unexpected argument "extra"`,
		"statsu":            `unexpected argument "statsu"; did you mean status?`,
		"detach now":        `unexpected argument "now"`,
		"exec":              "exec: give either -- and a command, or --pid",
		"exec --pid 3 true": "exec: give either -- and a command, or --pid",
		"exec --pid 0":      "exec: --pid: 0 is no process",
	} {
		code, out, errs := newFake(t).do(strings.Fields(args)...)
		if code != exitUsage || out != "" || errs != "scx_goland: "+want+"\nTry scx_goland --help.\n" {
			t.Errorf("%s: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}

func TestHelp(t *testing.T) {
	code, out, _ := newFake(t).do("--help")
	for _, want := range []string{"--policy fifo|vruntime", "--stats seconds", "(default 20ms)", "(default goland)", "Exit codes", "  detach "} {
		if code != exitAsked || !strings.Contains(out, want) {
			t.Errorf("exit code %d, help lacks %q:\n%s", code, want, out)
		}
	}
	for _, name := range commands {
		if code, out, _ := newFake(t).do(name, "--help"); code != exitAsked || !strings.Contains(out, "Usage: scx_goland "+name) {
			t.Errorf("%s: exit code %d, %s", name, code, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	do := func(err error, args ...string) (int, string, string) {
		f := newFake(t)
		f.run = func(_ context.Context, p scxbridge.Policy, o scxbridge.RunOptions) error {
			if _, ok := p.(*ruled).policy.(*policy.VRuntime); !ok || !o.Restart || o.Name != "goland" {
				return errors.New("wrong call")
			}
			return err
		}
		return f.do(args...)
	}
	for _, args := range [][]string{nil, {"run"}} {
		if code, out, errs := do(nil, args...); code != exitAsked || out != "" || errs != "" {
			t.Errorf("asked: %d, %q, %q", code, out, errs)
		}
	}
	busy := &scxbridge.Error{Op: "attach", Errno: syscall.EBUSY, Detail: `attach "goland": another scheduler "rustland" is active; stop it first`}
	if code, _, errs := do(busy); code != exitError || errs != "scx_goland: attach \"goland\": another scheduler \"rustland\" is active; stop it first\n" {
		t.Errorf("error: %d, %q", code, errs)
	}
	if code, _, errs := do(errors.New("scxbridge: run: odd")); code != exitError || errs != "scx_goland: run: odd\n" {
		t.Errorf("error: %d, %q", code, errs)
	}
	none := &scxbridge.Error{Op: "adopt", Errno: syscall.ENOENT}
	if code, _, errs := do(none, "--adopt"); code != exitError || errs != "scx_goland: adopt: no scheduler is pinned in /sys/fs/bpf/scxbridge/goland; start one with --pin\n" {
		t.Errorf("nothing pinned: %d, %q", code, errs)
	}
	ended := &scxbridge.EndedError{Info: scxbridge.ExitInfo{Kind: scxbridge.ExitErrorStall, Code: 3, Reason: "runnable task stall", Message: "x[1] failed", Dump: "the dump\n"}}
	code, _, errs := do(ended)
	want := `scx_goland: the kernel ejected "goland": runnable task stall (kind 1026, code 0x3)
  reason:  runnable task stall
  message: x[1] failed
  (a debug dump of 9 bytes: see --verbose)
`
	if code != exitEjected || errs != want {
		t.Errorf("ejected: %d, %q", code, errs)
	}
	if code, _, errs := do(ended, "--verbose"); code != exitEjected || !strings.HasSuffix(errs, "\n\nthe dump\n") {
		t.Errorf("ejected: %d, %q", code, errs)
	}
}

func TestVersionIsThePackages(t *testing.T) {
	cargo, err := os.ReadFile("../../../Cargo.toml")
	if err != nil {
		t.Fatal(err)
	}
	code, out, _ := newFake(t).do("--version")
	var told string
	fmt.Sscanf(out, "scx_goland %s", &told)
	if told = strings.TrimSuffix(told, ","); code != exitAsked || !strings.Contains(string(cargo), "\nversion = \""+told+"\"\n") {
		t.Errorf("exit code %d, %q", code, out)
	}
}

// auto takes over what is pinned, else starts; an option that an adopted scheduler can't have is told.
func TestAdoptAuto(t *testing.T) {
	for _, args := range []string{"--adopt=auto", "--adopt auto"} {
		if _, out, errs := newFake(t).do(append([]string{"check"}, strings.Fields(args)...)...); !strings.Contains(out, "valid") {
			t.Errorf("%s: %s", args, errs)
		}
	}
	for _, pinned := range []bool{true, false} {
		f := newFake(t)
		var adopts []bool
		f.run = func(ctx context.Context, _ scxbridge.Policy, o scxbridge.RunOptions) error {
			adopts = append(adopts, o.Adopt)
			if o.Adopt && !pinned {
				return &scxbridge.Error{Op: "adopt", Errno: syscall.ENOENT}
			}
			o.OnAttach(nil)
			return nil
		}
		code, _, errs := f.do("--pin", "--adopt=auto", "--grace", "3ms", "--policy", "fifo", "--lease", "1ms")
		want := []string{`"goland" is attached, policy fifo`}
		order := []bool{true, false}
		if pinned {
			want = []string{`"goland" is adopted, policy fifo`, "--grace has no effect: the adopted"}
			order = order[:1]
		}
		want = append(want, "--lease has no effect with the policy fifo", `"goland" stays attached, pinned`)
		for i, line := range strings.Split(strings.TrimSpace(errs), "\n") {
			if i >= len(want) || !strings.HasPrefix(line, "scx_goland: "+want[i]) {
				t.Errorf("pinned %v: line %q", pinned, line)
			}
		}
		if code != exitAsked || !slices.Equal(adopts, order) {
			t.Errorf("pinned %v: exit code %d, %v", pinned, code, adopts)
		}
	}
}

func TestDetachInSpiteOfFaults(t *testing.T) {
	for _, args := range []string{"detach --name x", "--detach --name x"} {
		f := newFake(t)
		var name string
		f.detach = func(n string) error { name = n; return nil }
		if code, _, errs := f.do(strings.Fields(args)...); code != exitAsked || name != "x" {
			t.Errorf("%s: exit code %d, %q, %s", args, code, name, errs)
		}
	}
	f := newFake(t)
	f.write(t, "etc/scx_goland/scx_goland.yaml", "name: y\nslice: 5\n")
	var name string
	f.detach = func(n string) error { name = n; return nil }
	if code, _, errs := f.do("detach"); code != exitAsked || name != "y" || !strings.Contains(errs, `has faults; going on with the name "y"`) {
		t.Errorf("exit code %d, %q, %s", code, name, errs)
	}
}

func TestDetachIfPinned(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, exitAsked},
		{&scxbridge.Error{Op: "detach", Errno: syscall.ENOENT}, exitAsked},
		{&scxbridge.Error{Op: "detach", Errno: syscall.EPERM}, exitError},
	} {
		f := newFake(t)
		f.detach = func(string) error { return c.err }
		if code, _, errs := f.do("detach", "--if-pinned"); code != c.code || (errs == "") != (code == exitAsked) {
			t.Errorf("%v: exit code %d, %s", c.err, code, errs)
		}
	}
}

func TestCheck(t *testing.T) {
	f := newFake(t)
	if code, out, _ := f.do("check"); code != exitAsked || !strings.Contains(out, "configuration: valid\nmachine: not looked at") {
		t.Errorf("no root: %d, %q", code, out)
	}
	f.uid = 0
	code, out, errs := f.do("check")
	if code != exitCannot || !strings.Contains(errs, "CONFIG_SCHED_CLASS_EXT=y") || !strings.Contains(errs, "CONFIG_DEBUG_INFO_BTF=y") || strings.Contains(out, "can run") {
		t.Errorf("an empty machine: %d, %q", code, errs)
	}
	f.write(t, "sys/kernel/sched_ext/state", "disabled\n")
	f.write(t, "sys/kernel/btf/vmlinux", "")
	if code, out, errs := f.do("check"); code != exitAsked || !strings.HasSuffix(out, "machine: can run it\n") {
		t.Errorf("a good machine: %d, %q, %q", code, out, errs)
	}
	f.write(t, "proc/sys/net/core/bpf_jit_enable", "0\n")
	if code, _, errs := f.do("check"); code != exitCannot || !strings.Contains(errs, "bpf_jit_enable=1") {
		t.Errorf("no JIT: %d, %q", code, errs)
	}
	if code, _, errs := f.do("check", "--slice", "9s"); code != exitUsage || !strings.Contains(errs, "--slice") {
		t.Errorf("invalid: %d, %q", code, errs)
	}
}

func TestStatus(t *testing.T) {
	f := newFake(t)
	if code, out, _ := f.do("status"); code != exitInactive || out != "scheduler: none; this kernel has no sched_ext\npinned:    no scheduler \"goland\"\n" {
		t.Errorf("no sched_ext: %d, %q", code, out)
	}
	f.write(t, "sys/kernel/sched_ext/state", "disabled\n")
	if code, out, _ := f.do("status"); code != exitInactive || !strings.HasPrefix(out, "scheduler: none; sched_ext is disabled\n") {
		t.Errorf("disabled: %d, %q", code, out)
	}
	f.write(t, "sys/kernel/sched_ext/state", "enabled\n")
	f.write(t, "sys/kernel/sched_ext/root/ops", "lavd\n")
	f.write(t, "sys/kernel/sched_ext/enable_seq", "3\n")
	if code, out, _ := f.do("status"); code != exitAsked || !strings.HasPrefix(out, "scheduler: lavd, enabled, number 3 since boot\n") {
		t.Errorf("another's: %d, %q", code, out)
	}
	f.write(t, "sys/fs/bpf/scxbridge/goland/link", "")
	code, out, _ := f.do("status", "--json")
	var s status
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitAsked || !s.Pinned || s.Active != "lavd" || s.EnableSeq != "3" || !s.Supported {
		t.Errorf("JSON: %d, %q, %v", code, out, err)
	}
}

func TestExec(t *testing.T) {
	f := newFake(t)
	var moved []int
	f.policyOf = func(tid int) error {
		moved = append(moved, tid)
		switch tid {
		case 7: // it starts another one
			f.write(t, "proc/7/task/9/stat", "")
		case 8:
			return syscall.ESRCH
		}
		return nil
	}
	f.write(t, "proc/7/task/7/stat", "")
	f.write(t, "proc/7/task/8/stat", "")
	if code, _, errs := f.do("exec", "--pid", "7"); code != exitAsked || !slices.Equal(moved, []int{7, 8, 9}) {
		t.Errorf("exit code %d, %v, %s", code, moved, errs)
	}
	if code, _, errs := f.do("exec", "--pid", "6"); code != exitError || !strings.HasPrefix(errs, "scx_goland: exec: list the threads of process 6: ") {
		t.Errorf("no such process: %d, %q", code, errs)
	}
	for errno, want := range map[syscall.Errno]string{syscall.EINVAL: "has no sched_ext", syscall.EPERM: "try as root", syscall.EACCES: "does not take it"} {
		f.policyOf = func(int) error { return errno }
		if code, _, errs := f.do("exec", "--pid", "7"); code != exitError || !strings.Contains(errs, want) {
			t.Errorf("%v: %d, %q", errno, code, errs)
		}
	}

	f.policyOf = func(tid int) error { moved = []int{tid}; return nil }
	var ran []string
	f.exec = func(path string, args, _ []string) error { ran = args; return syscall.ENOEXEC }
	code, _, errs := f.do("exec", "--", "true", "--json", "-slice")
	if code != exitError || !slices.Equal(ran, []string{"true", "--json", "-slice"}) || moved[0] != 0 || !strings.Contains(errs, "exec: run ") {
		t.Errorf("exit code %d, %q, %v, %s", code, ran, moved, errs)
	}
	if code, _, errs := f.do("exec", "--", "no-such-program"); code != exitError || !strings.Contains(errs, "no-such-program") {
		t.Errorf("no such program: %d, %q", code, errs)
	}
}
