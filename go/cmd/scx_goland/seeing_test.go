package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
)

// oneDecision decides about one task in a round of p.
func oneDecision(t *testing.T, p scxbridge.Policy) {
	t.Helper()
	p.Enqueue([]scxbridge.Task{{PID: 7, Seq: 1, ReadyTS: 1, OwnWeight: 100, Weight: 100, NrCPUsAllowed: 1}})
	if n := p.Dispatch(make([]scxbridge.Decision, 8)); n != 1 {
		t.Errorf("%d decisions", n)
	}
}

func TestShowsItself(t *testing.T) {
	f := newFake(t)
	root, err := os.MkdirTemp("", "r") // t.TempDir's may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	f.root = root
	socket, stats := filepath.Join(root, "metrics"), filepath.Join(root, scxstats.Path)
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()

	ran := false
	f.run = func(_ context.Context, p scxbridge.Policy, o scxbridge.RunOptions) error {
		ran = true
		oneDecision(t, p)
		r, err := client.Get("http://agent/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		for _, want := range []string{
			`scx_goland_decided_seconds_count{class="normal"} 1`, "scx_goland_rounds_total 1\n", "scx_goland_round_seconds_count 1\n",
			`policy="fifo",scheduler="goland",version="` + version + `"`, "scx_goland_attached 0\n",
		} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%v: no %s", err, want)
			}
		}
		for _, path := range []string{socket, stats} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
		}
		// Another process asks.
		asks := newFake(t)
		asks.root = root
		code, out, errs := asks.do("status")
		for _, want := range []string{`agent:     process \d+, policy fifo, for \S+\n`, `records:   0 queued = 0 dispatched`} {
			if code != exitInactive || !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("status: %d, no %q: %s%s", code, want, out, errs)
			}
		}
		_, out, _ = asks.do("status", "--json")
		var s status
		if err := json.Unmarshal([]byte(out), &s); err != nil || s.Agent == nil || s.Agent.PID != os.Getpid() || s.Agent.Classes["normal"].Decided != 1 {
			t.Errorf("%v: %s", err, out)
		}
		return nil
	}
	if code, _, errs := f.do("--policy", "fifo", "--scx-stats", "--metrics", "unix:"+socket); code != exitAsked || !ran {
		t.Errorf("exit code %d: %s", code, errs)
	}
	for _, path := range []string{socket, stats} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is left", path)
		}
	}
}

// Without the options nothing is measured, and nothing is opened.
func TestShowsNothing(t *testing.T) {
	f := newFake(t)
	f.run = func(_ context.Context, p scxbridge.Policy, _ scxbridge.RunOptions) error {
		if p.(*ruled).meter != nil {
			t.Error("the rounds measure for nobody")
		}
		oneDecision(t, p)
		return nil
	}
	if code, _, errs := f.do(); code != exitAsked {
		t.Errorf("exit code %d: %s", code, errs)
	}
	// The folder of the socket for traces stays.
	err := filepath.WalkDir(f.root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("it made %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// An address that can't be had is told before anything is attached.
func TestCannotShowItself(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for args, want := range map[string]string{
		"--metrics " + port:        "scx_goland: metrics: listen on 127.0.0.1:" + port + ": another program does; stop it, or choose another port\n",
		"--metrics 0":              `--metrics: "0": "0" is no port`,
		"--metrics unix:relative":  "begins with /",
		"--scx-stats --metrics :x": `"x" is no port`,
	} {
		f := newFake(t)
		f.run = func(context.Context, scxbridge.Policy, scxbridge.RunOptions) error { return errors.New("it ran") }
		if code, _, errs := f.do(strings.Fields(args)...); code == exitAsked || !strings.Contains(errs, want) || strings.Contains(errs, "it ran") {
			t.Errorf("%s: %d, %s", args, code, errs)
		}
		if _, err := os.Stat(f.statsSocket()); err == nil {
			t.Errorf("%s: the socket is left", args)
		}
	}
}

// The agent's own errors are counted, also those of a reload.
func TestErrorsAreSeen(t *testing.T) {
	m := newMachine(t)
	f := newFake(t)
	f.root = m.root
	_, out, _ := f.do("status")
	if !strings.Contains(out, "error:     odd (1 so far)\n") || !strings.Contains(out, "records:   1009 queued") {
		t.Errorf("%s", out)
	}
	// Who does not answer, or is another scheduler, is told.
	m.agent.Close()
	path := f.write(t, scxstats.Path, "")
	if _, out, _ = f.do("status"); !strings.Contains(out, "agent:     ask the running agent: ") {
		t.Errorf("%s", out)
	}
	os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(time.Minute))
			bufio.NewReader(c).ReadString('\n')
			io.WriteString(c, `{"errno":0,"args":{"resp":{"nr_layers":1}}}`+"\n")
			c.Close()
		}
	}()
	if _, out, _ = f.do("status"); !strings.Contains(out, "are not of scx_goland") {
		t.Errorf("%s", out)
	}
}

// A round that is measured allocates nothing, under each policy.
func TestMeasuredRoundAllocatesNothing(t *testing.T) {
	for _, name := range []string{"fifo", "vruntime"} {
		f := newFake(t)
		c, err := f.load([]entry{{"policy", name, origin{}}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.newPolicy()
		if err != nil {
			t.Fatal(err)
		}
		now := &ruled{newCurrent(p), rules.NewEngine(rules.NewMatcher(t.TempDir(), nil), nil)}
		now.meter = latency.NewMeter()
		tasks, decisions := make([]scxbridge.Task, 64), make([]scxbridge.Decision, 128)
		seq := uint64(0)
		if n := testing.AllocsPerRun(1000, func() {
			for i := range tasks {
				seq++
				tasks[i] = scxbridge.Task{
					PID: int32(i + 1), Seq: seq, ReadyTS: seq * 1000, StartTS: seq * 1000, StopTS: seq*1000 + 100, RunNS: 100, WeightedNS: 100,
					Weight: 100, OwnWeight: 100, NrCPUsAllowed: 2,
				}
			}
			now.Enqueue(tasks)
			if n := now.Dispatch(decisions); n != len(tasks) {
				t.Fatalf("%s: %d decisions", name, n)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations in a round", name, n)
		}
		if r := now.meter.Read(); r.Rounds < 1000 || r.DecidedUnknown != 0 || r.Round.Count() < 1000 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
