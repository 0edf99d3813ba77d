package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// asService lets the fake record what it tells a service manager.
func (f *fake) asService(t *testing.T) chan string {
	told := make(chan string, 100)
	f.notify = func(state string) error { told <- state; return nil }
	folder := filepath.Join(t.TempDir(), "scx_goland")
	if err := os.Mkdir(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	f.environ = append(f.environ, "RUNTIME_DIRECTORY=/other:"+folder)
	return told
}

func TestServiceIsTold(t *testing.T) {
	f := newFake(t)
	told := f.asService(t)
	file := f.write(t, "etc/scx_goland/scx_goland.yaml", "slice: 5ms\n")
	hangup := make(chan os.Signal)
	f.hangup = hangup
	f.watchdog = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	expect := func(want ...string) {
		t.Helper()
		for _, pattern := range want {
			if got := <-told; !regexp.MustCompile("^(?s:" + pattern + ")$").MatchString(got) {
				t.Errorf("told %q, not %q", got, pattern)
			}
		}
	}
	f.run = func(ctx context.Context, p scxbridge.Policy, o scxbridge.RunOptions) error {
		if wait := p.(scxbridge.Ticker).Tick(); wait != time.Hour/perWatchdog {
			t.Errorf("a round may wait for %v", wait)
		}
		o.OnAttach(nil)
		expect(`READY=1\nSTATUS="goland" is attached, policy vruntime`)
		for _, reload := range []struct{ text, status string }{
			{"slice: 6ms\n", `reloaded: slice is "6ms", was "5ms"`},
			{"slice: 6\nbatch: x\n", "reload refused, the old configuration goes on: .*slice.*batch.*"},
		} {
			if err := os.WriteFile(file, []byte(reload.text), 0o644); err != nil {
				t.Error(err)
			}
			hangup <- syscall.SIGHUP
			expect(`RELOADING=1\nMONOTONIC_USEC=[1-9]\d+`, `READY=1\nSTATUS=`+strings.ReplaceAll(reload.status, ".*", `[^\n]*`))
		}
		o.OnAttach(nil) // restarted
		expect(`READY=1\nSTATUS="goland" is attached.*`)
		cancel()
		expect(stopping)
		return nil
	}
	if code := f.command(ctx, nil); code != exitAsked {
		t.Errorf("exit code %d, %s", code, &f.errs)
	}
	if len(told) > 0 {
		t.Errorf("told %q", <-told)
	}
}

// Without rounds the service manager hears nothing, and acts.
func TestWatchdogOnlyWhileRoundsGoOn(t *testing.T) {
	f := newFake(t)
	told := f.asService(t)
	p := &pulse{limit: time.Second}
	ticks := make(chan time.Time)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { f.watch(ctx, p, ticks); close(done) }()
	ticks <- time.Time{} // it has begun
	for range 3 {
		p.beat()
		ticks <- time.Time{}
		ticks <- time.Time{} // taken after the look before is over
	}
	cancel()
	<-done
	if len(told) != 3 {
		t.Errorf("told %d times that it lives, for 3 rounds in 7 looks", len(told))
	}
}

func TestNotifyFails(t *testing.T) {
	f := newFake(t)
	f.notify = func(string) error { return syscall.ECONNREFUSED }
	if f.tell(alive); !strings.Contains(f.errs.String(), "tell the service manager WATCHDOG=1: connection refused") {
		t.Errorf("%s", &f.errs)
	}
}

func TestEjectedTooOften(t *testing.T) {
	f := newFake(t)
	if f.ejected(0) {
		t.Error("counted without a service")
	}
	f.asService(t)
	minute := func(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
	for i, at := range []float64{0, 2, 2.1, 4, 5.5} { // the first is too long ago
		if f.ejected(minute(at)) {
			t.Errorf("ejection %d is too many", i)
		}
	}
	if !f.ejected(minute(6)) {
		t.Error("five ejections in four minutes are not too many")
	}
	if f.ejected(minute(6.1)) {
		t.Error("a start by hand does not begin anew")
	}
	file := f.handover("ejections")
	for _, text := range []string{"", "x\n-1\n99999999999999999999\n", strings.Repeat("9223372036854775807\n", 9)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if f.ejected(minute(7)) {
			t.Errorf("%q counts", text)
		}
	}
	if f.errs.Len() > 0 {
		t.Errorf("%s", &f.errs)
	}

	ended := &scxbridge.EndedError{Info: scxbridge.ExitInfo{Kind: scxbridge.ExitErrorStall, Reason: "runnable task stall"}}
	f.run = func(context.Context, scxbridge.Policy, scxbridge.RunOptions) error { return ended }
	_ = os.Remove(file)
	for i := range ejectionsAllowed {
		if code, _, errs := f.do(); code != exitEjected || strings.Contains(errs, "not started again") {
			t.Errorf("%d: exit code %d, %s", i, code, errs)
		}
	}
	if code, _, errs := f.do(); code != exitEjectedOften || !strings.Contains(errs, "ejected 5 times in 5 minutes: not started again") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

func TestCannotRun(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/sched_ext"); err == nil {
		t.Skip("this kernel has sched_ext")
	}
	_, err := scxbridge.Open(scxbridge.Options{})
	if errors.Is(err, scxbridge.ErrPermission) {
		t.Skip("whether there is sched_ext is looked at as root only")
	}
	f := newFake(t)
	f.run = func(context.Context, scxbridge.Policy, scxbridge.RunOptions) error { return err }
	if code, _, errs := f.do("--adopt=auto"); code != exitCannot {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// What cannot be taken over is detached, and one is started.
func TestAdoptAutoStartsAnew(t *testing.T) {
	for _, test := range []struct {
		errno    syscall.Errno
		before   string // the name that the agent before left
		detached string
	}{
		{syscall.ENOENT, "", ""}, {syscall.ENOENT, "goland", ""}, {syscall.ENOENT, "other", "other"},
		{syscall.ESHUTDOWN, "goland", "goland"}, {syscall.EOPNOTSUPP, "", ""}, {syscall.EOPNOTSUPP, "pinned", "goland"},
	} {
		f := newFake(t)
		f.asService(t)
		switch test.before {
		case "":
		case "pinned":
			f.write(t, "sys/fs/bpf/scxbridge/goland/link", "")
		default:
			f.leaveName(test.before)
		}
		var detached string
		f.detach = func(name string) error { detached = name; return nil }
		f.run = func(_ context.Context, _ scxbridge.Policy, o scxbridge.RunOptions) error {
			if o.Adopt {
				return &scxbridge.Error{Op: "adopt", Errno: test.errno}
			}
			o.OnAttach(nil)
			return nil
		}
		if code, _, errs := f.do("--adopt=auto"); code != exitAsked || detached != test.detached || f.leftName() != "goland" {
			t.Errorf("%+v: exit code %d, detached %q, name %q: %s", test, code, detached, f.leftName(), errs)
		}
		if code, _, _ := f.do("--adopt"); code != exitError {
			t.Errorf("%+v: --adopt: exit code %d", test, code)
		}
	}
}

func TestServiceStopped(t *testing.T) {
	for _, test := range []struct {
		job, result, status string
		stays               bool
	}{
		{"stop", "success", "0", false},
		{"restart", "success", "0", true}, // systemctl restart, an upgrade
		{"stop", "timeout", "KILL", false},
		{"", "success", "0", false},
		{"", "signal", "KILL", true},
		{"", "watchdog", "ABRT", true},
		{"", "exit-code", "1", true},
		{"", "exit-code", "2", false},
		{"", "exit-code", "3", true},
		{"", "exit-code", "6", false},
		{"", "exit-code", "78", false},
		{"fails", "signal", "KILL", false},
	} {
		f := newFake(t)
		f.environ = append(f.environ, "SERVICE_RESULT="+test.result, "EXIT_STATUS="+test.status)
		f.asService(t)
		f.leaveName("before")
		f.job = func(unit string) (string, error) {
			if unit != "x.service" || test.job == "fails" {
				return "", errors.New("no answer")
			}
			return test.job, nil
		}
		var detached string
		f.detach = func(name string) error { detached = name; return nil }
		want := "before"
		if test.stays {
			want = ""
		}
		code, _, errs := f.do("detach", "--service-stopped=x.service")
		if code != exitAsked || detached != want || (test.job == "fails") != strings.Contains(errs, "no answer") {
			t.Errorf("%+v: exit code %d, detached %q, %s", test, code, detached, errs)
		}
	}
	f := newFake(t)
	f.job = func(string) (string, error) { return "stop", nil }
	var err error
	f.detach = func(string) error { return err }
	for errno, want := range map[syscall.Errno]int{syscall.ENOENT: exitAsked, syscall.EBUSY: exitError} {
		err = &scxbridge.Error{Op: "detach", Errno: errno}
		if code, _, errs := f.do("detach", "--service-stopped=x.service"); code != want {
			t.Errorf("%v: exit code %d, %s", errno, code, errs)
		}
	}
}

func TestJobIn(t *testing.T) {
	lines := "231 y.service stop waiting\n230 x.service restart running\n\n"
	for unit, want := range map[string]string{"x.service": "restart", "y.service": "stop", "z.service": "", "restart": ""} {
		if got := jobIn(lines, unit); got != want {
			t.Errorf("%s: %q", unit, got)
		}
	}
}

// The unit knows after which exit codes a new start has no use.
func TestUnitHasTheExitCodes(t *testing.T) {
	unit, err := os.ReadFile("../../../packaging/scx_goland.service.in")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^RestartPreventExitStatus=(.*)$`).FindSubmatch(unit)
	if line == nil {
		t.Fatal("the unit has no RestartPreventExitStatus=")
	}
	var codes []int
	for _, word := range strings.Fields(string(line[1])) {
		code, err := strconv.Atoi(word)
		if err != nil {
			t.Error(err)
		}
		codes = append(codes, code)
	}
	if !slices.Equal(codes, notRestarted) {
		t.Errorf("the unit has %v, the agent %v", codes, notRestarted)
	}
}

func TestJournal(t *testing.T) {
	f := newFake(t)
	f.journal = true
	f.say(failure, "%s", "a\n  b\n")
	var level slog.LevelVar
	log := f.logger(&level)
	log.Warn("restarting", "cause", errors.New("x y"))
	level.Set(slog.LevelWarn)
	log.Info("not told")
	log.With("n", 1).WithGroup("g").Error("bad", "k", "v")
	if want := "<3>a\n<3>  b\n<4>restarting cause=x y\n<3>bad n=1 g.k=v\n"; f.errs.String() != want {
		t.Errorf("%q, not %q", f.errs.String(), want)
	}
	if code, _, errs := f.do("--slice", "5"); code != exitUsage || !strings.HasPrefix(errs, "<3>--slice: \"5\" has no unit") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}
