package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/listen"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seentest"
)

// machine is a folder that stands for a machine with a running agent.
type machine struct {
	root  string
	mu    sync.Mutex
	asked uint64
	agent *scxstats.Server
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	root, err := os.MkdirTemp("", "m") // t.TempDir's may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	m := &machine{root: root}
	if err := os.Mkdir(filepath.Join(root, "proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	t.Cleanup(func() { m.agent.Close() })
	return m
}

func (m *machine) start(t *testing.T) {
	t.Helper()
	l, err := listen.Open(listen.Address{Network: "unix", Place: filepath.Join(m.root, scxstats.Path)})
	if err != nil {
		t.Fatal(err)
	}
	m.agent = scxstats.Serve(l, m.view, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// view shows more each time that somebody asks, and lets CPU 3 be busy for three quarters of the time.
func (m *machine) view() seen.View {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	v := seentest.View()
	v.Stats.Queued += 1000 * m.asked
	v.Stats.Rescued += 10 * m.asked
	for class := range v.Latency.Stages {
		v.Latency.Stages[class][0].Counts[3] += m.asked
	}
	stat := fmt.Sprintf("cpu  1 2 3 4 5 6 7 8 0 0\ncpu3 %d 0 0 %d 0 0 0 0 0 0\n", 300*m.asked, 100*m.asked)
	os.WriteFile(filepath.Join(m.root, "proc/stat"), []byte(stat), 0o644)
	return v
}

// TestTopChild is no test: it is the program, in a process of its own, for the other tests.
func TestTopChild(t *testing.T) {
	root := os.Getenv("TOP_CHILD_ROOT")
	if root == "" {
		t.Skip("for TestTop only")
	}
	a := &agent{stdout: os.Stdout, stderr: os.Stderr, root: root, environ: os.Environ()}
	os.Exit(a.command(context.Background(), []string{"top", "--interval", "100ms"}))
}

// terminal is a pseudo-terminal with `top` in it, and an emulator that shows it.
type terminal struct {
	t      *testing.T
	master *os.File
	screen vt10x.Terminal
	ended  chan error

	mu  sync.Mutex
	raw bytes.Buffer // all that was written
}

func (m *machine) top(t *testing.T, columns, rows int, environ ...string) *terminal {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestTopChild$")
	// With what finds the library. Whoever runs the tests may not want colours.
	inherited := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "NO_COLOR=") })
	c.Env = append(inherited, append([]string{"TERM=xterm-256color", "TOP_CHILD_ROOT=" + m.root}, environ...)...)
	master, err := pty.StartWithSize(c, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skip("this test is emulated, and what it starts would not be")
	}
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, master: master, screen: vt10x.New(vt10x.WithSize(columns, rows)), ended: make(chan error, 1)}
	go func() {
		_, _ = io.Copy(x, master)
		x.ended <- c.Wait()
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		master.Close()
	})
	return x
}

func (x *terminal) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.raw.Write(b)
	return x.screen.Write(b)
}

// await waits until the screen shows what all expressions say, and returns it.
func (x *terminal) await(expressions ...string) string {
	x.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		text := x.screen.String()
		missing := ""
		for _, e := range expressions {
			if !regexp.MustCompile("(?m)" + e).MatchString(text) {
				missing = e
			}
		}
		if missing == "" {
			return text
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("no %q on the screen:\n%s", missing, text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// press presses keys, by which the program must end, and leave the terminal as it was.
func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.master, keys); err != nil {
		x.t.Fatal(err)
	}
	select {
	case err := <-x.ended:
		if err != nil {
			x.t.Errorf("it ended with %v:\n%s", err, x.screen)
		}
	case <-time.After(time.Minute):
		x.t.Fatalf("it does not end:\n%s", x.screen)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !strings.Contains(x.raw.String(), left) {
		x.t.Error("the other screen is left")
	}
}

// What takes the other screen of a terminal, and leaves it.
const (
	taken = "\x1b[?1049h"
	left  = "\x1b[?1049l"
)

// awaitText waits until it has written a text, which may be none that is seen.
func (x *terminal) awaitText(text string) {
	x.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		x.mu.Lock()
		is := strings.Contains(x.raw.String(), text)
		x.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("it never wrote %q", text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// coloured reports whether anything was written in colour.
func (x *terminal) coloured() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return regexp.MustCompile(`\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|9[0-7]|[34]8;[25];[\d;]+)m`).Match(x.raw.Bytes())
}

func TestTop(t *testing.T) {
	m := newMachine(t)
	x := m.top(t, 80, 40)
	text := x.await(
		`^ goland  policy vruntime  up 1m40s +\d\d:\d\d:\d\d  q: quit`,
		`queued/s +[1-9]\d*k? `, `rescued/s +[1-9]`, `parked +2 `,
		`^domain 0 +0: .* +5:`, `^domain 1 closed +3: 75% +4:  -`,
		`^low +[1-9]\d* +8\.0us +8\.0us`, `^class +decided/s +p50 +p99 +running/s`,
		`^ +42ms  running low +4711  slowpoke`, `^  0\.50 .* 2  /a\.slice`, `1 errors, the last: odd`,
	)
	if strings.Index(text, "domain 0") > strings.Index(text, "slowpoke") {
		t.Errorf("CPUs are below the waiters:\n%s", text)
	}
	if !x.coloured() {
		t.Error("no colour")
	}

	// A narrower terminal.
	if err := pty.Setsize(x.master, &pty.Winsize{Cols: 44, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	x.screen.Resize(44, 20)
	x.await(`^ goland  policy vruntime  up 1m40s *$`, `^class +decided/s +p99 +running/s +p99`, `^queued/s +\S+ dispatched/s`, `^low `)

	// The agent goes and comes back.
	m.agent.Close()
	x.await(`the agent does not answer: .*`)
	m.start(t)
	x.await(`^ goland  policy vruntime.*\nqueued/s`)
	x.press("q")
}

func TestTopWithoutColour(t *testing.T) {
	m := newMachine(t)
	for _, size := range [][2]int{{80, 24}, {10, 3}, {1, 1}} {
		x := m.top(t, size[0], size[1], "NO_COLOR=1")
		if size[0] > 1 {
			x.await(`goland`)
		}
		x.awaitText(taken)
		x.press("\x03")
		if x.coloured() {
			t.Errorf("%v: colour, in spite of NO_COLOR", size)
		}
	}
}

func TestTopRefuses(t *testing.T) {
	f := newFake(t)
	if code, _, errs := f.do("top"); code != exitError || !strings.Contains(errs, "is an agent running, with --scx-stats?") {
		t.Errorf("no agent: %d, %s", code, errs)
	}
	if code, _, errs := f.do("top", "--interval", "1ms"); code != exitUsage || !strings.Contains(errs, "--interval is 100ms or more") {
		t.Errorf("too often: %d, %s", code, errs)
	}
	f.root = newMachine(t).root
	if code, _, errs := f.do("top"); code != exitError || !strings.Contains(errs, "is no terminal") {
		t.Errorf("no terminal: %d, %s", code, errs)
	}
}
