package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"strings"
	"syscall"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

var defaults = scxbridge.Options{
	Name: "scxbridge", Timeout: 5 * time.Second, Grace: 10 * time.Millisecond, Slice: 5 * time.Millisecond,
	SliceMax: 100 * time.Millisecond, QueuedBytes: 1 << 20, DecisionsBytes: 1 << 18, ExitDumpBytes: 1 << 15,
}

func TestParse(t *testing.T) {
	c, err := parse(nil, nil, defaults)
	if err != nil {
		t.Fatal(err)
	}
	want := defaults
	want.Name = "goland"
	if c.options != want || c.policy != "vruntime" || c.stats != 0 || c.gcPercent != gcUnset || c.batch != 512 {
		t.Errorf("defaults: %+v", c)
	}
	c, err = parse([]string{"--policy", "fifo", "--slice=3ms", "--slice-min", "2ms", "--grace", "0", "--timeout", "2s", "--partial",
		"--no-builtin-idle", "--lock-memory", "--name", "x", "--stats", "0.5", "--stats-format", "json", "--batch", "7", "--gc-percent", "-1",
		"--verbose", "--slice-kernel", "4ms", "--slice-max", "9ms", "--queued-bytes", "4096", "--decisions-bytes", "8192",
		"--exit-dump-bytes", "1", "--debug"}, nil, defaults)
	if err != nil {
		t.Fatal(err)
	}
	want = scxbridge.Options{Name: "x", Timeout: 2 * time.Second, Grace: scxbridge.GraceImmediate, Slice: 4 * time.Millisecond,
		SliceMax: 9 * time.Millisecond, QueuedBytes: 4096, DecisionsBytes: 8192, ExitDumpBytes: 1, NoBuiltinIdle: true, Partial: true,
		LockMemory: true, Debug: true}
	if c.options != want || c.policy != "fifo" || c.slice != 3*time.Millisecond || c.sliceMin != 2*time.Millisecond ||
		c.stats != 500*time.Millisecond || c.statsFormat != "json" || c.batch != 7 || c.gcPercent != -1 || !c.verbose {
		t.Errorf("all given: %+v", c)
	}
}

func TestUsageErrors(t *testing.T) {
	for _, args := range []string{
		"--nonsense", "extra", "--stats-format xml", "--stats -1", "--stats nan", "--batch 0", "--gc-percent -2", "--slice 0", "--slice 1s",
		"--grace -1ms", "--policy lottery", "--slice ten", "--slice-min -1ms",
	} {
		var out, errs bytes.Buffer
		code := command(context.Background(), strings.Fields(args), &out, &errs, nil)
		if code != exitUsage || !strings.HasPrefix(errs.String(), "scx_goland: ") || out.Len() != 0 {
			t.Errorf("%s: exit code %d, %q, %q", args, code, out.String(), errs.String())
		}
	}
}

// An option that the library refuses is named as the user typed it, and so are its range and unit.
func TestRefusedOptionsNameTheirFlag(t *testing.T) {
	for args, want := range map[string]string{
		"--timeout 1h":              "--timeout: 1h0m0s is not in 1ms to 30s",
		"--grace 5s":                "--grace: 5s is not in 0s to 1s",
		"--grace 5500ns":            "--grace: 5.5µs is not a multiple of 1µs",
		"--slice-kernel 1us":        "--slice-kernel: 1µs is not in 100µs to 1s",
		"--slice-max 20s":           "--slice-max: 20s is not in 5ms to 1s",
		"--batch-window 2s":         "--batch-window: 2s is not in 0s to 10ms",
		"--queued-bytes 5000":       "--queued-bytes: 5000 is not a power of two from 4096 to 67108864",
		"--decisions-bytes -1":      "--decisions-bytes: -1 is not in 0 to 4294967295",
		"--exit-dump-bytes 9999999": "--exit-dump-bytes: 9999999 is not in 0 to 1048576",
		"--name a+b":                `--name: "a+b" is not 1 to 127 of letters, digits, '_' and '.'`,
	} {
		if code, _, errs := runWith(nil, strings.Fields(args)...); code != exitUsage || !strings.HasPrefix(errs, "scx_goland: "+want+"\n") {
			t.Errorf("%s: exit code %d, %q", args, code, errs)
		}
	}
}

func TestParseErrorsNameFlagsAsTyped(t *testing.T) {
	for args, want := range map[string]string{
		"--grace 5":     `invalid value "5" for flag --grace: parse error: a time needs a unit, as in 5ms`,
		"--batch -x":    `invalid value "-x" for flag --batch: parse error`,
		"--bogus":       "flag provided but not defined: --bogus",
		"--name":        "flag needs an argument: --name",
		"--debug=maybe": `invalid boolean value "maybe" for --debug: parse error`,
	} {
		if code, _, errs := runWith(nil, strings.Fields(args)...); code != exitUsage || !strings.HasPrefix(errs, "scx_goland: "+want+"\n") {
			t.Errorf("%s: exit code %d, %q", args, code, errs)
		}
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if _, err := parse([]string{"--help"}, &out, defaults); !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	for _, want := range []string{"--policy fifo|vruntime", "--stats seconds", "(default 20ms)", "(default goland)", "Exit codes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %q:\n%s", want, out.String())
		}
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if len(line) > 120 {
			t.Errorf("help's line is long: %s", line)
		}
	}
}

// runWith runs the command with Run replaced by one that returns err.
func runWith(err error, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = command(context.Background(), args, &out, &errs, func(_ context.Context, p scxbridge.Policy, o scxbridge.RunOptions) error {
		if _, ok := p.(*policy.VRuntime); !ok || !o.Restart || o.Name != "goland" {
			return errors.New("wrong call")
		}
		return err
	})
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	if code, out, errs := runWith(nil); code != exitAsked || out != "" || errs != "" {
		t.Errorf("asked: %d, %q, %q", code, out, errs)
	}
	busy := &scxbridge.Error{Op: "attach", Errno: syscall.EBUSY, Detail: `attach "goland": another scheduler "rustland" is active; stop it first`}
	if code, _, errs := runWith(busy); code != exitError || errs != "scx_goland: attach \"goland\": another scheduler \"rustland\" is active; stop it first\n" {
		t.Errorf("error: %d, %q", code, errs)
	}
	if code, _, errs := runWith(errors.New("scxbridge: run: odd")); code != exitError || errs != "scx_goland: run: odd\n" {
		t.Errorf("error: %d, %q", code, errs)
	}
	ended := &scxbridge.EndedError{Info: scxbridge.ExitInfo{Kind: scxbridge.ExitErrorStall, Code: 3, Reason: "runnable task stall", Message: "x[1] failed", Dump: "the dump\n"}}
	code, _, errs := runWith(ended)
	want := `scx_goland: the kernel ejected "goland": runnable task stall (kind 1026, code 0x3)
  reason:  runnable task stall
  message: x[1] failed
  (a debug dump of 9 bytes: see --verbose)
`
	if code != exitEjected || errs != want {
		t.Errorf("ejected: %d, %q", code, errs)
	}
	if code, _, errs := runWith(ended, "--verbose"); code != exitEjected || !strings.HasSuffix(errs, "\n\nthe dump\n") {
		t.Errorf("ejected: %d, %q", code, errs)
	}
}

// clock advances by a second and a half each time it is read.
func clock() func() time.Time {
	now := time.Unix(1000, 0)
	return func() time.Time {
		now = now.Add(1500 * time.Millisecond)
		return now
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, false, clock())
	r.attached()
	s := scxbridge.Stats{}
	for i := 0; i < headerEvery+1; i++ {
		s.Queued += 3_000_000
		s.Dispatched += 15
		s.SharedWaiting = 7
		r.interval(s)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != headerEvery+3 {
		t.Fatalf("%d lines, want a header each %d:\n%s", len(lines), headerEvery, out.String())
	}
	want := []string{"3.0s", "2000000", "10", "0", "0", "0", "0", "0", "0", "0", "7"}
	if got := strings.Fields(lines[1]); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("line %q, want %q", got, want)
	}
	if !strings.HasPrefix(strings.TrimSpace(lines[headerEvery+1]), "time") {
		t.Errorf("no second header: %q", lines[headerEvery+1])
	}
	// Each column ends where its name ends.
	for i := range lines {
		if len(lines[i]) != len(lines[0]) {
			t.Errorf("lines of %d and %d characters:\n%s\n%s", len(lines[0]), len(lines[i]), lines[0], lines[i])
		}
	}
	for i := range lines[0] {
		ends := lines[0][i] != ' ' && (i+1 == len(lines[0]) || lines[0][i+1] == ' ')
		if ends && (lines[1][i] == ' ' || i+1 < len(lines[1]) && lines[1][i+1] != ' ') {
			t.Errorf("column that ends at %d is not aligned:\n%s\n%s", i, lines[0], lines[1])
		}
	}
}

func TestSummaryOverRestarts(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, false, clock())
	life := scxbridge.Stats{Queued: 10, Dispatched: 6, Rescued: 3, Gone: 1, Decisions: 9, Stale: 2, Refused: 1, IdleDirect: 4, Congested: 5, AgentDirect: 6, KthreadDirect: 7}
	for i := 0; i < 2; i++ {
		r.attached()
		r.detached(life)
	}
	if err := r.summary(); err != nil {
		t.Fatal(err)
	}
	want := `records:   20 queued = 12 dispatched + 6 rescued + 2 gone + 0 in flight
decisions: 18 written = 12 dispatched + 4 stale + 2 refused
no record: 8 to an idle CPU at wake-up, 10 congested, 12 agent threads, 14 kernel threads
restarts:  1
`
	if out.String() != want {
		t.Errorf("summary:\n%s\nwant:\n%s", out.String(), want)
	}
	r.past.LeasesGranted, r.past.LeaseUses, r.past.WakeupsDeferred, r.past.SyncSpared = 3, 40, 5, 7
	out.Reset()
	r.summary()
	if !strings.HasSuffix(out.String(), "also:      3 leases_granted, 40 lease_uses, 5 wakeups_deferred, 7 sync_spared\n") {
		t.Errorf("other counters are not told:\n%s", out.String())
	}
	r.past.Gone--
	out.Reset()
	r.summary()
	if !strings.Contains(out.String(), "in flight  (+1 unaccounted for)\n") {
		t.Errorf("a missing record is not told:\n%s", out.String())
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, true, clock())
	r.attached()
	r.detached(scxbridge.Stats{Queued: 5})
	r.attached()
	r.interval(scxbridge.Stats{Queued: 2, NrCPUs: 4})
	r.interval(scxbridge.Stats{Queued: 3, NrCPUs: 4})
	r.detached(scxbridge.Stats{Queued: 3})
	if err := r.summary(); err != nil {
		t.Fatal(err)
	}
	type line struct {
		Interval struct{ Queued int }
		Total    struct {
			Queued int
			NrCPUs int `json:"nr_cpus"`
		}
		Summary  struct{ Queued int }
		Restarts int
	}
	var got []line
	dec := json.NewDecoder(&out)
	for dec.More() {
		var l line
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if len(got) != 3 || got[1].Interval.Queued != 1 || got[1].Total.Queued != 8 || got[1].Total.NrCPUs != 4 || got[1].Restarts != 1 || got[2].Summary.Queued != 8 {
		t.Errorf("lines: %+v", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestWriteError(t *testing.T) {
	r := newReport(broken{}, false, clock())
	r.attached()
	if err := r.summary(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("summary() = %v, want EPIPE", err)
	}
}
