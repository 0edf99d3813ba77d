package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/listen"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/metrics"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

// showItself serves what the options ask for, until done is called. If they ask for nothing, the rounds measure nothing.
func (r *running) showItself(c *config) (done func(), err error) {
	var ends []func()
	done = func() {
		for i := range ends {
			ends[len(ends)-1-i]()
		}
	}
	if c.metrics == "" && !c.scxStats {
		return done, nil
	}
	log := slog.New(slog.NewTextHandler(r.stderr, &slog.HandlerOptions{Level: &r.level}))
	groups, err := cgroup.Open(cgroup.Options{Logger: log})
	if err != nil {
		log.Warn("limits of cgroups are not shown", "error", err)
	} else {
		ends = append(ends, func() { groups.Close() })
	}
	r.source = seen.NewSource(r.root, seen.Agent{
		Scheduler: c.options.Name, Policy: c.policy, Version: version, Library: scxbridge.LibraryVersion(), PID: os.Getpid(), Began: time.Now(),
	}, groups)
	r.current.meter = r.source.Meter

	if c.scxStats {
		l, err := listen.Open(listen.Address{Network: "unix", Place: r.statsSocket()})
		if err != nil {
			done()
			return nil, fmt.Errorf("scx-stats: %w", err)
		}
		s := scxstats.Serve(l, r.source.View, log)
		ends = append(ends, func() { s.Close() })
	}
	if c.metrics != "" {
		l, err := listen.Open(c.metricsAt)
		if err == nil {
			s, e := metrics.Serve(l, r.source.View, log)
			if err = e; e == nil {
				ends = append(ends, func() { s.Close() })
			}
		}
		if err != nil {
			done()
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	return done, nil
}

// statsSocket is where a running agent serves its statistics.
func (a *agent) statsSocket() string { return filepath.Join(a.root, scxstats.Path) }
