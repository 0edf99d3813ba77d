package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/spf13/pflag"
)

// parse loads what a command line says.
func (f *fake) parse(args ...string) (*config, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(config).defineWith(f.defaults, flags)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return f.load(given(flags))
}

func TestFlags(t *testing.T) {
	f := newFake(t)
	c, err := f.parse()
	if err != nil {
		t.Fatal(err)
	}
	want := defaults
	want.Name = "goland"
	if c.native() != want || c.policy != "vruntime" || c.stats != 0 || c.gcPercent != gcUnset || c.batch != 512 || c.adopt != "no" {
		t.Errorf("defaults: %+v", c)
	}
	c, err = f.parse("--policy", "fifo", "--slice=3ms", "--slice-min", "2ms", "--grace", "0", "--timeout", "2s", "--partial",
		"--no-builtin-idle", "--lock-memory", "--name", "x", "--stats", "0.5", "--stats-format", "json", "--batch", "7", "--gc-percent", "-1",
		"--verbose", "--slice-kernel", "4ms", "--slice-max", "9ms", "--queued-bytes", "4096", "--decisions-bytes", "8192",
		"--exit-dump-bytes", "1", "--debug", "--adopt")
	if err != nil {
		t.Fatal(err)
	}
	want = scxbridge.Options{Name: "x", Timeout: 2 * time.Second, Grace: scxbridge.GraceImmediate, Slice: 4 * time.Millisecond,
		SliceMax: 9 * time.Millisecond, QueuedBytes: 4096, DecisionsBytes: 8192, ExitDumpBytes: 1, NoBuiltinIdle: true, Partial: true,
		LockMemory: true, Debug: true}
	if c.native() != want || c.policy != "fifo" || c.slice != 3*time.Millisecond || c.sliceMin != 2*time.Millisecond ||
		c.stats != 500*time.Millisecond || c.statsFormat != "json" || c.batch != 7 || c.gcPercent != -1 || !c.verbose || c.adopt != "yes" {
		t.Errorf("all given: %+v", c)
	}
}

func TestPrecedence(t *testing.T) {
	f := newFake(t)
	file := f.write(t, "etc/scx_goland/scx_goland.yaml", "slice: 3ms\nlease: 4ms\nbatch: 9\ngrace: 0\nagent-cpus: 0,4-7\n")
	f.environ = []string{"SCX_GOLAND_SLICE=6ms", "SCX_GOLAND_LEASE=7ms", "HOME=/"}
	c, err := f.parse("--lease", "8ms")
	if err != nil {
		t.Fatal(err)
	}
	if c.batch != 9 || c.slice != 6*time.Millisecond || c.lease != 8*time.Millisecond || c.sliceMin != time.Millisecond || len(c.cpus) != 5 ||
		c.native().Grace != scxbridge.GraceImmediate {
		t.Errorf("%+v", c)
	}
	// What a flag overrides must still be a value, or a start without the flag fails.
	f.write(t, "etc/scx_goland/scx_goland.yaml", "lease: 4\n")
	if _, err = f.parse("--lease", "8ms"); err == nil || !strings.Contains(err.Error(), ":1: lease: ") {
		t.Errorf("an overridden fault: %v", err)
	}
	f.write(t, "etc/scx_goland/scx_goland.yaml", "batch: 9\n")
	other := f.write(t, "other.yaml", "slice: 9ms\n")
	f.environ = []string{"SCX_GOLAND_CONFIG=" + other}
	if c, err = f.parse(); err != nil || c.slice != 9*time.Millisecond || c.batch != 512 {
		t.Errorf("another file: %+v, %v", c, err)
	}
	if c, err = f.parse("--config", file); err != nil || c.batch != 9 {
		t.Errorf("the flag's file: %+v, %v", c, err)
	}
	if _, err = f.parse("--config", "/nowhere"); err == nil || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("a named file that is missing: %v", err)
	}
}

func TestAllFaultsAreTold(t *testing.T) {
	f := newFake(t)
	file := f.write(t, "c.yaml", `# a comment
slice: 5
adpot: auto
timeout: 1h
timeout: 2s
queued-bytes: 5000
policy: [fifo]
debug: maybe
detach: true
`)
	f.environ = []string{"SCX_GOLAND_SLIC=1ms", "SCX_GOLAND_BATCH=0"}
	_, err := f.parse("--config", file, "--gc-percent", "-2")
	var got faults
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	want := []string{
		`SCX_GOLAND_SLIC in the environment is no option; did you mean SCX_GOLAND_SLICE?`,
		file + `:3: unknown option "adpot"; did you mean adopt?`,
		file + `:5: timeout is set a second time, first in line 4`,
		file + `:7: policy needs one plain value`,
		file + `:9: detach is for the command line only`,
		file + `:2: slice: "5" has no unit; give a unit: 5ms`,
		file + `:8: debug: "maybe" is neither true nor false`,
		`SCX_GOLAND_BATCH: is 1 to 65536, not 0`,
		`--gc-percent: is -1 or more, not -2`,
		file + `:4: timeout: 1h0m0s is not in 1ms to 30s`,
		file + `:6: queued-bytes: 5000 is not a power of two from 4096 to 67108864`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"slice: [":                      ":1: not YAML: ",
		"- slice":                       ":1: this is no list of options",
		"slice: 5ms\n---\nlease: 1ms\n": ":2: a second document",
		"slice: &x 5ms":                 ":1: slice needs one plain value",
		"slice:":                        ":1: slice needs one plain value",
		strings.Repeat("#", fileMax+1):  ":1: the file has",
	} {
		_, _, wrong := parseFile("f", []byte(text), []string{"slice", "lease"})
		if len(wrong) != 1 || !strings.HasPrefix(wrong[0], "f"+want) {
			t.Errorf("%.20q: %q, want %q", text, wrong, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "\n\n", "---\n", "{slice: 5ms}"} {
		if _, _, wrong := parseFile("f", []byte(text), []string{"slice"}); len(wrong) > 0 {
			t.Errorf("%q: %q", text, wrong)
		}
	}
}

// The default file says the defaults: it is valid as it is, and with all that it has commented out.
func TestDefaultFile(t *testing.T) {
	text, err := os.ReadFile("../../../packaging/scx_goland.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if entries, _, wrong := parseFile("f", text, nil); len(entries) > 0 || len(wrong) > 0 {
		t.Errorf("not all is commented out: %v, %v", entries, wrong)
	}
	set := map[string]bool{}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") {
			lines[i] = line[1:]
			name, _, _ := strings.Cut(lines[i], ":")
			set[name] = true
		}
	}
	f := newFake(t)
	c, err := f.parse("--config", f.write(t, "c.yaml", strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range settings {
		if set[name] == s.commandLine {
			t.Errorf("%s: is in the file: %v", name, set[name])
		}
	}
	if c.slice != 20*time.Millisecond || c.adopt != "no" {
		t.Errorf("%+v", c)
	}
}

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
		"--grace -1ms":              "--grace: must not be negative, not -1ms",
		"--slice 1s":                "--slice: is more than 0 and at most slice-max, 100ms, not 1s",
		"--policy lottery":          `--policy: "lottery" is not one of fifo, vruntime`,
		"--adopt=perhaps":           `--adopt: "perhaps" is not one of no, yes, auto`,
		"--adopt --detach":          "--detach: excludes --adopt",
		"--stats nan":               "--stats: is 0.01 to 86400 seconds, or 0, not NaN",
		"--agent-cpus x":            `--agent-cpus: "x" is no list of CPUs, such as 0,4-7`,
	} {
		if code, _, errs := newFake(t).do(strings.Fields(args)...); code != exitUsage || errs != "scx_goland: "+want+"\n" {
			t.Errorf("%s: exit code %d, %q, want %q", args, code, errs, want)
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"slice: 5ms\n", "a:\n  b: c\n", "slice: |\n  5ms\n", "{slice: 5ms, lease: 1ms}", "? slice\n: 5ms", "<<: *x", "- a\n- b", "slice: [", "\x00",
		"slice: !!str 5ms", "---\n...\n---\n", "slice: 'a''b'", "slice: \"\\u1234\"", "1: 2", "~: ~", ": ", "slice: 0,4-7 # x",
	} {
		f.Add([]byte(seed))
	}
	known := []string{"slice", "lease"}
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, _, wrong := parseFile("f", text, known)
		seen := map[string]bool{}
		for _, e := range entries {
			if seen[e.option] || e.option != "slice" && e.option != "lease" {
				t.Errorf("entry %v of %q", e, text)
			}
			seen[e.option] = true
		}
		lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + 1
		for _, w := range wrong {
			var line int
			if _, err := fmt.Sscanf(w, "f:%d: ", &line); err != nil || line < 1 || line > lines {
				t.Errorf("%q of %d lines: fault %q", text, lines, w)
			}
		}
	})
}
