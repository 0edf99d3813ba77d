package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/control"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"github.com/scxbridge/scxbridge/go/trace"
	"github.com/spf13/cobra"
)

func (a *agent) traceCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "trace -o FILE [--seconds N]", Short: "record what the running agent decides, for ui.perfetto.dev and replay", Args: noArgs,
	}
	c.DisableFlagsInUseLine = true
	withName(c.Flags())
	output := c.Flags().StringP("output", "o", "", "where to write the trace: a `file`")
	seconds := c.Flags().Float64("seconds", 5, "how many `seconds`; SIGINT ends it before")
	buffer := c.Flags().Int("buffer", 0, "`records` that have room until they are written, a power of two (default 32768)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		r := control.Request{Command: "trace", Seconds: *seconds, Buffer: *buffer}
		if *output == "" {
			return usageError{errors.New("trace: say where to write it: -o FILE")}
		}
		if err := r.Check(); err != nil {
			return usageError{fmt.Errorf("trace: --%w", err)} // options are called like the fields
		}
		return a.trace(c.Context(), a.nameOf(c.Flags()), *output, r)
	}
	return c
}

// trace asks the running agent, which writes into the file that is opened here: so it needs no right to do that.
func (a *agent) trace(ctx context.Context, name, output string, r control.Request) error {
	file, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	response, err := control.Do(ctx, agentsocket.SocketOf(a.root, name), r, file)
	if err == nil && response.Error != "" {
		err = errors.New(response.Error)
	}
	if e := file.Close(); e != nil && err == nil {
		err = e
	}
	if err != nil {
		if info, e := os.Stat(output); e == nil && info.Mode().IsRegular() && info.Size() == 0 {
			_ = os.Remove(output)
		}
		return fmt.Errorf("trace: %w", err)
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", output, told(response.Trace))
	return nil
}

// told is a trace's summary in words.
func told(s *trace.Summary) string {
	if s == nil {
		return "nothing was told of it"
	}
	return fmt.Sprintf("%d records, %d traced, %d dropped; %d decisions, %d traced, %d dropped, %d without their record",
		s.Received, s.Traced, s.Dropped, s.Decisions, s.DecisionsTraced, s.DecisionsDropped, s.DecisionsUnpaired)
}

// tracer takes traces of the running agent, one at a time.
type tracer struct {
	r    *running
	busy sync.Mutex
}

func (t *tracer) handle(ctx context.Context, r control.Request, file *os.File) control.Response {
	if file == nil {
		return control.Response{Error: "no file to write to came with the request"}
	}
	if !t.busy.TryLock() {
		return control.Response{Error: "a trace is being taken already; wait for its end, or interrupt it"}
	}
	defer t.busy.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := t.take(ctx, file, r.Buffer, func() { time.AfterFunc(r.For(), cancel) })
	response := control.Response{Trace: &s}
	if err != nil {
		response.Error = err.Error()
	}
	return response
}

// take records until ctx is done. It calls begun when the rounds record.
func (t *tracer) take(ctx context.Context, file *os.File, buffer int, begun func()) (trace.Summary, error) {
	recorder, err := trace.NewRecorder(trace.Options{Records: buffer, Info: t.info(), CPUs: cpusOfThread})
	if err != nil {
		begun()
		return trace.Summary{}, err
	}
	t.r.current.recorder.Store(recorder)
	begun()
	defer t.r.current.recorder.Store(nil)
	return recorder.Run(ctx, file)
}

// whole takes a trace from before the first round on. The function that it returns completes it.
func (t *tracer) whole(path string) (finish func() error, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--trace: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	begun, done := make(chan struct{}), make(chan error, 1)
	t.busy.Lock()
	go func() {
		defer t.busy.Unlock()
		s, err := t.take(ctx, file, 0, func() { close(begun) })
		if e := file.Close(); e != nil && err == nil {
			err = e
		}
		if err != nil {
			err = fmt.Errorf("--trace %s: %w", path, err)
			t.r.say(warning, "%v; scheduling goes on", err)
		} else {
			t.r.say(notice, "%s: %s", path, told(&s))
		}
		done <- err
	}()
	<-begun
	return func() error {
		cancel()
		return <-done
	}, nil
}

// info says what is traced.
func (t *tracer) info() trace.Info {
	t.r.mu.Lock()
	values := t.r.config.values()
	t.r.mu.Unlock()
	i := trace.Info{Agent: "scx_goland " + version, CPUs: runtime.NumCPU(), ThreadsPerCore: 1}
	for name, value := range values {
		if settings[name].commandLine || name == "gc-percent" {
			continue
		}
		i.Settings = append(i.Settings, trace.Setting{Name: name, Value: value})
	}
	sort.Slice(i.Settings, func(a, b int) bool { return i.Settings[a].Name < i.Settings[b].Name })
	i.CPUsPerLLC = i.CPUs
	if topology, err := scxbridge.ReadTopology(); err == nil {
		i.CPUs, i.ThreadsPerCore, i.CPUsPerLLC = shapeOf(topology.CPUs)
	}
	return i
}

// shapeOf tells how many CPUs are online, and how many of them at most share a core and a last-level cache.
func shapeOf(cpus []scxbridge.CPU) (online, perCore, perCache int) {
	cores, caches := map[int]int{}, map[int]int{}
	for _, c := range cpus {
		if c.Online {
			online++
			cores[c.Core]++
			caches[c.Cache]++
			perCore, perCache = max(perCore, cores[c.Core]), max(perCache, caches[c.Cache])
			if c.Core < 0 {
				perCore = 1
			}
		}
	}
	return max(online, 1), max(perCore, 1), max(perCache, 1)
}
